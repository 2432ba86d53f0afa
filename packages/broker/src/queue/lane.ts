/**
 * The messages of one priority in one queue, in the order of their positions. A lane is one queue of the
 * store.
 *
 *   put ▶ [ waiting: in memory ][ paged: only in the store, from `#pagedFrom` on ]
 *             ▲                        │ a cursor lifts out what its consumer wants
 *             └── came back ◀──────────┘
 *
 * - A message is handed out only once it is durable: nobody sees what a crash could take back.
 * - Memory holds at most a window of messages, besides what came back; when it is full, new ones stay in
 *   the store and are read back in order. While any are paged, new ones are paged too, or they would
 *   overtake.
 * - Positions at or after `#pagedFrom` that are not paged, because a cursor took them out, are `#lifted`.
 */
import { strict as assert } from 'node:assert';
import type { Entry } from '../delivery.js';
import { type Message, openRecord, sealRecord } from '../message.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { QueueNumber, Store, StoredRecord } from '../store/store.js';
import type { Source } from '../subscription.js';
import type { Cursor } from './cursor.js';
import { WaitingEntries } from './waiting-entries.js';

/** How much of a lane is kept in memory. */
const WINDOW_MESSAGES = 4096;
const WINDOW_BYTES = 4 * 1024 * 1024;

/** How much is read back from the store at once. */
const PAGE = { records: 512, bytes: 1024 * 1024 };

export interface LaneContext {
  readonly store: Store;
  readonly commits: CommitLoop;
  /** What the entries of the lane come from. */
  readonly source: Source;
  /** True: nothing of it is ever written durably. */
  readonly isTemporary: boolean;
  /** False: memory is short, so what can stay in the store does. */
  readonly mayKeepMore: () => boolean;
  /** A record that cannot be read; it stays on disk. */
  readonly onCorruptRecord: (position: number) => void;
}

export interface StoredPart {
  readonly number: QueueNumber;
  /** Messages that are in the store already. */
  readonly depth: number;
  readonly nextPosition: number;
}

/** What a consumer says of an entry that could be its next one. */
export type Choice = 'take' | 'skip';

/** There is nothing to hand out; `later`: something waits for the next sync. */
export type Nothing = 'none' | 'later';

export class Lane {
  readonly priority: number;
  readonly number: QueueNumber;
  readonly #context: LaneContext;
  readonly #waiting = new WaitingEntries();
  readonly #lifted = new Set<number>();
  /** Lifted ones whose records are removed by a write; once that is durable they are forgotten. */
  #removedLifted: Array<{ readonly position: number; readonly writeNumber: WriteNumber }> = [];
  #nextPosition: number;
  #paged: number;
  #pagedFrom = 0;
  /** Once this write is durable, the store shows all that is paged. */
  #lastPagedWrite: WriteNumber = 0;

  constructor(priority: number, stored: StoredPart, context: LaneContext) {
    this.priority = priority;
    this.number = stored.number;
    this.#paged = stored.depth;
    this.#nextPosition = stored.nextPosition;
    this.#context = context;
  }

  /** Messages that wait, in memory or in the store. */
  get length(): number {
    return this.#waiting.length + this.#paged;
  }

  /** Bytes of records in memory. */
  get bytes(): number {
    return this.#waiting.bytes;
  }

  get nextPosition(): number {
    return this.#nextPosition;
  }

  /** Takes a message; the number of the write that makes it durable, 0 if it needs none. */
  put(message: Message): WriteNumber {
    const { commits, isTemporary } = this.#context;
    const position = this.#nextPosition++;
    const isPaged = this.#paged > 0 || this.#isWindowFull();
    const isDurable = message.isPersistent && !isTemporary;
    const keptIn = isDurable ? 'durable' : isPaged ? 'scratch' : 'memory';
    const writeNumber =
      keptIn === 'memory' ? 0 : commits.put(this.number, position, sealRecord(message), keptIn);
    if (isPaged) {
      if (this.#paged === 0) this.#startPaging(position);
      this.#paged += 1;
      this.#lastPagedWrite = writeNumber;
    } else {
      this.#waiting.add(this.#entry(message, position, keptIn, writeNumber));
    }
    return writeNumber;
  }

  /** The oldest message, without taking it out. */
  first(): Entry | Nothing {
    if (this.#paged > 0) {
      this.#readPages();
      // What a cursor had lifted and what came back must not overtake what is still in the store.
      if (this.#paged > 0 && !this.#isFirstInMemory()) return this.#nothing();
    }
    const first = this.#waiting.first();
    if (first === undefined) return 'none';
    return this.#isDurable(first) ? first : 'later';
  }

  /** Takes out what `first` or `next` has returned. */
  take(entry: Entry): void {
    if (this.#waiting.first() === entry) this.#waiting.shift();
    else if (this.#waiting.firstFrom(entry.position) === entry) this.#waiting.remove(entry);
    else this.#lift(entry.position);
  }

  /**
   * The next message from a cursor on that `choose` takes, without taking it out. The cursor moves past all
   * that it skips.
   */
  next(cursor: Cursor, choose: (entry: Entry) => Choice): Entry | Nothing {
    for (;;) {
      const entry = this.#peek(cursor);
      if (entry === undefined) return this.#nothing();
      if (!this.#isDurable(entry)) return 'later';
      if (choose(entry) === 'take') return entry;
      cursor.moveTo(entry.position + 1);
    }
  }

  /** These were handed out and are not settled; cursors that are beyond them must be set back. */
  giveBack(entries: readonly Entry[]): void {
    this.#waiting.addAll(entries);
  }

  /** Removes the record of an entry that was taken out. */
  removeRecord({ keptIn, position }: Entry): WriteNumber {
    if (keptIn === 'memory') return 0;
    const writeNumber = this.#context.commits.remove(this.number, position, keptIn);
    if (this.#lifted.has(position)) this.#removedLifted.push({ position, writeNumber });
    return writeNumber;
  }

  /** All that is in memory, for whoever looks at it. */
  waiting(): Iterable<Entry> {
    return this.#waiting;
  }

  #isWindowFull(): boolean {
    const { length, bytes } = this.#waiting;
    if (length >= WINDOW_MESSAGES || bytes >= WINDOW_BYTES) return true;
    return length > 0 && !this.#context.mayKeepMore();
  }

  #isDurable({ writeNumber }: Entry): boolean {
    return writeNumber <= this.#context.commits.durableNumber;
  }

  #startPaging(position: number): void {
    this.#pagedFrom = position;
    this.#lifted.clear();
    this.#removedLifted = [];
  }

  /** True when no paged message is older than the first one in memory. */
  #isFirstInMemory(): boolean {
    const first = this.#waiting.first();
    return first !== undefined && first.position < this.#pagedFrom;
  }

  /** Nothing that can be seen yet: paged messages show up when the store has committed them. */
  #nothing(): Nothing {
    const isAllSeen =
      this.#paged === 0 || this.#lastPagedWrite <= this.#context.commits.durableNumber;
    return isAllSeen ? 'none' : 'later';
  }

  /** Reads until the first message is in memory, or nothing can be read: all of a page may be damaged. */
  #readPages(): void {
    while (this.#paged > 0 && !this.#isFirstInMemory()) {
      const records = this.#read(this.#pagedFrom);
      if (records.length === 0) return;
      for (const record of records) this.#readBack(record);
    }
  }

