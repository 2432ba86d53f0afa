/**
 * What stands for send-request.ts in browsers: text, bytes, and JSON for any other object. Nothing is
 * streamed.
 */
import { OptionsError, utf8Length } from '@stompbox/protocol';
import type { HeaderPair } from '../operation.js';
import type { ResolvedSend } from '../send-options.js';
import type { SendBody, SendRequest } from '../send-request.js';
import { encodeBody } from './bodies.js';

/** @throws OptionsError `STOMP_OPT_BODY` */
export function sendRequest(
  destination: string,
  value: SendBody,
  options: ResolvedSend,
): SendRequest {
  const { contentLength, persistent } = options;
  const { body, contentType } = encodeBody(value, options);
  const headers: HeaderPair[] = [['destination', destination], ...options.headers];
  if (persistent !== undefined) headers.push(['persistent', String(persistent)]);
  if (contentType !== undefined) headers.push(['content-type', contentType]);
  const isText = typeof body === 'string';
  if (contentLength === 'always' || (contentLength === 'auto' && !isText)) {
    headers.push(['content-length', String(isText ? utf8Length(body) : body.length)]);
  } else if (isText ? body.includes('\0') : body.includes(0)) {
    throw new OptionsError('STOMP_OPT_BODY', "NUL needs contentLength: 'always'");
  }
  return {
    command: 'SEND',
    headers,
    body,
    isBorrowed: options.isCopied && !isText,
    subject: destination,
    whenLost: options.mayRepeat ? 'repeat' : 'send',
  };
}
