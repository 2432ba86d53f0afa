/** How a relay takes messages out of the table and what it does about those that fail. */
import type { Clock } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import type { Logger } from '../logger.js';
import { aWholeNumber, expected, parseOptions } from '../options.js';
import type { WakeUp } from './wake-up.js';

/** What happens to the messages after one that was given up, if they have one order key. */
export type AfterFailed = 'hold' | 'continue';

export interface RelayOptions {
  /** Messages that are claimed at once, and sent at once unless their order forbids. Default 100. */
  readonly batchSize?: number | undefined;
  /** How often the table is looked at while there is nothing. Default 1,000. */
  readonly pollMs?: number | undefined;
  /** Tells of new messages, so that they need not wait for `pollMs`: `pgWakeUp(client, outbox)`. */
  readonly wakeUp?: WakeUp | undefined;
  /**
   * How long claimed messages belong to this relay. When it dies, another one sends them after this time.
   * No send begins in the second half of it, and none lasts beyond it. Default 60,000.
   */
  readonly leaseMs?: number | undefined;
  /** A message that the broker refuses so often is given up. Default 10. */
  readonly maxAttempts?: number | undefined;
  /** Pause after the first failure, doubled by each further one. Default 1,000. */
  readonly retryDelayMs?: number | undefined;
  /** The longest pause. Default 300,000. */
  readonly maxRetryDelayMs?: number | undefined;
  /**
   * `hold` (default): messages of the same order key wait until a person decides about the one that was
   * given up. `continue`: they are sent without it.
   */
  readonly afterFailed?: AfterFailed | undefined;
  /** How long the rows of sent messages are kept. Default 86,400,000, a day. */
  readonly keepSentMs?: number | undefined;
}

/** What the relay works with; only tests replace it. */
export interface RelayPorts {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** A number from 0 up to 1, for jitter. */
  readonly random?: () => number;
  /** Names this relay in the rows that it has. Default: a random UUID. */
  readonly owner?: string;
}

export type ResolvedRelay = {
  readonly [K in Exclude<keyof RelayOptions, 'wakeUp'>]-?: NonNullable<RelayOptions[K]>;
} & { readonly wakeUp: WakeUp | undefined };

const LONGEST_MS = 2_147_483_647;
/** SQLite allows so many values in a statement in its older versions, and a claim has more of them. */
const LARGEST_BATCH = 900;
/** A lease must outlast a slow answer of the database. */
const SHORTEST_LEASE_MS = 1_000;

const relayOptions = v.strictObject({
  batchSize: v.optional(aWholeNumber(1, LARGEST_BATCH)),
  pollMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  wakeUp: v.optional(
    expected<WakeUp>(
      'what pgWakeUp(client, outbox) gives, or an object with start(wake)',
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        typeof Reflect.get(value, 'start') === 'function',
    ),
  ),
  leaseMs: v.optional(aWholeNumber(SHORTEST_LEASE_MS, LONGEST_MS)),
  maxAttempts: v.optional(aWholeNumber(1, 1_000)),
  retryDelayMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  maxRetryDelayMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  afterFailed: v.optional(
    expected<AfterFailed>("'hold' or 'continue'", (value) =>
      ['hold', 'continue'].includes(String(value)),
    ),
  ),
  keepSentMs: v.optional(aWholeNumber(0, Number.MAX_SAFE_INTEGER)),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveRelayOptions(raw: RelayOptions): ResolvedRelay {
  const given = parseOptions(relayOptions, raw, {
    describe: (key) =>
      key === '' ? 'The options of startRelay()' : `The option ${key} of startRelay()`,
    aliases: { batch: 'batchSize', poll: 'pollMs', lease: 'leaseMs', retentionMs: 'keepSentMs' },
  });
  const retryDelayMs = given.retryDelayMs ?? 1_000;
  const maxRetryDelayMs = given.maxRetryDelayMs ?? Math.max(300_000, retryDelayMs);
  if (maxRetryDelayMs < retryDelayMs) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The option maxRetryDelayMs of startRelay() must not be below retryDelayMs (${retryDelayMs})`,
    );
  }
  return {
    batchSize: given.batchSize ?? 100,
    pollMs: given.pollMs ?? 1_000,
    wakeUp: given.wakeUp,
    leaseMs: given.leaseMs ?? 60_000,
    maxAttempts: given.maxAttempts ?? 10,
    retryDelayMs,
    maxRetryDelayMs,
    afterFailed: given.afterFailed ?? 'hold',
    keepSentMs: given.keepSentMs ?? 86_400_000,
  };
}

/**
 * The pause after so many failures in a row: doubled by each, at most the longest, and up to half of it
 * shorter, so that relays do not come back all at once.
 */
export function retryPauseMs(
  failures: number,
  { retryDelayMs, maxRetryDelayMs }: ResolvedRelay,
  random: () => number,
): number {
  const longestMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** Math.min(failures - 1, 31));
  return Math.ceil(longestMs * (0.5 + random() / 2));
}
