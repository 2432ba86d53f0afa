/**
 * The failure of a handler as an error. Nest's exception filters reject with plain objects,
 * `{ status: 'error', message }`, which the failure headers and the retry policy cannot read.
 */
import { StompError } from '@stompbox/protocol';
import { isObject } from './nest-envelope.js';

/** `STOMP_NEST_HANDLER`; `cause` is what the filter gave. */
export class HandlerError extends StompError {
  constructor(message: string, options: ErrorOptions) {
    super('STOMP_NEST_HANDLER', message, options);
  }
}

/** An error stays what it is. */
export function errorOf(failure: unknown): Error {
  if (failure instanceof Error) return failure;
  const said = isObject(failure) ? failure['message'] : failure;
  const text = typeof said === 'string' && said !== '' ? said : 'no reason given';
  return new HandlerError(`The handler failed: ${text}`, { cause: failure });
}

/** What a client of Nest expects to get: the object of the filter, or one like it. */
export function answerOf(failure: unknown): unknown {
  if (!(failure instanceof Error)) return failure;
  return { status: 'error', message: failure.message };
}
