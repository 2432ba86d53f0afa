/** Entries that came back to their queue, oldest position first: a binary heap, as thousands may come one by one. */
import type { Entry } from '../delivery.js';

export class ReturnedEntries {
  /** No entry is older than the one at half its index. */
  readonly #heap: Entry[] = [];

  get length(): number {
    return this.#heap.length;
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#heap.push(entry);
      this.#moveUp(this.#heap.length - 1);
    }
  }

  shift(): Entry | undefined {
    const oldest = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#moveDown();
    }
    return oldest;
  }

  #moveUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#position(parent) <= this.#position(index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #moveDown(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const smaller = this.#position(left + 1) < this.#position(left) ? left + 1 : left;
      if (this.#position(index) <= this.#position(smaller)) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }

  /** Behind the end nothing is older than anything. */
  #position(index: number): number {
    return this.#heap[index]?.position ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const entry = this.#heap[one] as Entry;
    this.#heap[one] = this.#heap[other] as Entry;
    this.#heap[other] = entry;
  }
}