  #readBack(record: StoredRecord): void {
    const { position } = record;
    this.#pagedFrom = position + 1;
    if (this.#lifted.delete(position)) return;
    this.#paged -= 1;
    assert(this.#paged >= 0);
    const entry = this.#entryOf(record);
    if (entry === undefined) this.#context.onCorruptRecord(position);
    else this.#waiting.add(entry);
  }

  #entryOf({ position, kind, record }: StoredRecord): Entry | undefined {
    const message = openRecord(record);
    return message && this.#entry(message, position, kind, 0);
  }

  #entry(
    message: Message,
    position: number,
    keptIn: Entry['keptIn'],
    writeNumber: WriteNumber,
  ): Entry {
    const { source } = this.#context;
    const { priority } = this;
    return {
      source,
      message,
      priority,
      position,
      keptIn,
      writeNumber,
      redeliveries: 0,
      refusals: 0,
    };
  }

  #read(from: number): readonly StoredRecord[] {
    this.#forgetRemoved();
    return this.#context.store.read(this.number, from, PAGE);
  }

  /** What waits at the cursor or after it, first of memory and store. */
  #peek(cursor: Cursor): Entry | undefined {
    const inMemory = this.#waiting.firstFrom(cursor.position);
    if (this.#paged === 0) return inMemory;
    if (inMemory !== undefined && inMemory.position < this.#pagedFrom) return inMemory;
    const inStore = this.#peekStore(cursor);
    if (inMemory === undefined) return inStore;
    return inStore !== undefined && inStore.position < inMemory.position ? inStore : inMemory;
  }

  #peekStore(cursor: Cursor): Entry | undefined {
    for (;;) {
      const from = Math.max(cursor.position, this.#pagedFrom);
      const found = cursor.page.firstFrom(from);
      if (found !== undefined && !this.#lifted.has(found.position)) return found;
      if (found !== undefined) {
        cursor.moveTo(found.position + 1);
        continue;
      }
      if (!this.#fillPage(cursor, from)) return undefined;
    }
  }

  /** Reads the cursor's next page; false when the store holds nothing more yet. */
  #fillPage(cursor: Cursor, from: number): boolean {
    const start = Math.max(from, cursor.pageEnd);
    const records = this.#read(start);
    const entries: Entry[] = [];
    for (const record of records) {
      if (this.#lifted.has(record.position)) continue;
      const entry = this.#entryOf(record);
      if (entry !== undefined) entries.push(entry);
      else {
        this.#lift(record.position);
        this.#context.onCorruptRecord(record.position);
      }
    }
    const last = records.at(-1);
    if (last === undefined) return false;
    cursor.usePage(entries, last.position + 1);
    return true;
  }

  /** Takes a paged message out of the middle of the store's part. */
  #lift(position: number): void {
    assert(position >= this.#pagedFrom && this.#paged > 0, `${position} is not paged`);
    this.#paged -= 1;
    this.#lifted.add(position);
  }

  #forgetRemoved(): void {
    const { durableNumber } = this.#context.commits;
    const isOver = ({ writeNumber }: { writeNumber: WriteNumber }) => writeNumber <= durableNumber;
    if (this.#removedLifted[0] === undefined || !isOver(this.#removedLifted[0])) return;
    for (const { position } of this.#removedLifted.filter(isOver)) this.#lifted.delete(position);
    this.#removedLifted = this.#removedLifted.filter((removed) => !isOver(removed));
  }
}
