/**
 * The copy of a message that goes to a hold queue, back into its queue or to its dead letter queue:
 * the body and the sender's headers as they were, and the story of its failures.
 *
 * Its dedup-id is made of the id that this message has now: the same when it is delivered again after a
 * crash, and another one when a dead letter is sent back and fails once more, which is no repetition. The
 * listener and its group are part of it, because a message of a topic may fail in several of them, and
 * Artemis compares the names of all that is sent to a topic, to whichever queue of it.
 */
import os from 'node:os';
import type { HeaderValues, Message, SendOptions } from '@stompbox/client';
import { describeFailure, type FailureDescription, inBrief } from './failure-description.js';
import { FAILURE_HEADERS as H } from './failure-headers.js';
import { givenNameOf, historyOf, originalIdOf } from './failure-history.js';

export interface Failure {
  readonly error: unknown;
  /** See `lastingIdOf`. */
  readonly lastingId: string;
  readonly listener: string;
  /** What the listener shares with all who may get this message in its stead: its queue, its group. */
  readonly group: string;
  /** Attempts that have failed, this one included. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly delayedRetries: number;
  readonly hasStack: boolean;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface MessageCopy {
  readonly body: Uint8Array;
  readonly options: SendOptions;
  /**
   * The same copy with its failure in brief, for a broker that does not take it with all of it: some hundred
   * bytes longer than the message instead of up to 10 kB.
   */
  readonly lean?: () => SendOptions;
}

/** Belong to one delivery or one SEND, not to the message. */
const OF_DELIVERY: ReadonlySet<string> = new Set([
  'message-id',
  'subscription',
  'ack',
  'destination',
  'destination-type',
  'ingress-timestamp',
  'content-length',
  'content-type',
  'receipt',
  'transaction',
  'redelivered',
  'persistent',
  'timestamp',
  'dedup-id',
  '_AMQ_DUPL_ID',
  'JMSXDeliveryCount',
  'JMSXUserID',
  'JMSXGroupSeq',
  'AMQ_SCHEDULED_DELAY',
  'AMQ_SCHEDULED_PERIOD',
  'AMQ_SCHEDULED_REPEAT',
  'AMQ_SCHEDULED_CRON',
  'scheduledJobId',
]);

/** When a message expires, in the words of ActiveMQ and of RabbitMQ. */
const EXPIRIES = ['expires', 'expiration'] as const;

/** The copy that is tried again. It keeps the time at which the message expires. */
export function retryCopy(message: Message, failure: Failure, more: HeaderValues): MessageCopy {
  return toldCopy(message, failure, (told) => {
    const headers = { ...sendersHeaders(message), ...told, ...more };
    return optionsOf(message, headers, dedupIdOf(failure, 'retry'));
  });
}

/** The dead letter, which never expires. */
export function deadLetterCopy(message: Message, failure: Failure): MessageCopy {
  return toldCopy(message, failure, (told) => {
    const headers = sendersHeaders(message);
    const expiry = EXPIRIES.map((name) => headers[name]).find((text) => text !== undefined);
    for (const name of EXPIRIES) headers[name] = undefined;
    const dead = {
      ...headers,
      [H.originalExpires]: expiry === '0' ? undefined : expiry,
      ...told,
      [H.retryAt]: undefined,
      [H.retryTo]: undefined,
    };
    return optionsOf(message, dead, dedupIdOf(failure, 'dead'));
  });
}

/** What comes out of a hold queue. */
export function releasedCopy(message: Message, lastingId: string): MessageCopy {
  const headers = { ...sendersHeaders(message), [H.retryTo]: undefined };
  return { body: message.body, options: optionsOf(message, headers, `${lastingId}:back`) };
}

/** What goes to the end of the hold queue once more, because it has waited long enough in one hand. */
export function heldAgainCopy(message: Message, lastingId: string): MessageCopy {
  const options = optionsOf(message, sendersHeaders(message), `${lastingId}:held`);
  return { body: message.body, options };
}

function toldCopy(
  message: Message,
  failure: Failure,
  optionsWith: (told: Record<string, string | undefined>) => SendOptions,
): MessageCopy {
  const description = describeFailure(failure.error);
  return {
    body: message.body,
    options: optionsWith(story(message, failure, description)),
    lean: () => optionsWith(story(message, failure, inBrief(description))),
  };
}

function sendersHeaders(message: Message): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of message.headers) {
    if (!OF_DELIVERY.has(name)) headers[name] ??= value;
  }
  return headers;
}

function optionsOf(message: Message, headers: HeaderValues, dedupId: string): SendOptions {
  const contentType = message.headers.get('content-type');
  return {
    headers,
    persistent: true,
    contentLength: message.headers.has('content-length') ? 'always' : 'never',
    ...(contentType === undefined ? {} : { contentType }),
    dedupId,
  };
}

function dedupIdOf({ lastingId, listener, group }: Failure, what: 'retry' | 'dead'): string {
  return `${lastingId}:${listener}:${group}:${what}`;
}

function story(
  message: Message,
  failure: Failure,
  { failureClass, code, message: text, stack, fingerprint }: FailureDescription,
): Record<string, string | undefined> {
  const { headers } = message;
  const now = new Date(failure.nowMs).toISOString();
  return {
    [H.originalDestination]: headers.get(H.originalDestination) ?? message.destination,
    [H.originalMessageId]: originalIdOf(message, failure.lastingId),
    [H.originalTimestamp]: headers.get(H.originalTimestamp) ?? headers.get('timestamp'),
    [H.originalDedupId]: originalDedupId(message),
    [H.attempt]: String(failure.attempt),
    [H.maxAttempts]: String(failure.maxAttempts),
    [H.delayedRetries]: String(failure.delayedRetries),
    [H.firstFailureAt]: historyOf(message).firstFailureAt ?? now,
    [H.lastFailureAt]: now,
    [H.failureClass]: failureClass,
    [H.failureCode]: code,
    [H.failureMessage]: text,
    [H.failureStack]: failure.hasStack ? stack : undefined,
    [H.failureHost]: os.hostname(),
    [H.failureFingerprint]: fingerprint,
    [H.listener]: failure.listener,
  };
}

function originalDedupId(message: Message): string | undefined {
  const { headers } = message;
  if (headers.has(H.originalMessageId)) return headers.get(H.originalDedupId);
  return givenNameOf(message);
}
