/**
 * What stands for errors.ts in browsers: codes and values. Their sentences, and what to do, stand in
 * docs/reference/errors.md.
 */
import { decodeUtf8, type Frame, type FrameHeaders, StompError } from '@stompbox/protocol';
import type { BrokerErrorCode, ConnectionErrorCode, TimeoutErrorCode } from '../errors.js';

export class ConnectionError extends StompError {
  declare readonly code: ConnectionErrorCode;

  static of(
    code: ConnectionErrorCode,
    values: readonly unknown[],
    cause?: unknown,
  ): ConnectionError {
    return new ConnectionError(code, values.join(' '), cause === undefined ? undefined : { cause });
  }
}

export class TimeoutError extends StompError {
  declare readonly code: TimeoutErrorCode;

  static of(code: TimeoutErrorCode, values: readonly unknown[]): TimeoutError {
    return new TimeoutError(code, values.join(' '));
  }
}

const QUOTED_CHARACTERS = 300;

export class BrokerError extends StompError {
  declare readonly code: BrokerErrorCode;
  readonly headers: FrameHeaders;
  readonly body: string;

  constructor(code: BrokerErrorCode, what: string | undefined, { headers, body }: Frame) {
    const text = decodeUtf8(body);
    const reason = headers.get('message')?.trim() || text.trim().split('\n')[0] || '';
    super(code, `${what ?? ''} ${reason.slice(0, QUOTED_CHARACTERS)}`);
    this.headers = headers;
    this.body = text;
  }

  get brokerCode(): string | undefined {
    return this.headers.get('code');
  }

  static refused(what: string | undefined, frame: Frame): BrokerError {
    return new BrokerError('STOMP_BROKER_REFUSED', what, frame);
  }

  static login(peer: string, frame: Frame): BrokerError {
    return new BrokerError('STOMP_BROKER_LOGIN', peer, frame);
  }
}

/** A page that does not ask for them does not load them. */
export const CLIENT_ERROR_CODES: readonly (
  | ConnectionErrorCode
  | TimeoutErrorCode
  | BrokerErrorCode
)[] = [
  'STOMP_NET_REFUSED',
  'STOMP_NET_UNREACHABLE',
  'STOMP_NET_NOT_STOMP',
  'STOMP_NET_LOST',
  'STOMP_NET_HEART_BEAT',
  'STOMP_NET_CLOSED',
  'STOMP_NET_NOT_CONNECTED',
  'STOMP_NET_MAYBE_DELIVERED',
  'STOMP_NET_STALE_MESSAGE',
  'STOMP_NET_TRANSACTION_LOST',
  'STOMP_NET_QUEUE_FULL',
  'STOMP_NET_DROPPED',
  'STOMP_NET_KEPT',
  'STOMP_NET_BODY',
  'STOMP_NET_TIMEOUT_CONNECT',
  'STOMP_NET_TIMEOUT_RECEIPT',
  'STOMP_NET_TIMEOUT_NOT_SENT',
  'STOMP_NET_TIMEOUT_EVENT',
  'STOMP_NET_TIMEOUT_CLOSE',
  'STOMP_BROKER_REFUSED',
  'STOMP_BROKER_LOGIN',
];
