/**
 * How long to wait before the next round of attempts.
 *
 *   longest wait of round n = min(maxDelayMs, initialDelayMs × multiplier^n)
 *
 * With full jitter the wait is a random part of that, so that the clients of a broker that comes
 * back do not all return in the same moment. Pure: it waits for nothing itself.
 */
import type { ResolvedReconnect } from './connect-options.js';

export class BackOff {
  readonly #policy: ResolvedReconnect;
  readonly #random: () => number;
  #round = 0;

  constructor(policy: ResolvedReconnect, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /** The next wait in ms; each call makes the one after it longer. */
  next(): number {
    const { initialDelayMs, maxDelayMs, multiplier, jitter } = this.#policy;
    const longestMs = Math.min(maxDelayMs, initialDelayMs * multiplier ** this.#round);
    // Rounds are counted no further than they matter, so that the power stays a number.
    if (longestMs > 0 && longestMs < maxDelayMs) this.#round++;
    return Math.round(jitter === 'full' ? this.#random() * longestMs : longestMs);
  }

  /** Starts again with short waits. */
  reset(): void {
    this.#round = 0;
  }
}
