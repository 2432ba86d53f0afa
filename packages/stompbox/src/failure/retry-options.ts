/** How often and when a message is tried again after its handler failed. */
import * as v from 'valibot';
import { aBoolean, expected, parseOptions } from '../options.js';

/** Where a message waits for its next try. */
export type DelayBy = 'auto' | 'schedule' | 'hold';

/** `instanceof` decides; a text is compared with the error's `name` and `code`. */
export type ErrorMatcher = string | (abstract new (...args: never[]) => unknown);

export interface RetryOptions {
  /**
   * Waits before the retries at once, in ms, while this process keeps the message. Default [0, 200].
   */
  readonly immediateMs?: readonly number[] | undefined;
  /**
   * Waits before the retries after those, in ms, while the broker keeps the message and the listener is
   * free for others. Default [10,000, 60,000, 300,000].
   */
  readonly delayedMs?: readonly number[] | undefined;
  /** Each delayed wait is up to this part longer or shorter, 0 to 1. Default 0.2. */
  readonly jitter?: number | undefined;
  /**
   * `schedule`: the broker delivers later. `hold`: the message waits in the queue
   * `HOLD.<queue>.<delay>`, from which listeners bring it back. `auto` (default): the schedule where the
   * broker has one (ActiveMQ Classic is asked), else hold.
   */
  readonly delayBy?: DelayBy | undefined;
  /** Errors that no retry can mend: the message goes to its dead letter queue at once. */
  readonly unrecoverable?: readonly ErrorMatcher[] | undefined;
  /** Says no (`false`) to a retry after this error. */
  readonly retryIf?: ((error: unknown) => boolean) | undefined;
  /** Whether the dead letter says where in the code it failed. Default true. */
  readonly stack?: boolean | undefined;
}

export interface ResolvedRetry {
  readonly immediateMs: readonly number[];
  readonly delayedMs: readonly number[];
  readonly jitter: number;
  readonly delayBy: DelayBy;
  readonly unrecoverable: readonly ErrorMatcher[];
  readonly retryIf: (error: unknown) => boolean;
  readonly stack: boolean;
}

const DEFAULTS: ResolvedRetry = {
  immediateMs: [0, 200],
  delayedMs: [10_000, 60_000, 300_000],
  jitter: 0.2,
  delayBy: 'auto',
  unrecoverable: [],
  retryIf: () => true,
  stack: true,
};

const NONE: ResolvedRetry = { ...DEFAULTS, immediateMs: [], delayedMs: [] };

const MOST_RETRIES = 100;
/** A year; a schedule that is longer is a mistake. */
export const LONGEST_DELAY_MS = 366 * 24 * 3_600_000;

const waits = (longestMs: number) =>
  expected<readonly number[]>(
    `a list of at most ${MOST_RETRIES} whole numbers from 0 to ${longestMs}`,
    (value) =>
      Array.isArray(value) &&
      value.length <= MOST_RETRIES &&
      value.every((item) => Number.isSafeInteger(item) && item >= 0 && item <= longestMs),
  );

const retryOptions = v.strictObject({
  immediateMs: v.optional(waits(60_000)),
  delayedMs: v.optional(waits(LONGEST_DELAY_MS)),
  jitter: v.optional(
    expected<number>(
      'a number from 0 to 1',
      (value) => typeof value === 'number' && value >= 0 && value <= 1,
    ),
  ),
  delayBy: v.optional(
    expected<DelayBy>("'auto', 'schedule' or 'hold'", (value) =>
      ['auto', 'schedule', 'hold'].includes(String(value)),
    ),
  ),
  unrecoverable: v.optional(
    expected<readonly ErrorMatcher[]>(
      'a list of error classes, or of their names or codes',
      (value) =>
        Array.isArray(value) &&
        // `instanceof` knows no function without a prototype.
        value.every((item) => typeof item === 'string' || typeof item?.prototype === 'object'),
    ),
  ),
  retryIf: v.optional(
    expected<(error: unknown) => boolean>('a function', (value) => typeof value === 'function'),
  ),
  stack: v.optional(aBoolean),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveRetry(raw: RetryOptions | false): ResolvedRetry {
  if (raw === false) return NONE;
  const given = parseOptions(retryOptions, raw, {
    describe: (key) => (key === '' ? 'The option retry' : `The option retry.${key}`),
    aliases: { immediate: 'immediateMs', delayed: 'delayedMs', delay: 'delayedMs' },
  });
  return {
    immediateMs: given.immediateMs ?? DEFAULTS.immediateMs,
    delayedMs: given.delayedMs ?? DEFAULTS.delayedMs,
    jitter: given.jitter ?? DEFAULTS.jitter,
    delayBy: given.delayBy ?? DEFAULTS.delayBy,
    unrecoverable: given.unrecoverable ?? DEFAULTS.unrecoverable,
    retryIf: given.retryIf ?? DEFAULTS.retryIf,
    stack: given.stack ?? DEFAULTS.stack,
  };
}
