/**
 * The broker's own error families: what the operator must act on. What a peer does wrong is a
 * `FrameError` or a `ProtocolError` of the protocol package.
 */
import { StompError, type StompErrorOptions } from '@stompbox/protocol';

export type BrokerStartErrorCode = 'STOMP_START_PORT_IN_USE' | 'STOMP_START_CANNOT_LISTEN';

/** The broker cannot start where it was told to. One line, which says what to do. */
export class BrokerStartError extends StompError {
  declare readonly code: BrokerStartErrorCode;
  constructor(code: BrokerStartErrorCode, message: string, options?: StompErrorOptions) {
    super(code, message, options);
  }
}

export type StoreErrorCode =
  | 'STOMP_STORE_UNWRITABLE'
  | 'STOMP_STORE_IN_USE'
  | 'STOMP_STORE_FORMAT'
  | 'STOMP_STORE_CORRUPT_JOURNAL'
  | 'STOMP_STORE_WRITE_FAILED'
  | 'STOMP_STORE_USERS_FORMAT'
  | 'STOMP_STORE_USERS_BUSY';

/** The store could not write, so the broker has stopped. */
export function writeFailed(cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    'STOMP_STORE_WRITE_FAILED',
    `The message store cannot be written (${reason}): check the disk's space and health, then start the broker again`,
    { cause },
  );
}

/** The disk, or what is on it, needs the operator. */
export class StoreError extends StompError {
  declare readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: StompErrorOptions) {
    super(code, message, options);
  }
}
