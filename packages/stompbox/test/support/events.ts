/** Waiting for what happens, without clocks. */

/** A promise and the functions that settle it. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** Everything that is ready to run has run, several times over. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Collects items; `until` resolves when there are so many. */
export class Inbox<T> {
  readonly items: T[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  readonly add = (item: T): void => {
    this.items.push(item);
    const ready = this.#waiting.filter(({ count }) => this.items.length >= count);
    this.#waiting = this.#waiting.filter(({ count }) => this.items.length < count);
    for (const { resolve } of ready) resolve();
  };

  async until(count: number): Promise<readonly T[]> {
    if (this.items.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    }
    return this.items;
  }
}
