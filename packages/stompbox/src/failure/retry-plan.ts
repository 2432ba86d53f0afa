/**
 * What follows on a failed attempt: another one at once, one later, or none.
 *
 *   attempt 1 fails ──► immediateMs[0] ──► 2 fails ──► immediateMs[1] ──► 3 fails ──► delayedMs[0] ──► …
 *
 * Retries at once belong to the first delivery: a message that has waited at the broker is tried once
 * per delivery. A handler that ran out of time may still be running, so it is never called again at once.
 */
import {
  HandlerTimeoutError,
  InvalidBodyError,
  UnreadableBodyError,
  UnrecoverableError,
} from './failure-errors.js';
import type { FailureHistory } from './failure-history.js';
import type { ErrorMatcher, ResolvedRetry } from './retry-options.js';

export type NextStep =
  | { readonly kind: 'immediate'; readonly waitMs: number }
  /** `levelMs`: the delay without jitter, by which hold queues are named. */
  | { readonly kind: 'delayed'; readonly delayMs: number; readonly levelMs: number }
  | { readonly kind: 'dead-letter' };

const DEAD_LETTER: NextStep = { kind: 'dead-letter' };

export function maxAttemptsOf({ immediateMs, delayedMs }: ResolvedRetry): number {
  return 1 + immediateMs.length + delayedMs.length;
}

/**
 * @param failedNow attempts of this delivery that have failed, this one included
 * @param random from 0 up to 1
 */
export function nextStep(
  retry: ResolvedRetry,
  { delayedRetries }: FailureHistory,
  failedNow: number,
  error: unknown,
  random: () => number,
): NextStep {
  if (isUnrecoverable(error, retry)) return DEAD_LETTER;
  const waitMs = retry.immediateMs[failedNow - 1];
  if (delayedRetries === 0 && waitMs !== undefined && !(error instanceof HandlerTimeoutError)) {
    return { kind: 'immediate', waitMs };
  }
  return delayedStep(retry, delayedRetries, undefined, random);
}

/**
 * The next wait at the broker, as long as there is one more.
 * @param delayMs instead of the delay that is next
 */
export function delayedStep(
  retry: ResolvedRetry,
  delayedRetries: number,
  delayMs: number | undefined,
  random: () => number,
): NextStep {
  const levelMs = retry.delayedMs[delayedRetries];
  if (levelMs === undefined) return DEAD_LETTER;
  if (delayMs !== undefined) return { kind: 'delayed', delayMs, levelMs: delayMs };
  const factor = 1 + retry.jitter * (2 * random() - 1);
  return { kind: 'delayed', delayMs: Math.round(levelMs * factor), levelMs };
}

export function isUnrecoverable(error: unknown, retry: ResolvedRetry): boolean {
  if (error instanceof UnrecoverableError) return true;
  if (error instanceof InvalidBodyError || error instanceof UnreadableBodyError) return true;
  return retry.unrecoverable.some((matcher) => matches(error, matcher)) || !retry.retryIf(error);
}

function matches(error: unknown, matcher: ErrorMatcher): boolean {
  if (typeof matcher === 'function') return error instanceof matcher;
  if (typeof error !== 'object' || error === null) return false;
  return Reflect.get(error, 'code') === matcher || Reflect.get(error, 'name') === matcher;
}
