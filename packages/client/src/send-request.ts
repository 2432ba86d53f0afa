/**
 * Makes the SEND frame of a message.
 *
 * Whether there is a content-length decides the JMS type at the other end, and without one the body
 * ends at its first NUL; so a text with NUL needs a decision of the caller before anything is sent.
 */
import { OptionsError, utf8Length } from '@stompbox/protocol';
import { BodySource, chunksOf } from './body-source.js';
import type { CodecRegistry } from './codec/codec-registry.js';
import { encodeValue, encodeWith } from './codec/encode-value.js';
import type { HeaderPair, OperationRequest } from './operation.js';
import { checkText } from './option-checks.js';
import type { ResolvedSend } from './send-options.js';

/**
 * What `send` takes: text, bytes, something to be streamed, or a value for the codec of its content
 * type.
 */
export type SendBody = string | Uint8Array | object;

/** Its headers are always given as pairs. */
export type SendRequest = OperationRequest & { readonly headers: readonly HeaderPair[] };

export function sendRequest(
  destination: string,
  value: SendBody,
  options: ResolvedSend,
  codecs: CodecRegistry,
): SendRequest {
  const headers: HeaderPair[] = [
    ['destination', checkText('destination', destination)],
    ...options.headers,
  ];
  if (options.persistent !== undefined) headers.push(['persistent', String(options.persistent)]);
  const { body, contentType } = encoded(value, options, codecs);
  if (contentType !== undefined) headers.push(['content-type', contentType]);
  const length = contentLength(body, options);
  if (length !== undefined) headers.push(['content-length', String(length)]);
  return {
    command: 'SEND',
    headers,
    body,
    isBorrowed: options.isCopied && body instanceof Uint8Array,
    subject: destination,
    whenLost: options.mayRepeat ? 'repeat' : 'send',
  };
}

/** Its size, for traces. Nothing for a stream, whose end nobody knows. */
export function bytesOf(body: SendBody): number | undefined {
  if (typeof body === 'string') return utf8Length(body);
  return body instanceof Uint8Array ? body.length : undefined;
}

interface Encoded {
  readonly body: string | Uint8Array | BodySource;
  readonly contentType: string | undefined;
}

function encoded(value: SendBody, options: ResolvedSend, codecs: CodecRegistry): Encoded {
  const { codec, contentType } = options;
  if (codec !== undefined) return encodeWith(codec, value, contentType);
  if (typeof value === 'string' || value instanceof Uint8Array) return { body: value, contentType };
  const stream = chunksOf(value);
  if (stream !== undefined) return { body: streamed(stream, options), contentType };
  if (typeof value === 'object' && value !== null) return encodeValue(codecs, value, contentType);
  throw new OptionsError(
    'STOMP_OPT_BODY',
    'A body must be a string, bytes, a stream, or an object for a codec: convert it before',
  );
}

function streamed(
  { chunks, bytes }: NonNullable<ReturnType<typeof chunksOf>>,
  { contentLength: policy, bodyBytes = bytes }: ResolvedSend,
): BodySource {
  if (policy === 'never') return new BodySource(chunks, undefined);
  if (bodyBytes !== undefined) return new BodySource(chunks, bodyBytes);
  throw new OptionsError(
    'STOMP_OPT_BODY',
    'A streamed body needs its length beforehand: give the option bodyBytes, or, for text without ' +
      "NUL, contentLength: 'never'",
  );
}

function contentLength(
  body: string | Uint8Array | BodySource,
  { contentLength: policy }: ResolvedSend,
): number | undefined {
  if (body instanceof BodySource) return body.bytes;
  if (typeof body === 'string') {
    if (policy === 'always') return utf8Length(body);
    if (body.includes('\0')) throw nulWithoutLength("contentLength: 'always'");
    return undefined;
  }
  if (policy !== 'never') return body.length;
  if (body.includes(0)) throw nulWithoutLength("contentLength: 'auto'");
  return undefined;
}

function nulWithoutLength(instead: string): OptionsError {
  return new OptionsError(
    'STOMP_OPT_BODY',
    `The body contains NUL, which would end it early without a content-length: use ${instead}`,
  );
}
