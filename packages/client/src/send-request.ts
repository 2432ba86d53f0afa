/**
 * Makes the SEND frame of a message.
 *
 * Whether there is a content-length decides the JMS type at the other end, and without one the body
 * ends at its first NUL; so a text with NUL needs a decision of the caller before anything is sent.
 */
import { OptionsError, utf8Length } from '@stompbox/protocol';
import type { HeaderPair, OperationRequest } from './operation.js';
import type { ContentLengthPolicy, ResolvedSend } from './operation-options.js';
import { checkText } from './option-checks.js';

export function sendRequest(
  destination: string,
  body: string | Uint8Array,
  options: ResolvedSend,
): OperationRequest {
  const headers: HeaderPair[] = [
    ['destination', checkText('destination', destination)],
    ...options.headers,
  ];
  if (options.contentType !== undefined) headers.push(['content-type', options.contentType]);
  if (options.persistent !== undefined) headers.push(['persistent', String(options.persistent)]);
  const length = contentLength(body, options.contentLength);
  if (length !== undefined) headers.push(['content-length', String(length)]);
  return {
    command: 'SEND',
    headers,
    body,
    subject: destination,
    whenLost: options.mayRepeat ? 'repeat' : 'send',
  };
}

function contentLength(body: string | Uint8Array, policy: ContentLengthPolicy): number | undefined {
  if (typeof body === 'string') {
    if (policy === 'always') return utf8Length(body);
    if (body.includes('\0')) throw nulWithoutLength("contentLength: 'always'");
    return undefined;
  }
  if (!(body instanceof Uint8Array)) {
    throw new OptionsError(
      'STOMP_OPT_BODY',
      'A body must be a string or a Uint8Array: use JSON.stringify() for objects',
    );
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
