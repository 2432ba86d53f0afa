/**
 * Which job is due next: a binary heap of due times, and of those that are due at the same time the
 * lower position first. Three numbers per job in typed arrays, 24 bytes, with a quarter of spare room;
 * all else about a job is in the store.
 *
 *   due[parent] <= due[child]
 */
import type { JobId } from './job-id.js';

const LEAST_CAPACITY = 64;
const GROWTH = 1.25;

export interface JobPlace {
  readonly id: JobId;
  readonly dueMs: number;
  /** Of its record in the store. */
  readonly position: number;
}

/** Jobs that are due from `fromMs` to `untilMs`, both included. */
export interface DueRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

export class JobHeap {
  #ids = new Float64Array(LEAST_CAPACITY);
  #dues = new Float64Array(LEAST_CAPACITY);
  #positions = new Float64Array(LEAST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The job that is due first. */
  get first(): JobPlace | undefined {
    return this.#size === 0 ? undefined : this.#at(0);
  }

  push({ id, dueMs, position }: JobPlace): void {
    if (this.#size === this.#dues.length) this.#resize(Math.ceil(this.#size * GROWTH));
    this.#set(this.#size, id, dueMs, position);
    this.#size += 1;
    this.#rise(this.#size - 1);
  }

  /** Takes out the job that is due first. */
  shift(): void {
    this.#removeAt(0);
  }

  /** Takes out all jobs of an id; their positions. */
  removeId(id: JobId): number[] {
    const removed: number[] = [];
    let index = this.#ids.subarray(0, this.#size).indexOf(id);
    while (index !== -1) {
      removed.push(this.#positions[index] as number);
      this.#removeAt(index);
      index = this.#ids.subarray(0, this.#size).indexOf(id);
    }
    return removed;
  }

  /** Takes out all jobs that are due in a range; their positions. */
  removeRange(range: DueRange): Float64Array {
    const removed = this.positions(range);
    let kept = 0;
    for (let index = 0; index < this.#size; index++) {
      const { id, dueMs, position } = this.#at(index);
      if (isWithin(dueMs, range)) continue;
      this.#set(kept, id, dueMs, position);
      kept += 1;
    }
    this.#size = kept;
    for (let index = (kept >>> 1) - 1; index >= 0; index--) this.#sink(index);
    this.#giveSpaceBack();
    return removed;
  }

  /** Positions of the jobs that are due in a range, in order. */
  positions(range: DueRange): Float64Array {
    const found = this.#positions
      .subarray(0, this.#size)
      .filter((_, index) => isWithin(this.#dues[index] as number, range));
    return found.sort();
  }

  #removeAt(index: number): void {
    this.#size -= 1;
    if (index < this.#size) {
      const { id, dueMs, position } = this.#at(this.#size);
      this.#set(index, id, dueMs, position);
      this.#sink(index);
      this.#rise(index);
    }
    this.#giveSpaceBack();
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = index * 2 + 1;
      if (left >= this.#size) return;
      const right = left + 1;
      const child = right < this.#size && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const dueA = this.#dues[a] as number;
    const dueB = this.#dues[b] as number;
    if (dueA !== dueB) return dueA < dueB;
    return (this.#positions[a] as number) < (this.#positions[b] as number);
  }

  #swap(a: number, b: number): void {
    const { id, dueMs, position } = this.#at(a);
    const other = this.#at(b);
    this.#set(a, other.id, other.dueMs, other.position);
    this.#set(b, id, dueMs, position);
  }

  #at(index: number): JobPlace {
    return {
      id: this.#ids[index] as number,
      dueMs: this.#dues[index] as number,
      position: this.#positions[index] as number,
    };
  }

  #set(index: number, id: JobId, dueMs: number, position: number): void {
    this.#ids[index] = id;
    this.#dues[index] = dueMs;
    this.#positions[index] = position;
  }

  #giveSpaceBack(): void {
    const capacity = this.#dues.length;
    if (capacity > LEAST_CAPACITY && this.#size < capacity / 4) {
      this.#resize(Math.max(LEAST_CAPACITY, this.#size * 2));
    }
  }

  #resize(capacity: number): void {
    this.#ids = resized(this.#ids, this.#size, capacity);
    this.#dues = resized(this.#dues, this.#size, capacity);
    this.#positions = resized(this.#positions, this.#size, capacity);
  }
}

function isWithin(dueMs: number, { fromMs, untilMs }: DueRange): boolean {
  return dueMs >= fromMs && dueMs <= untilMs;
}

function resized(numbers: Float64Array, used: number, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(numbers.subarray(0, used));
  return larger;
}
