/** What the headers of a message say about its earlier attempts. */
import type { BrokerProfile, Message } from '@stompbox/client';
import { factsOf } from './broker-facts.js';
import { FAILURE_HEADERS as H } from './failure-headers.js';

export interface FailureHistory {
  /** Attempts that have failed before this delivery. */
  readonly failedAttempts: number;
  /** How many of them were followed by a wait at the broker. */
  readonly delayedRetries: number;
  readonly firstFailureAt: string | undefined;
}

/** A dead letter that somebody handles, where it is or sent back, has all its attempts before it. */
export function historyOf(message: Pick<Message, 'headers'>): FailureHistory {
  const { headers } = message;
  const isNew = isDeadLetter(message);
  return {
    failedAttempts: isNew ? 0 : countOf(headers.get(H.attempt)),
    delayedRetries: isNew ? 0 : countOf(headers.get(H.delayedRetries)),
    firstFailureAt: headers.get(H.firstFailureAt),
  };
}

/**
 * The id of the message as far as the broker tells it: the same each time it is delivered. At Artemis the
 * number of a message begins anew with a broker's data, which its time makes up for. At RabbitMQ there is none.
 */
export function lastingIdOf(
  { headers, messageId }: Pick<Message, 'headers' | 'messageId'>,
  profile: Pick<BrokerProfile, 'name'>,
): string {
  if (factsOf(profile).messageId !== 'consumer-and-message') return messageId;
  return `${messageId.slice(messageId.indexOf(',') + 1)}@${headers.get('timestamp') ?? ''}`;
}

/** The id under which the message began, whatever copies were made since. */
export function originalIdOf({ headers }: Pick<Message, 'headers'>, lastingId: string): string {
  return headers.get(H.originalMessageId) ?? lastingId;
}

/** What tells a repetition of this message: its sender's name for it, else its first id. */
export function identityOf(message: Pick<Message, 'headers'>, lastingId: string): string {
  const { headers } = message;
  // Copies of ours carry a dedup-id of their own.
  if (headers.has(H.originalMessageId)) {
    return headers.get(H.originalDedupId) ?? originalIdOf(message, lastingId);
  }
  return givenNameOf(message) ?? lastingId;
}

/** What its sender has called it: in our words, in those of Artemis, or as a program of AMQP. */
export function givenNameOf({ headers }: Pick<Message, 'headers'>): string | undefined {
  return headers.get('dedup-id') ?? headers.get('_AMQ_DUPL_ID') ?? headers.get('amqp-message-id');
}

/** True for what a listener has given up. */
export function isDeadLetter({ headers }: Pick<Message, 'headers'>): boolean {
  return headers.has(H.failureFingerprint) && !headers.has(H.retryAt);
}

/** Headers may come from anywhere: what is no count is none. */
function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
