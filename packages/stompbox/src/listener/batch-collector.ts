/**
 * Gathers messages into batches: a batch is complete when it is full, when its time is over, or when no
 * more will come.
 */
import type { Clock } from '@stompbox/client';

export class BatchCollector<T> {
  readonly #size: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #onBatch: (batch: readonly T[]) => void;
  #items: T[] = [];
  #cancel: () => void = () => undefined;

  constructor(
    { size, timeoutMs }: { readonly size: number; readonly timeoutMs: number },
    clock: Clock,
    onBatch: (batch: readonly T[]) => void,
  ) {
    this.#size = size;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onBatch = onBatch;
  }

  get waitingCount(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= this.#size) this.flush();
    else if (this.#items.length === 1) {
      this.#cancel = this.#clock.setTimer(() => this.flush(), this.#timeoutMs);
    }
  }

  /** What is there is a batch. */
  flush(): void {
    this.#cancel();
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) this.#onBatch(items);
  }
}
