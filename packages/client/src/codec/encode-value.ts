/** From values to bodies and back, with errors that say which message and which content type. */
import { bodyTypeOf, type FrameHeaders, OptionsError, ProtocolError } from '@stompbox/protocol';
import { bytesCodec, jsonCodec, textCodec } from './built-in-codecs.js';
import type { Codec } from './codec.js';
import type { CodecRegistry } from './codec-registry.js';
import { parseMediaType } from './media-type.js';

export interface EncodedValue {
  readonly body: string | Uint8Array;
  /** The `content-type` header; none for texts and bytes that travel as they are. */
  readonly contentType: string | undefined;
}

/**
 * @param contentType which codec, and the `content-type` header as it will be sent. Without it texts
 *   and bytes travel as they are, and everything else as JSON
 * @throws OptionsError `STOMP_OPT_NO_CODEC`; `STOMP_OPT_BODY` the codec cannot carry this value
 */
export function encodeValue(
  registry: CodecRegistry,
  value: unknown,
  contentType?: string,
): EncodedValue {
  if (contentType !== undefined) return encodeWith(registry.for(contentType), value, contentType);
  if (typeof value === 'string' || value instanceof Uint8Array) {
    return { body: value, contentType: undefined };
  }
  return encodeWith(registry.for(jsonCodec.contentType), value);
}

/**
 * @param contentType what to say instead of the codec's own, for example with parameters
 * @throws OptionsError `STOMP_OPT_BODY`
 */
export function encodeWith<T>(
  codec: Codec<T>,
  value: T,
  contentType: string = codec.contentType,
): EncodedValue {
  let body: string | Uint8Array;
  try {
    body = codec.encode(value);
  } catch (error) {
    throw cannotEncode(contentType, reasonOf(error), error);
  }
  if (body instanceof Uint8Array) return { body, contentType };
  if (typeof body !== 'string') {
    throw cannotEncode(contentType, 'its codec gave neither a string nor a Uint8Array');
  }
  const charset = parseMediaType(contentType).parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  if (charset === 'utf-8' || charset === 'utf8') return { body, contentType };
  throw cannotEncode(
    contentType,
    `texts travel as UTF-8, so leave charset=${charset} out, or encode to bytes with a codec of your own`,
  );
}

/**
 * The value of a body, by its `content-type` header; without one texts stay texts and bytes bytes.
 *
 * @typeParam T what the application expects; nobody checks it but the codec
 * @throws OptionsError `STOMP_OPT_NO_CODEC`
 * @throws ProtocolError `STOMP_PROTO_BAD_BODY` the body is not what its content type says
 */
export function decodeValue<T = unknown>(
  registry: CodecRegistry,
  headers: FrameHeaders,
  body: Uint8Array,
): T {
  const byBody = bodyTypeOf(headers) === 'text' ? textCodec : bytesCodec;
  const codec = registry.for(headers.get('content-type') ?? byBody.contentType);
  return decodeWith(codec, headers, body) as T;
}

/** @throws ProtocolError `STOMP_PROTO_BAD_BODY` */
export function decodeWith<T>(codec: Codec<T>, headers: FrameHeaders, body: Uint8Array): T {
  try {
    return codec.decode(body, headers);
  } catch (error) {
    const id = headers.get('message-id') ?? '(without id)';
    const contentType = headers.get('content-type') ?? codec.contentType;
    throw new ProtocolError(
      'STOMP_PROTO_BAD_BODY',
      `The body of message ${id} is not ${contentType} (${reasonOf(error)}): its sender must correct ` +
        'it; dead-letter the message, or read its bytes',
      { cause: error },
    );
  }
}

function cannotEncode(contentType: string, reason: string, cause?: unknown): OptionsError {
  return new OptionsError(
    'STOMP_OPT_BODY',
    `The value cannot be sent as ${contentType}: ${reason}`,
    cause === undefined ? undefined : { cause },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
