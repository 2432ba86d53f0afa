/**
 * How many messages are handled at the same time. Within a range it grows by one whenever a message would
 * have to wait while more are there, and falls back to the least when nothing is being handled.
 */
import type { ConcurrencyRange } from './concurrency.js';

export class Slots {
  readonly #range: ConcurrencyRange;
  #limit: number;
  #taken = 0;
  #waiting: (() => void) | undefined;

  constructor(range: ConcurrencyRange) {
    this.#range = range;
    this.#limit = range.min;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Resolves when one is free; it is not taken yet. Only one may wait.
   * @param hasMore whether messages wait
   */
  async free(hasMore: () => boolean): Promise<void> {
    while (this.#taken >= this.#limit) {
      if (this.#limit < this.#range.max && hasMore()) {
        this.#limit += 1;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  take(): void {
    this.#taken += 1;
  }

  give(): void {
    this.#taken -= 1;
    if (this.#taken === 0) this.#limit = this.#range.min;
    this.wake();
  }

  /** Whoever waits looks again. */
  wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Lets everyone through, because nothing is handled any more. */
  open(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.wake();
  }
}
