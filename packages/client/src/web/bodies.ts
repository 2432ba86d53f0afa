/**
 * What stands for the folder codec in browsers: text, bytes, JSON, and the codec that a send or a
 * subscription is given itself. Charsets other than UTF-8 are not read.
 */
import {
  bodyTypeOf,
  decodeUtf8,
  type FrameHeaders,
  OptionsError,
  ProtocolError,
} from '@stompbox/protocol';
import type { Codec } from '../codec/codec.js';
import type { ResolvedSend } from '../send-options.js';

/** Connections of browsers have no codecs of their own. */
export class CodecRegistry {}

export interface EncodedBody {
  readonly body: string | Uint8Array;
  readonly contentType: string | undefined;
}

/** @throws OptionsError `STOMP_OPT_BODY` a stream, or what JSON or the codec cannot carry */
export function encodeBody(value: unknown, { codec, contentType }: ResolvedSend): EncodedBody {
  let body = value;
  let type = contentType;
  try {
    if (codec !== undefined) {
      body = codec.encode(value);
      type ??= codec.contentType;
    } else if (isPlainObject(value)) {
      body = JSON.stringify(value);
      type ??= 'application/json';
    }
  } catch (cause) {
    throw new OptionsError('STOMP_OPT_BODY', String(cause), { cause });
  }
  if (typeof body === 'string' || body instanceof Uint8Array) return { body, contentType: type };
  throw new OptionsError('STOMP_OPT_BODY', 'In browsers a body is text, bytes or JSON: no stream');
}

/** JSON would silently make `{}` of what can be streamed. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return !(value instanceof Blob || 'getReader' in value || Symbol.asyncIterator in value);
}

/** @throws ProtocolError `STOMP_PROTO_BAD_BODY` */
export function decodeValue<T>(_registry: unknown, headers: FrameHeaders, body: Uint8Array): T {
  return decodeWith(BUILT_IN, headers, body) as T;
}

const BUILT_IN: Pick<Codec<unknown>, 'decode'> = {
  decode(body, headers) {
    const type = headers.get('content-type') ?? bodyTypeOf(headers);
    if (/json/i.test(type)) return JSON.parse(decodeUtf8(body));
    return /text|xml/i.test(type) ? decodeUtf8(body) : body.slice();
  },
};

/** @throws ProtocolError `STOMP_PROTO_BAD_BODY` */
export function decodeWith<T>(
  codec: Pick<Codec<T>, 'decode'>,
  headers: FrameHeaders,
  body: Uint8Array,
): T {
  try {
    return codec.decode(body, headers);
  } catch (cause) {
    throw new ProtocolError('STOMP_PROTO_BAD_BODY', `${headers.get('message-id')} ${cause}`, {
      cause,
    });
  }
}
