/**
 * What one queue holds in memory, in the order of positions. Positions only grow, so this is a pair of
 * arrays that are appended to; a reader finds its place by position, however many stand before it.
 *
 *   positions   0   1   2   5   6   7
 *   records     ·   ·   r   ·   r   r        · removed
 *                       ▲ head
 *
 * Removed ones keep their places until more than half of them are empty. So both adding and removing
 * take constant time on average when the oldest or a neighbour is removed, and log n at worst.
 */
import { strict as assert } from 'node:assert';

/** Fewer empty places than this are not worth tidying up. */
const MIN_EMPTY = 1024;

export class RecordList<T extends object> {
  #positions: number[] = [];
  #records: Array<T | undefined> = [];
  /** Before it there is nothing left. */
  #head = 0;
  #count = 0;
  #lastPosition = -1;

  add(position: number, record: T): void {
    assert(position > this.#lastPosition, 'positions of a queue only grow');
    this.#positions.push(position);
    this.#records.push(record);
    this.#lastPosition = position;
    this.#count += 1;
  }

  get(position: number): T | undefined {
    const index = this.#firstFrom(position);
    return this.#positions[index] === position ? this.#records[index] : undefined;
  }

  /** False when there is no such record. */
  remove(position: number): boolean {
    const index = this.#firstFrom(position);
    if (this.#positions[index] !== position || this.#records[index] === undefined) return false;
    this.#records[index] = undefined;
    this.#count -= 1;
    while (this.#head < this.#records.length && this.#records[this.#head] === undefined) {
      this.#head += 1;
    }
    const empty = this.#records.length - this.#count;
    if (empty >= MIN_EMPTY && empty > this.#count) this.#tidy();
    return true;
  }

  /** What is left from a position on, in order. Not to be used after the next change. */
  *from(position: number): Iterable<[position: number, record: T]> {
    for (let index = this.#firstFrom(position); index < this.#records.length; index++) {
      const record = this.#records[index];
      if (record !== undefined) yield [this.#positions[index] as number, record];
    }
  }

  /** The first place from the head on whose position is not lower. */
  #firstFrom(position: number): number {
    const positions = this.#positions;
    // Where it stands if there are no gaps.
    const guess = this.#head + position - (positions[this.#head] ?? 0);
    if (guess >= this.#head && positions[guess] === position) return guess;
    let low = this.#head;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((positions[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #tidy(): void {
    const kept = (index: number) => this.#records[index] !== undefined;
    this.#positions = this.#positions.filter((_, index) => kept(index));
    this.#records = this.#records.filter((record) => record !== undefined);
    this.#head = 0;
  }
}
