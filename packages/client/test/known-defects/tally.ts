/** Counts what happens, for tests that wait until it has happened so many times. */
export class Tally {
  #count = 0;
  #waiters: { readonly goal: number; readonly resolve: () => void }[] = [];

  get count(): number {
    return this.#count;
  }

  add(): void {
    this.#count++;
    const isDue = ({ goal }: { readonly goal: number }) => goal <= this.#count;
    for (const { resolve } of this.#waiters.filter(isDue)) resolve();
    this.#waiters = this.#waiters.filter((waiter) => !isDue(waiter));
  }

  /** Resolves as soon as it has happened so many times in all. */
  reaches(goal: number): Promise<void> {
    if (this.#count >= goal) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ goal, resolve }));
  }
}
