/**
 * Nest's envelope, for programs that already speak it: a request is `{ pattern, data, id }` and an event
 * `{ pattern, data }`; an answer is `{ id, response, isDisposed: true }` or `{ id, err, isDisposed: true }`.
 */
import { UnrecoverableError } from '../../failure/failure-errors.js';

export interface NestPacket {
  readonly pattern: unknown;
  readonly data: unknown;
  /** Of requests only. */
  readonly id?: string | undefined;
}

/** @throws UnrecoverableError when the body is no envelope: no retry makes it one */
export function readPacket(body: unknown): NestPacket {
  if (isObject(body) && 'pattern' in body) {
    const { pattern, data, id } = body;
    return { pattern, data, id: typeof id === 'string' ? id : undefined };
  }
  throw new UnrecoverableError(
    'The body is no envelope { pattern, data }: correct its sender, or leave out the option envelope',
  );
}

export interface NestAnswer {
  readonly response?: unknown;
  readonly err?: unknown;
}

/** @param body what came as an answer; one without an envelope is the response itself */
export function readAnswer(body: unknown): NestAnswer {
  if (!isObject(body) || !('isDisposed' in body || 'err' in body)) return { response: body };
  return { response: body['response'], err: body['err'] };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
