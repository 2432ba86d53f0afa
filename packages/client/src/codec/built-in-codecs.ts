/** JSON, text and bytes: what every registry has, after what the application adds. */
import type { FrameHeaders } from '@stompbox/protocol';
import type { Codec } from './codec.js';
import { parseMediaType } from './media-type.js';

export const jsonCodec: Codec<unknown> = {
  contentType: 'application/json',
  accepts: ['application/json', 'application/*+json', 'text/json'],
  encode(value) {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) {
      throw new TypeError(`JSON has no ${typeof value}: send null, or leave the value out`);
    }
    return text;
  },
  decode: (body, headers) => JSON.parse(textOf(body, headers)),
};

export const textCodec: Codec<string> = {
  contentType: 'text/plain',
  accepts: ['text/*', 'application/xml', 'application/*+xml'],
  encode(value) {
    if (typeof value === 'string') return value;
    throw new TypeError(`A text was expected, not ${typeof value}: name another content type`);
  },
  decode: textOf,
};

export const bytesCodec: Codec<Uint8Array> = {
  contentType: 'application/octet-stream',
  encode(value) {
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`Bytes were expected, not ${typeof value}: name another content type`);
  },
  decode: (body) => body.slice(),
};

/** STOMP 1.2, "content-type": a text without charset is UTF-8. */
function textOf(body: Uint8Array, headers: FrameHeaders): string {
  const { parameters } = parseMediaType(headers.get('content-type') ?? '');
  const charset = parameters.get('charset') ?? 'utf-8';
  // Wrong bytes are an error: what they stood for cannot be told from the result.
  return new TextDecoder(charset, { fatal: true }).decode(body);
}
