/** Frames that an application composes itself. */
import { OptionsError } from '@stompbox/protocol';
import { type HeaderValues, headersOf, headerText } from './header-values.js';
import type { HeaderPair, OperationRequest } from './operation.js';
import { checkChoice, invalidOption } from './option-checks.js';

const RAW_COMMANDS = ['SEND', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT'] as const;

export interface RawFrame {
  readonly command: (typeof RAW_COMMANDS)[number];
  /** As a record, or as pairs, which may repeat a name. */
  readonly headers?: HeaderValues | readonly HeaderPair[];
  /** Only a SEND has one. Whether it travels with a content-length is up to `headers`. */
  readonly body?: string | Uint8Array;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_BODY` */
export function rawRequest({ command, headers = {}, body = '' }: RawFrame): OperationRequest {
  checkChoice('command', command, RAW_COMMANDS);
  const pairs = pairsOf(headers);
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new OptionsError('STOMP_OPT_BODY', 'The body of a frame must be a string or bytes');
  }
  if (command !== 'SEND' && body.length > 0) {
    throw new OptionsError('STOMP_OPT_BODY', `${command} has no body: only SEND may carry one`);
  }
  const receipt = pairs.find(([name]) => name === 'receipt')?.[1];
  if (receipt !== undefined && OWN_RECEIPT.test(receipt)) {
    throw invalidOption(
      'headers',
      `without the receipt "${receipt}", which could be one of the client`,
    );
  }
  const isSized = pairs.some(([name]) => name === 'content-length');
  const hasNul = typeof body === 'string' ? body.includes('\0') : body.includes(0);
  if (hasNul && !isSized) {
    throw new OptionsError(
      'STOMP_OPT_BODY',
      'The body contains NUL, which would end it early: add a content-length header',
    );
  }
  const subject = pairs.find(([name]) => SUBJECTS.has(name))?.[1] ?? '';
  return { command, headers: pairs, body, subject, whenLost: 'raw' };
}

/** The RECEIPT of such a one would confirm something else. */
const OWN_RECEIPT = /^r\d+$/;

const SUBJECTS: ReadonlySet<string> = new Set(['destination', 'id', 'message-id', 'transaction']);

function pairsOf(headers: HeaderValues | readonly HeaderPair[]): HeaderPair[] {
  if (!isPairs(headers)) return headersOf(headers, NONE);
  return headers.map(([name, value]) => [name, headerText(name, value)]);
}

const NONE = new Map<string, string>();

function isPairs(headers: HeaderValues | readonly HeaderPair[]): headers is readonly HeaderPair[] {
  return Array.isArray(headers);
}
