/**
 * What stands for deadlines.ts in browsers: one timer for each wait. A page has few of them at a time.
 *
 * As there, a wait ends one turn of the loop late, because its answer may have arrived already.
 */
import { type Clock, nextTurn } from '../clock.js';
import type { Expirable } from '../deadlines.js';

export class Deadlines {
  readonly #clock: Clock;
  readonly #timers = new Map<Expirable, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Expirable): void {
    const expire = () => {
      if (this.#timers.delete(entry)) entry.expire();
    };
    const cancel = this.#clock.setTimer(() => nextTurn(expire), entry.timeoutMs);
    this.#timers.set(entry, cancel);
  }

  delete(entry: Expirable): void {
    this.#timers.get(entry)?.();
    this.#timers.delete(entry);
  }

  /** Forgets all waits. */
  clear(): void {
    for (const entry of this.#timers.keys()) this.delete(entry);
  }
}
