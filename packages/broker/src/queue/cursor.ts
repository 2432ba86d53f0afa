/**
 * How far a consumer that does not want every message has looked through a lane. Everything that waits
 * before its position is not for it, but what has come back since; so what matches nobody never hides
 * what follows.
 */
import type { Entry } from '../delivery.js';
import type { Page, Pages } from './page.js';

/** So many that have come back are remembered one by one. */
const MAX_AGAIN = 1000;

export class Cursor {
  readonly #pages: Pages;
  #position: number;
  #page: Page | undefined;
  #pageEnd = 0;
  /** Where in its page it stands. */
  #index = 0;
  /** What has come back to places that it has passed, in order; shared with other cursors. */
  #again: readonly Entry[] = [];
  #againIndex = 0;

  /** @param pages of the lane; `leave` when it is not needed any more */
  constructor(pages: Pages, position = 0) {
    this.#pages = pages;
    this.#position = position;
  }

  /** The first one that it has not looked at. */
  get position(): number {
    return this.#position;
  }

  /** Everything in the store before this has been in its pages. */
  get pageEnd(): number {
    return this.#pageEnd;
  }

  /** The first one that has come back and that `isWaiting` still, if there is one. */
  again(isWaiting: (entry: Entry) => boolean): Entry | undefined {
    for (; this.#againIndex < this.#again.length; this.#againIndex++) {
      const entry = this.#again[this.#againIndex] as Entry;
      if (entry.position < this.#position && isWaiting(entry)) return entry;
    }
    if (this.#againIndex > 0) {
      this.#again = [];
      this.#againIndex = 0;
    }
    return undefined;
  }

  /** The first one of its page at a position or after it. */
  inPage(position: number): Entry | undefined {
    const page = this.#page;
    if (page === undefined) return undefined;
    this.#index = page.indexFrom(position, this.#index);
    const entry = page.at(this.#index);
    if (entry === undefined) this.#turnTo(undefined);
    return entry;
  }

  usePage(page: Page): void {
    this.#turnTo(page);
    this.#pageEnd = page.end;
  }

  /** This one is not for it. */
  pass(entry: Entry): void {
    if (entry.position < this.#position) this.#againIndex += 1;
    else this.#position = entry.position + 1;
  }

  moveTo(position: number): void {
    this.#position = position;
  }

  /** These wait again, in order. */
  cameBack(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined || first.position >= this.#position) return;
    const still = this.#again.slice(this.#againIndex);
    const [oldest = first] = still;
    this.#againIndex = 0;
    if (still.length === 0) this.#again = entries;
    else if (still.length + entries.length <= MAX_AGAIN) {
      this.#again = [...still, ...entries].sort((a, b) => a.position - b.position);
    } else {
      // It takes nothing for so long that looking at everything once more is cheaper.
      this.#again = [];
      this.setBackTo(Math.min(oldest.position, first.position));
    }
  }

  /** What it has passed from here on may be for it now. */
  setBackTo(position: number): void {
    if (position >= this.#position) return;
    this.#position = position;
    this.#turnTo(undefined);
    this.#pageEnd = 0;
  }

  leave(): void {
    this.#turnTo(undefined);
  }

  #turnTo(page: Page | undefined): void {
    this.#pages.move(this.#page, page);
    this.#page = page;
    this.#index = 0;
  }
}
