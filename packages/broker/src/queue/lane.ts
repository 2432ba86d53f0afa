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
import { Cursor } from './cursor.js';
import { Page, Pages } from './page.js';
import { WaitingEntries } from './waiting-entries.js';

/** How much of a lane is kept in memory. */
const WINDOW_MESSAGES = 4096;
const WINDOW_BYTES = 4 * 1024 * 1024;

/** How much is read back from the store at once. */
const PAGE = { records: 512, bytes: 1024 * 1024 };

/** What the pages of all cursors may hold, as far as there are not too many of them. */
const ALL_PAGES_BYTES = 16 * 1024 * 1024;
const LEAST_PAGE_BYTES = 64 * 1024;

export interface LaneContext {
  readonly store: Store;
  readonly commits: CommitLoop;
  /** What the entries of the lane come from. */
  readonly source: Source;
  /** True: nothing of it is ever written durably. */
  readonly isTemporary: boolean;
  /** False: memory is short, so what can stay in the store does; `waiting` is how many do not. */
  readonly mayKeepMore: (waiting: number) => boolean;
  /** Bytes of messages that wait in memory, more or less than before. */
  readonly onWaitingBytes: (change: number) => void;
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

/**
 * There is nothing to hand out; `later`: something waits for the next sync, `unfinished`: there was no
 * time to look at everything.
 */
export type Nothing = 'none' | 'later' | 'unfinished';

/** How many entries may still be looked at, so that nobody else has to wait for too long. */
export interface Steps {
  left: number;
}

export class Lane {
  readonly priority: number;
  readonly number: QueueNumber;
  readonly #context: LaneContext;
  readonly #waiting = new WaitingEntries();
  readonly #pages = new Pages();
  readonly #lifted = new Set<number>();
  /** Lifted ones whose records are removed by a write; once that is durable they are forgotten. */
  #removedLifted: Array<{ readonly position: number; readonly writeNumber: WriteNumber }> = [];
  #nextPosition: number;
  #paged: number;
  #pagedFrom = 0;
  /** Of what waits in memory, as it was told last. */
  #toldBytes = 0;
  #bytes = 0;
  /** Before it are messages of earlier runs, whose bytes nobody has counted. */
  readonly #countedFrom: number;
  #uncounted: number;
  #uncountedMean: number | undefined;
  /** Once this write is durable, the store shows all that is paged. */
  #lastPagedWrite: WriteNumber = 0;

  constructor(priority: number, stored: StoredPart, context: LaneContext) {
    this.priority = priority;
    this.number = stored.number;
    this.#paged = stored.depth;
    this.#nextPosition = stored.nextPosition;
    this.#countedFrom = stored.nextPosition;
    this.#uncounted = stored.depth;
    this.#context = context;
  }

  /** Messages that wait, in memory or in the store. */
  get length(): number {
    return this.#waiting.length + this.#paged;
  }

  /** Bytes of records that wait in memory. */
  get bytesInMemory(): number {
    return this.#waiting.bytes;
  }

  get messagesInMemory(): number {
    return this.#waiting.length;
  }

