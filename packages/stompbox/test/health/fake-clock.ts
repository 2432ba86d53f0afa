/** A clock that stands still until a test moves it; timers fire in the order of their times. */
import { settled } from '../support/events.js';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** For client, broker and health. */
export class FakeClock {
  #nowMs = 1_000_000;
  readonly #timers = new Set<Timer>();

  // Properties: the service takes `now` off the clock.
  readonly now = (): number => this.#nowMs;
  readonly monotonicMs = (): number => this.#nowMs;

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves on, and lets what the fired timers began come to rest. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }

  /** Moves the time without letting anything run, as a blocked event loop does. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}
