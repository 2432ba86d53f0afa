/** The relay's waits: for a time, until it is woken, or until it stops. */
import type { Clock } from '@stompbox/client';

/** What may end a wait before its time: there may be new messages, or the broker is back. */
export type Wake = 'messages' | 'broker';

export class RelayPause {
  readonly #clock: Clock;
  /** Came while nobody waited for it. */
  readonly #early = new Set<Wake>();
  #state: 'running' | 'stopped' = 'running';
  #end: ((by: Wake | 'stop') => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends a wait that may be ended by this, or the next one. */
  wake(by: Wake): void {
    this.#early.add(by);
    this.#end?.(by);
  }

  /** What came until now ends no wait any more. */
  forget(by: Wake): void {
    this.#early.delete(by);
  }

  /** Ends this wait and all that follow. */
  stop(): void {
    this.#state = 'stopped';
    this.#end?.('stop');
  }

  /** @param wake what may end it; a stop always does */
  async wait(delayMs: number, wake?: Wake): Promise<void> {
    if (this.#state === 'stopped' || this.#takes(wake) || delayMs <= 0) return;
    await new Promise<void>((resolve) => {
      const over = () => {
        this.#end = undefined;
        cancel();
        resolve();
      };
      // A worker may have nothing else that keeps it alive.
      const cancel = this.#clock.setTimer(over, delayMs, { keepAlive: true });
      this.#end = (by) => {
        if (by === 'stop' || by === wake) over();
      };
    });
    this.#takes(wake);
  }

  /** The result of the work; undefined when the relay stops before. */
  async unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        work.then(resolve, reject);
        this.#end = (by) => {
          if (by === 'stop') resolve(undefined);
        };
        if (this.#state === 'stopped') resolve(undefined);
      });
    } finally {
      this.#end = undefined;
    }
  }

  #takes(wake: Wake | undefined): boolean {
    return wake !== undefined && this.#early.delete(wake);
  }
}
