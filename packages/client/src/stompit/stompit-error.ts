/**
 * Errors as stompit's users know them: ordinary errors that can be asked what kind they are.
 *
 *   transport     the socket failed, or was too long silent
 *   protocol      the peer ended without a word, or sent what STOMP does not allow
 *   application   the broker answered with ERROR
 *
 * Errors of the system stay the very objects that Node made, with their `code`. Those of the client
 * keep their stable code too, and what they were made from as `cause`.
 */
import { FrameError, ProtocolError, StompError } from '@stompbox/protocol';

export type StompitErrorKind = 'transport' | 'protocol' | 'application';

export interface StompitError extends Error {
  /** Of the system (`ECONNREFUSED`) or of the client (`STOMP_NET_HEART_BEAT`). */
  code?: string;
  /** The body of the broker's ERROR frame. */
  longMessage?: string;
  /** The options of the attempt that failed. They may hold a passcode, so they are not printed. */
  connectArgs?: object;
  isTransportError(): boolean;
  isProtocolError(): boolean;
  isApplicationError(): boolean;
}

/** Marks an error, or makes one of a text. */
export function stompitError(error: Error | string, kind: StompitErrorKind): StompitError {
  const marked = typeof error === 'string' ? new Error(error) : error;
  return Object.assign(marked, {
    isTransportError: () => kind === 'transport',
    isProtocolError: () => kind === 'protocol',
    isApplicationError: () => kind === 'application',
  });
}

/** An error of the client beneath, which stays as it is and becomes the cause. */
export function convertError(error: Error): StompitError {
  if (isStompitError(error)) return error;
  if (!(error instanceof StompError)) return stompitError(error, 'transport');
  const converted = new Error(error.message, { cause: error });
  // stompit took the end of a connection without a receipt for a fault of the protocol.
  const isProtocol =
    error instanceof FrameError ||
    error instanceof ProtocolError ||
    error.code === 'STOMP_NET_LOST' ||
    error.code === 'STOMP_NET_NOT_STOMP';
  return Object.assign(stompitError(converted, isProtocol ? 'protocol' : 'transport'), {
    code: error.code,
  });
}

/** Adds what was tried, readable but not part of what a log prints. */
export function withConnectArgs(error: Error, connectArgs: object): void {
  Object.defineProperty(error, 'connectArgs', {
    value: connectArgs,
    enumerable: false,
    configurable: true,
    writable: true,
  });
}

export function isStompitError(error: Error): error is StompitError {
  return 'isApplicationError' in error;
}

export function channelClosed(): StompitError {
  return stompitError('The channel is closed: open another one', 'transport');
}
