/**
 * A queue between a producer that must not wait and a consumer that asks: what `for await` reads.
 *
 *   open ──end──▶ ended    what is buffered is still handed out, then `done`
 *   open ──fail─▶ failed   what is buffered is still handed out, then the error, once
 *
 * Either buffered values or waiting consumers exist, never both.
 */
type Waiter<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

export class AsyncBuffer<T> {
  #values: T[] = [];
  /** Index of the next value in `#values`; taking from the front of an array would be linear. */
  #head = 0;
  #waiters: Waiter<T>[] = [];
  #end: 'open' | 'ended' | { readonly error: unknown } = 'open';
  readonly #onTaken: ((value: T) => void) | undefined;

  /** @param onTaken told of each value as it is handed out */
  constructor(onTaken?: (value: T) => void) {
    this.#onTaken = onTaken;
  }

  get size(): number {
    return this.#values.length - this.#head;
  }

  push(value: T): void {
    if (this.#end !== 'open') return;
    const waiter = this.#waiters.shift();
    if (waiter) {
      this.#onTaken?.(value);
      waiter.resolve({ value, done: false });
    } else this.#values.push(value);
  }

  /** The next value, if there is one. */
  takeNow(): T | undefined {
    return this.#head < this.#values.length ? this.#take() : undefined;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#head < this.#values.length) {
      return Promise.resolve({ value: this.#take(), done: false });
    }
    const end = this.#end;
    if (end === 'ended') return Promise.resolve({ value: undefined, done: true });
    if (end === 'open') {
      return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    }
    this.#end = 'ended';
    return Promise.reject(end.error);
  }

  end(): void {
    if (this.#end !== 'open') return;
    this.#end = 'ended';
    for (const waiter of this.#waiters) waiter.resolve({ value: undefined, done: true });
    this.#waiters = [];
  }

  fail(error: unknown): void {
    if (this.#end !== 'open') return;
    const [first, ...others] = this.#waiters;
    this.#end = first ? 'ended' : { error };
    first?.reject(error);
    for (const waiter of others) waiter.resolve({ value: undefined, done: true });
    this.#waiters = [];
  }

  /** Forgets what is buffered; returns how many values that were. */
  clear(onForgotten?: (value: T) => void): number {
    const count = this.size;
    if (onForgotten) for (const value of this.#values.slice(this.#head)) onForgotten(value);
    this.#values = [];
    this.#head = 0;
    return count;
  }

  #take(): T {
    const value = this.#values[this.#head] as T;
    this.#head++;
    if (this.#head === this.#values.length) {
      this.#values = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#values.length) {
      // Lets go of what was taken while the producer stays ahead for long.
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    this.#onTaken?.(value);
    return value;
  }
}