  /** Bytes of all records that are not removed; those of earlier runs are estimated by some of them. */
  bytes(): number {
    if (this.#uncounted === 0) return this.#bytes;
    this.#uncountedMean ??= meanBytes(this.#read(0, LEAST_PAGE_BYTES));
    return this.#bytes + Math.round(this.#uncounted * this.#uncountedMean);
  }

  /** Everything before it is in memory. */
  get pagedFrom(): number {
    return this.#pagedFrom;
  }

  get nextPosition(): number {
    return this.#nextPosition;
  }

  /** Takes a message; the number of the write that makes it durable, 0 if it needs none. */
  put(message: Message, enteredAtMs: number): WriteNumber {
    const { commits, isTemporary } = this.#context;
    const position = this.#nextPosition++;
    this.#bytes += message.record.length;
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
      this.#waiting.add(this.#entry(message, position, { keptIn, writeNumber, enteredAtMs }));
      this.#tellWaiting();
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
    this.#tellWaiting();
  }

  /** For a consumer that looks for what it wants; `leave` it in the end. */
  cursor(position = 0): Cursor {
    return new Cursor(this.#pages, position);
  }

  /**
   * The next message from a cursor on that `choose` takes, without taking it out. The cursor moves past all
   * that it skips.
   */
  next(cursor: Cursor, choose: (entry: Entry) => Choice, steps: Steps): Entry | Nothing {
    for (;;) {
      const entry = this.#peek(cursor);
      if (entry === undefined) return this.#nothing();
      if (!this.#isDurable(entry)) return 'later';
      if (choose(entry) === 'take') return entry;
      cursor.pass(entry);
      steps.left -= 1;
      if (steps.left <= 0) return 'unfinished';
    }
  }

  /** These were handed out and are not settled; cursors that have passed them must be told. */
  giveBack(entries: readonly Entry[]): void {
    this.#waiting.addAll(entries);
    this.#tellWaiting();
  }

  /** Its queue is deleted: nothing of it counts any more. */
  drop(): void {
    this.#context.onWaitingBytes(-this.#toldBytes);
    this.#toldBytes = 0;
    this.#context.commits.dropQueue(this.number);
  }

  /** Removes the record of an entry that was taken out. */
  removeRecord({ keptIn, position, message }: Entry): WriteNumber {
    if (position >= this.#countedFrom) this.#bytes -= message.record.length;
    else this.#uncounted -= 1;
    if (keptIn === 'memory') return 0;
    const writeNumber = this.#context.commits.remove(this.number, position, keptIn);
    if (this.#lifted.has(position)) this.#removedLifted.push({ position, writeNumber });
    return writeNumber;
  }

  /** All that is in memory, for whoever looks at it. */
  waiting(): Iterable<Entry> {
    return this.#waiting;
  }

  /** Shows all that waits; not what was handed out. */
  forEach(see: (entry: Entry) => void): void {
    for (const entry of this.#waiting) see(entry);
    if (this.#paged === 0) return;
    let records = this.#read(this.#pagedFrom, PAGE.bytes);
    for (let last = records.at(-1); last !== undefined; last = records.at(-1)) {
      for (const record of records) {
        const entry = this.#lifted.has(record.position) ? undefined : this.#entryOf(record);
        if (entry) see(entry);
      }
      records = this.#read(last.position + 1, PAGE.bytes);
    }
  }

  #isWindowFull(): boolean {
    const { length, bytes } = this.#waiting;
    if (length >= WINDOW_MESSAGES || bytes >= WINDOW_BYTES) return true;
    return !this.#context.mayKeepMore(length);
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
      const records = this.#read(this.#pagedFrom, this.#pageBytes);
      if (records.length === 0) return;
      for (const record of records) this.#readBack(record);
      this.#tellWaiting();
    }
  }

  /** When memory is short, consumers get on with smaller steps. */
  get #pageBytes(): number {
    return this.#context.mayKeepMore(this.#waiting.length) ? PAGE.bytes : LEAST_PAGE_BYTES;
  }

  #tellWaiting(): void {
    const { bytes } = this.#waiting;
    if (bytes === this.#toldBytes) return;
    this.#context.onWaitingBytes(bytes - this.#toldBytes);
    this.#toldBytes = bytes;
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
    const known = { keptIn: kind, writeNumber: 0, enteredAtMs: undefined };
    return message && this.#entry(message, position, known);
  }

  #entry(
    message: Message,
    position: number,
    { keptIn, writeNumber, enteredAtMs }: Pick<Entry, 'keptIn' | 'writeNumber' | 'enteredAtMs'>,
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
      enteredAtMs,
      redeliveries: 0,
      refusals: 0,
    };
  }

  #read(from: number, bytes: number): readonly StoredRecord[] {
    this.#forgetRemoved();
    return this.#context.store.read(this.number, from, { records: PAGE.records, bytes });
  }

  /** What has come back before the cursor, or waits at it or after it, first of memory and store. */
  #peek(cursor: Cursor): Entry | undefined {
    const again = cursor.again(this.#isWaiting);
    if (again !== undefined) return again;
    const inMemory = this.#waiting.firstFrom(cursor.position);
    if (this.#paged === 0) return inMemory;
    if (inMemory !== undefined && inMemory.position < this.#pagedFrom) return inMemory;
    const inStore = this.#peekStore(cursor);
    if (inMemory === undefined) return inStore;
    return inStore !== undefined && inStore.position < inMemory.position ? inStore : inMemory;
  }

  readonly #isWaiting = (entry: Entry): boolean =>
    this.#waiting.firstFrom(entry.position) === entry;

  #peekStore(cursor: Cursor): Entry | undefined {
    const from = Math.max(cursor.position, this.#pagedFrom);
    for (;;) {
      const found = cursor.inPage(from);
      if (found !== undefined) return found;
      const start = Math.max(from, cursor.pageEnd);
      const page = this.#pages.at(start) ?? this.#readPage(start);
      if (page === undefined) return undefined;
      cursor.usePage(page);
    }
  }

  /** `undefined` when the store holds nothing more yet. */
  #readPage(start: number): Page | undefined {
    const share = Math.floor(ALL_PAGES_BYTES / (this.#pages.count + 1));
    const bytes = Math.max(LEAST_PAGE_BYTES, Math.min(this.#pageBytes, share));
    const records = this.#read(start, bytes);
    const last = records.at(-1);
    if (last === undefined) return undefined;
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
    const page = new Page(start, last.position + 1, entries);
    this.#pages.add(page);
    return page;
  }

  /** Takes a paged message out of the middle of the store's part. */
  #lift(position: number): void {
    assert(position >= this.#pagedFrom && this.#paged > 0, `${position} is not paged`);
    this.#paged -= 1;
    this.#lifted.add(position);
    if (this.#paged > 0) this.#pages.forget(position);
    else this.#pages.clear();
  }

  #forgetRemoved(): void {
    const { durableNumber } = this.#context.commits;
    const isOver = ({ writeNumber }: { writeNumber: WriteNumber }) => writeNumber <= durableNumber;
    if (this.#removedLifted[0] === undefined || !isOver(this.#removedLifted[0])) return;
    for (const { position } of this.#removedLifted.filter(isOver)) this.#lifted.delete(position);
    this.#removedLifted = this.#removedLifted.filter((removed) => !isOver(removed));
  }
}

function meanBytes(records: readonly StoredRecord[]): number {
  const sum = records.reduce((bytes, { record }) => bytes + record.length, 0);
  return sum / Math.max(1, records.length);
}
