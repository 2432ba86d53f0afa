/**
 * How many messages are handled at the same time. Of a range the upper end counts: a message that arrives
 * while fewer are being handled is one that would have to wait, and nothing is gained by letting it.
 */
export class Slots {
  #most: number;
  #taken = 0;
  #waiting: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  get isFree(): boolean {
    return this.#taken < this.#most;
  }

  /** Resolves when one is free; it is not taken yet. Only one may wait. */
  async free(): Promise<void> {
    while (!this.isFree) {
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
    this.#wake();
  }

  /** Lets everyone through, because nothing is handled any more. */
  open(): void {
    this.#most = Number.POSITIVE_INFINITY;
    this.#wake();
  }

  /** Whoever waits looks again. */
  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
