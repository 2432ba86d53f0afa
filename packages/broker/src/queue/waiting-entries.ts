/**
 * Entries that wait in memory, in the order of their positions. Nearly all come at the end and leave at
 * the start, which costs the same however many there are; the others move part of the list.
 */
import type { Entry } from '../delivery.js';

export class WaitingEntries {
  /** The first `#head` places are empty. */
  #entries: Array<Entry | undefined> = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** Of their records. */
  get bytes(): number {
    return this.#bytes;
  }

  first(): Entry | undefined {
    return this.#entries[this.#head];
  }

  /** The first one at a position or after it. */
  firstFrom(position: number): Entry | undefined {
    return this.#entries[this.#indexOf(position)];
  }

  add(entry: Entry): void {
    this.#bytes += entry.message.record.length;
    const last = this.#entries.at(-1);
    if (this.length === 0 || last === undefined || last.position < entry.position) {
      this.#entries.push(entry);
      return;
    }
    const index = this.#indexOf(entry.position);
    // What comes back to the start takes the place of what left from there.
    if (index === this.#head && this.#head > 0) this.#entries[--this.#head] = entry;
    else this.#entries.splice(index, 0, entry);
  }

  /** Many at once, in any order. */
  addAll(entries: readonly Entry[]): void {
    if (entries.length < 16) {
      // The latest first: each of the others then finds a free place at the start.
      for (const entry of [...entries].sort((a, b) => b.position - a.position)) this.add(entry);
      return;
    }
    for (const { message } of entries) this.#bytes += message.record.length;
    this.#entries = [...this, ...entries].sort((a, b) => a.position - b.position);
    this.#head = 0;
  }

  shift(): Entry | undefined {
    const entry = this.#entries[this.#head];
    if (entry !== undefined) this.#dropFirst(entry);
    return entry;
  }

  remove(entry: Entry): void {
    if (this.first() === entry) {
      this.#dropFirst(entry);
      return;
    }
    const index = this.#indexOf(entry.position);
    if (this.#entries[index] !== entry) throw new TypeError(`${entry.message.id} does not wait`);
    this.#bytes -= entry.message.record.length;
    this.#entries.splice(index, 1);
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (let index = this.#head; index < this.#entries.length; index++) {
      yield this.#entries[index] as Entry;
    }
  }

  #dropFirst(entry: Entry): void {
    this.#bytes -= entry.message.record.length;
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    if (this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Index of the first entry at a position or after it. */
  #indexOf(position: number): number {
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as Entry).position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
