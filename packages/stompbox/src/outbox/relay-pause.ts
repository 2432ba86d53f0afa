/** The relay's waits: for a time, until it is woken, or until it stops. */
import type { Clock } from '@stompbox/client';

export class RelayPause {
  readonly #clock: Clock;
  #isWoken = false;
  #end: ((by: 'wake' | 'stop') => void) | undefined;
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends a wait that may be ended, or the next one. */
  readonly wake = (): void => {
    this.#isWoken = true;
    this.#end?.('wake');
  };

  /** Ends this wait and all that follow. */
  stop(): void {
    this.#isStopped = true;
    this.#end?.('stop');
  }

  async wait(delayMs: number, mayBeWoken: boolean): Promise<void> {
    if (this.#isStopped || (mayBeWoken && this.#takeWake())) return;
    await new Promise<void>((resolve) => {
      const over = () => {
        this.#end = undefined;
        cancel();
        resolve();
      };
      // A worker may have nothing else that keeps it alive.
      const cancel = this.#clock.setTimer(over, delayMs, { keepAlive: true });
      this.#end = (by) => {
        if (by === 'stop' || mayBeWoken) over();
      };
    });
    if (mayBeWoken) this.#takeWake();
  }

  /** The result of the work; undefined when the relay stops before. */
  async unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        work.then(resolve, reject);
        this.#end = (by) => {
          if (by === 'stop') resolve(undefined);
        };
        if (this.#isStopped) resolve(undefined);
      });
    } finally {
      this.#end = undefined;
    }
  }

  #takeWake(): boolean {
    const wasWoken = this.#isWoken;
    this.#isWoken = false;
    return wasWoken;
  }
}
