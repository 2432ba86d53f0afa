import type { Clock } from '@stompbox/client';

/** A clock that stands still, and whose timers fire when the test says so. */
export class ManualTimers {
  #timers: { readonly callback: () => void; readonly delayMs: number }[] = [];

  readonly clock: Clock = {
    now: () => 0,
    setTimer: (callback, delayMs) => {
      const timer = { callback, delayMs };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      };
    },
  };

  /** Delays of the timers that run. */
  get delaysMs(): readonly number[] {
    return this.#timers.map(({ delayMs }) => delayMs);
  }

  /** All that run are over. */
  fire(): void {
    for (const { callback } of this.#timers.splice(0)) callback();
  }
}
