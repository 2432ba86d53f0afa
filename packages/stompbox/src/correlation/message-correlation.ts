/**
 * Which correlation id a message goes by: what the settings `correlation.generate` and
 * `correlation.required` mean. Pure; `correlation.ts` carries the id through what follows.
 *
 * A request needs its `correlation-id` to find its reply, so the id of the whole course travels beside
 * it as `x-correlation-id`, which therefore comes first.
 */
import { randomUUID } from 'node:crypto';
import { UnrecoverableError } from '../failure/failure-errors.js';

export interface CorrelationPolicy {
  /** A message that is sent without an id gets a new one. */
  readonly generate: boolean;
  /** A message that arrives without an id is not handled. */
  readonly required: boolean;
}

interface MessageHead {
  readonly messageId: string;
  readonly destination: string;
  readonly headers: { get(name: string): string | undefined };
}

/** The id that the message carries, if it does; an empty header is none. */
export function carriedCorrelationId({
  headers,
}: Pick<MessageHead, 'headers'>): string | undefined {
  return headers.get('x-correlation-id') || headers.get('correlation-id') || undefined;
}

/**
 * The id under which a message is handled: its own, else a new one.
 *
 * @throws UnrecoverableError `STOMP_LISTEN_UNRECOVERABLE` when it has none and must have one
 */
export function correlationOf(
  message: MessageHead,
  { required }: Pick<CorrelationPolicy, 'required'>,
  newId: () => string = randomUUID,
): string {
  const carried = carriedCorrelationId(message);
  if (carried !== undefined) return carried;
  if (!required) return newId();
  throw new UnrecoverableError(
    `message ${message.messageId} from ${message.destination} has no correlation-id: let its sender ` +
      'set one, or turn the setting correlation.required off',
  );
}

/** The id of a message that is sent in no course of its own; undefined: it goes without. */
export function newCorrelationId(
  { generate }: Pick<CorrelationPolicy, 'generate'>,
  newId: () => string = randomUUID,
): string | undefined {
  return generate ? newId() : undefined;
}
