import type { Entry } from '../delivery.js';

/** Entries that came back to their queue, oldest position first. */
export class ReturnedEntries {
  /** Youngest first, so that the oldest leaves from the end. */
  #entries: Entry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  add(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    this.#entries = this.#entries.concat(entries);
    this.#entries.sort((a, b) => b.position - a.position);
  }

  shift(): Entry | undefined {
    return this.#entries.pop();
  }
}
