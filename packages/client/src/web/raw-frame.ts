/** What stands for raw-frame.ts in browsers: frames are taken as they are, unless their body would tear them. */
import { OptionsError } from '@stompbox/protocol';
import type { HeaderValues } from '../header-values.js';
import type { HeaderPair, OperationRequest } from '../operation.js';
import type { RawFrame } from '../raw-frame.js';
import { headersOf } from './header-values.js';

/** @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_INVALID` */
export function rawRequest({ command, headers = {}, body = '' }: RawFrame): OperationRequest {
  const pairs = isPairs(headers) ? headers : headersOf(headers);
  // The RECEIPT of such a one would confirm something else.
  if (pairs.some(([name, value]) => name === 'receipt' && /^r\d+$/.test(value))) {
    throw new OptionsError('STOMP_OPT_INVALID', 'A receipt could be one of the client');
  }
  const isSized = pairs.some(([name]) => name === 'content-length');
  if (!isSized && (typeof body === 'string' ? body.includes('\0') : body.includes(0))) {
    throw new OptionsError('STOMP_OPT_BODY', 'NUL needs a content-length');
  }
  return { command, headers: pairs, body, subject: '', whenLost: 'raw' };
}

function isPairs(headers: HeaderValues | readonly HeaderPair[]): headers is readonly HeaderPair[] {
  return Array.isArray(headers);
}
