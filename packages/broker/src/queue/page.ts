/**
 * What was read of a lane's part in the store, for consumers that look for what they want. Consumers that
 * are at the same place share a page.
 *
 * Invariant: a page holds what stands in the store between its start and its end and was not taken out.
 */
import type { Entry } from '../delivery.js';

export class Page {
  readonly start: number;
  /** Where the next page starts. */
  readonly end: number;
  readonly #positions: readonly number[];
  /** At each position its entry, or a gap where it was taken out. */
  readonly #entries: Array<Entry | undefined>;
  /** Cursors that stand in it. */
  readers = 0;

  constructor(start: number, end: number, entries: Entry[]) {
    this.start = start;
    this.end = end;
    this.#positions = entries.map(({ position }) => position);
    this.#entries = entries;
  }

  /** Index of the first entry at a position or after it, looked for from an index on. */
  indexFrom(position: number, from: number): number {
    let index = from;
    while (index < this.#entries.length) {
      const entry = this.#entries[index];
      if (entry !== undefined && entry.position >= position) break;
      index += 1;
    }
    return index;
  }

  /** `undefined` beyond its end. */
  at(index: number): Entry | undefined {
    return this.#entries[index];
  }

  /** This one was taken out. */
  forget(position: number): void {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    if (this.#positions[low] === position) this.#entries[low] = undefined;
  }
}

/** The pages of a lane that somebody stands in, and the one that was read last. */
export class Pages {
  #all: Page[] = [];

  get count(): number {
    return this.#all.length;
  }

  /** The page that holds a position. */
  at(position: number): Page | undefined {
    return this.#all.find(({ start, end }) => start <= position && position < end);
  }

  add(page: Page): void {
    this.#all = this.#all.filter(({ readers }) => readers > 0);
    this.#all.push(page);
  }

  forget(position: number): void {
    for (const page of this.#all) {
      if (page.start <= position && position < page.end) page.forget(position);
    }
  }

  /** Nothing of the lane is in the store only. */
  clear(): void {
    this.#all = [];
  }

  /** A cursor stands in the other page from now on, or in none. */
  move(from: Page | undefined, to: Page | undefined): void {
    if (to) to.readers += 1;
    if (from) from.readers -= 1;
    if (from?.readers === 0 && this.#all.at(-1) !== from) {
      this.#all = this.#all.filter((page) => page !== from);
    }
  }
}
