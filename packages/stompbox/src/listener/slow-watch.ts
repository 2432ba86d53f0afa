/** Tells of handlers that take long, once each. One timer serves all. */
import type { Clock } from '@stompbox/client';

interface Watched {
  readonly startedAtMs: number;
}

export class SlowWatch<T extends Watched> {
  readonly #slowAfterMs: number;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #report: (slow: T) => void;
  /** In the order in which they began. */
  readonly #watched = new Set<T>();
  #cancel: (() => void) | undefined;

  constructor(slowAfterMs: number, clock: Clock, now: () => number, report: (slow: T) => void) {
    this.#slowAfterMs = slowAfterMs;
    this.#clock = clock;
    this.#now = now;
    this.#report = report;
  }

  add(handling: T): void {
    this.#watched.add(handling);
    this.#cancel ??= this.#clock.setTimer(() => this.#look(), this.#slowAfterMs);
  }

  delete(handling: T): void {
    this.#watched.delete(handling);
    if (this.#watched.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    for (const handling of this.#watched) {
      const leftMs = handling.startedAtMs + this.#slowAfterMs - this.#now();
      if (leftMs > 0) {
        this.#cancel = this.#clock.setTimer(() => this.#look(), leftMs);
        return;
      }
      this.#watched.delete(handling);
      this.#report(handling);
    }
  }
}
