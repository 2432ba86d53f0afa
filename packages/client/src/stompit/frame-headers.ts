/**
 * Headers between plain objects and the wire. The caller's objects are only read: a header object
 * can be used again, also by several frames at once.
 */
import { OptionsError } from '@stompbox/protocol';
import type { FrameEvent } from '../index.js';

/** Headers to send. `null` and `undefined` are left out. */
export interface StompitHeaders {
  readonly [name: string]: string | number | boolean | null | undefined;
}

/** Headers of a frame that was received; of a repeated one the first. */
export interface ReceivedHeaders {
  destination?: string;
  'message-id'?: string;
  subscription?: string;
  ack?: string;
  'content-type'?: string;
  /** The only one that is a number. */
  'content-length'?: number;
  [name: string]: string | number | undefined;
}

type Observed = NonNullable<FrameEvent['frame']>['headers'];

/** A copy to complete, without what is not sent. */
export function copyHeaders(headers: StompitHeaders | undefined): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === null || value === undefined) continue;
    copy[name] = String(value);
  }
  return copy;
}

/** Where a destination alone may stand for headers. */
export function headersOf(
  headers: StompitHeaders | string | undefined,
  name: string,
): Record<string, string> {
  return typeof headers === 'string' ? { [name]: headers } : copyHeaders(headers);
}

/** With the prototype of an ordinary object, because programs ask it `hasOwnProperty`. */
export function receivedHeaders(headers: Observed): ReceivedHeaders {
  // `fromEntries` defines what it adds, so a header named __proto__ is one like any other.
  const received: ReceivedHeaders = Object.fromEntries(Object.entries(headers.toObject()));
  const length = headers.get('content-length');
  if (length !== undefined) received['content-length'] = Number(length);
  return received;
}

/**
 * Headers of a SEND as they go out. Without a content-length the body would end at its first NUL, so
 * a body that has one gets the header; others do not, and stay text messages for JMS.
 */
export function headersForBody(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Readonly<Record<string, string>> {
  const stated = headers['content-length'];
  if (stated === undefined) {
    return body.includes(0) ? { ...headers, 'content-length': String(body.length) } : headers;
  }
  if (Number(stated) === body.length) return headers;
  throw new OptionsError(
    'STOMP_OPT_BODY',
    `The header content-length says ${stated}, but the body has ${body.length} bytes: ` +
      'correct it, or leave it out',
  );
}
