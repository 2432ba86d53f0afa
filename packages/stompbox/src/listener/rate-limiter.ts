/**
 * Lets at most `max` messages begin within any `perMs`: the oldest of the last `max` beginnings must be so
 * long ago.
 */
import type { Clock } from '@stompbox/client';
import { pause } from '../failure/relocator.js';
import type { RateLimit } from './listener-options.js';

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  /** Times of the last beginnings, a ring. */
  readonly #begunAtMs: number[] = [];
  #next = 0;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Resolves when the next one may begin; rejects with the reason of the signal. */
  async pass(over: AbortSignal): Promise<void> {
    const { max, perMs } = this.#limit;
    const oldestMs = this.#begunAtMs.length < max ? undefined : this.#begunAtMs[this.#next];
    if (oldestMs !== undefined)
      await pause(oldestMs + perMs - this.#clock.now(), over, this.#clock);
    this.#begunAtMs[this.#next] = this.#clock.now();
    this.#next = (this.#next + 1) % max;
  }
}
