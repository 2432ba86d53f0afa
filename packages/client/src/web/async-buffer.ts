/**
 * What stands for async-buffer.ts in browsers: the same queue, whose front is taken off an array. The
 * lines of a page are short.
 */
interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

export class AsyncBuffer<T> {
  #values: T[] = [];
  #waiters: Waiter<T>[] = [];
  #isEnded = false;
  /** Why it ended; handed out once. */
  #errors: unknown[] = [];
  readonly #onTaken: ((value: T) => void) | undefined;

  /** @param onTaken told of each value as it is handed out */
  constructor(onTaken?: (value: T) => void) {
    this.#onTaken = onTaken;
  }

  get size(): number {
    return this.#values.length;
  }

  push(value: T): void {
    if (this.#isEnded) return;
    this.#values.push(value);
    this.#handOut();
  }

  /** The next value, if there is one. */
  takeNow(): T | undefined {
    const value = this.#values.shift();
    if (value !== undefined) this.#onTaken?.(value);
    return value;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#handOut();
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#handOut();
  }

  fail(error: unknown): void {
    if (!this.#isEnded) this.#errors = [error];
    this.end();
  }

  /** Forgets what is buffered; returns how many values that were. */
  clear(onForgotten?: (value: T) => void): number {
    const values = this.#values.splice(0);
    if (onForgotten) values.forEach(onForgotten);
    return values.length;
  }

  #handOut(): void {
    while (this.#waiters.length > 0 && (this.size > 0 || this.#isEnded)) {
      const { resolve, reject } = this.#waiters.shift() as Waiter<T>;
      if (this.size > 0) resolve({ value: this.takeNow() as T, done: false });
      else if (this.#errors.length > 0) reject(this.#errors.pop());
      else resolve({ value: undefined, done: true });
    }
  }
}
