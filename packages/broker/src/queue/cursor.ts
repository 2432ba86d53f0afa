/**
 * How far a consumer that does not want every message has looked through a lane. Everything that waits
 * before its position is not for it; so what matches nobody never hides what follows.
 */
import type { Entry } from '../delivery.js';

/** Messages that were read from the store and not taken, in order. */
class Page {
  readonly entries: readonly Entry[];
  #index = 0;

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  firstFrom(position: number): Entry | undefined {
    for (; this.#index < this.entries.length; this.#index++) {
      const entry = this.entries[this.#index] as Entry;
      if (entry.position >= position) return entry;
    }
    return undefined;
  }
}

const EMPTY = new Page([]);

export class Cursor {
  #position = 0;
  #page = EMPTY;
  #pageEnd = 0;

  /** The first one that it has not looked at. */
  get position(): number {
    return this.#position;
  }

  get page(): Pick<Page, 'firstFrom'> {
    return this.#page;
  }

  /** Where the next page starts. */
  get pageEnd(): number {
    return this.#pageEnd;
  }

  usePage(entries: readonly Entry[], end: number): void {
    this.#page = new Page(entries);
    this.#pageEnd = end;
  }

  moveTo(position: number): void {
    this.#position = position;
  }

  /** Something that it has passed waits again, or may be for it now. */
  setBackTo(position: number): void {
    if (position >= this.#position) return;
    this.#position = position;
    this.#page = EMPTY;
    this.#pageEnd = 0;
  }
}
