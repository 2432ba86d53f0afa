/**
 * What a handler gets beside the body: the message itself, and what may be done about it. So a handler
 * may take it for a `Message`, and one that needs no more never learns of the rest.
 */
import type { Message } from '@stompbox/client';
import * as v from 'valibot';
import { LONGEST_DELAY_MS } from '../failure/retry-options.js';
import type { Logger } from '../logger.js';
import type { MessageSender } from '../message-sender.js';
import { aWholeNumber, parseOptions } from '../options.js';

export interface ListenerContext<T = unknown> extends Message<T> {
  /** Name of the listener. */
  readonly listener: string;
  /** Counted from 1 over all tries, those of other processes included. */
  readonly attempt: number;
  /** The last try; after it the message goes to its dead letter queue. */
  readonly maxAttempts: number;
  /** That of the message, or a new one if it has none; sends of the handler carry it on. */
  readonly correlationId: string;
  /** Where an answer is expected, if one is. */
  readonly replyTo: string | undefined;
  /** Writes with listener, destination, message id, correlation id and attempt. */
  readonly log: Logger;
  /**
   * Aborts when the time of the handler is over, when closing the service has used up most of its time
   * (80 %), and when the service is cut.
   */
  readonly signal: AbortSignal;
  /** Sends; what is sent carries the correlation id on. */
  readonly messaging: MessageSender;
  /** All messages of the batch in the order of the bodies; of a listener without `batch` only this one. */
  readonly batch: readonly ListenerContext[];
  /**
   * Ends the message as handled, now: resolves when the broker has confirmed. With `ack: 'manual'`
   * this, `retryLater` or `deadLetter` must be called; else it may.
   */
  ack(): Promise<void>;
  /**
   * Ends this delivery and has the message delivered again after `delayMs` (default: the next delay of
   * the listener's `retry`). Counts as an attempt; it is dead-lettered when there are no more.
   * Resolves when the broker has confirmed.
   *
   * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`; nothing is settled then
   */
  retryLater(options?: RetryLaterOptions): Promise<void>;
  /** Ends the message in the dead letter queue, now. Resolves when the broker has confirmed. */
  deadLetter(reason: unknown): Promise<void>;
}

export interface RetryLaterOptions {
  /** A whole number of ms, at most 31,622,400,000 (a year). */
  readonly delayMs?: number | undefined;
  /** For the failure headers: an error or a text. */
  readonly reason?: unknown;
}

const retryLaterOptions = v.strictObject({
  delayMs: v.optional(aWholeNumber(0, LONGEST_DELAY_MS)),
  reason: v.optional(v.unknown()),
});

/**
 * A delay that no broker understands would be refused each time.
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function checkRetryLater(raw: RetryLaterOptions): RetryLaterOptions {
  return parseOptions(retryLaterOptions, raw, {
    describe: (key) =>
      key === '' ? 'The options of retryLater()' : `The option ${key} of retryLater()`,
    aliases: { delay: 'delayMs' },
  });
}
