/**
 * A queue keeps every message until one consumer has settled it.
 *
 *   put ▶ [ ready: in memory, ready to go ][ paged: only in the store ]
 *             ▲ back first, by position
 *         [ returned ] ◀── consumer left, or delay of a refused message is over
 *
 * - A message is offered only once it is durable: nobody sees what a crash could take back.
 * - Order is the order of positions. What came back is older than all that is ready.
 * - Besides what was offered, refused or came back, memory holds at most a window of messages; when it is full, new ones stay in the store and are
 *   read back in order. While any are paged, `ready` takes no new ones, or they would overtake.
 */
import { strict as assert } from 'node:assert';
import type { Clock } from '../clock.js';
import { isDeadLetterQueue } from '../dead-letter.js';
import type { Entry } from '../delivery.js';
import { Fifo } from '../fifo.js';
import { type Message, openRecord, sealRecord } from '../message.js';
import { type RedeliveryPolicy, redeliveryDelayMs } from '../redelivery-policy.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { QueueNumber, RecordKind, Store } from '../store/store.js';
import type { Source, Subscription } from '../subscription.js';
import { ReturnedEntries } from './returned-entries.js';

/** How much of a queue is kept in memory. */
const WINDOW_MESSAGES = 4096;
const WINDOW_BYTES = 4 * 1024 * 1024;

/** How much is read back from the store at once. */
const PAGE = { records: 512, bytes: 1024 * 1024 };

export interface QueueContext {
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly clock: Clock;
  readonly redelivery: RedeliveryPolicy;
  /** Moves a message that was refused too often, and returns the write that does it. */
  deadLetter(queue: Queue, entry: Entry): WriteNumber;
  /** A record that cannot be read; it stays on disk. */
  onCorruptRecord(queue: Queue, position: number): void;
}

export interface StoredPart {
  readonly number: QueueNumber;
  /** Messages that are in the store already. */
  readonly depth: number;
  readonly nextPosition: number;
}

export class Queue implements Source {
  readonly keepsOffered = true;
  readonly name: string;
  readonly number: QueueNumber;
  readonly #context: QueueContext;
  readonly #ready = new Fifo<Entry>();
  readonly #returned = new ReturnedEntries();
  readonly #delayed = new Map<Entry, () => void>();
  readonly #consumers: Subscription[] = [];
  #nextConsumer = 0;
  #nextPosition: number;
  #readyBytes = 0;
  /** Messages that are only in the store, from `#pagedFrom` on. */
  #paged: number;
  #pagedFrom = 0;
  #unsettled = 0;

  constructor(name: string, stored: StoredPart, context: QueueContext) {
    this.name = name;
    this.number = stored.number;
    this.#paged = stored.depth;
    this.#nextPosition = stored.nextPosition;
    this.#context = context;
  }

  /** Messages that are not settled, offered ones included. */
  get depth(): number {
    const waiting = this.#ready.length + this.#returned.length + this.#delayed.size;
    return waiting + this.#paged + this.#unsettled;
  }

  get consumerCount(): number {
    return this.#consumers.length;
  }

  /** Takes a message; the number of the write that makes it durable, 0 if it needs none. */
  put(message: Message): WriteNumber {
    const position = this.#nextPosition++;
    const isPaged = this.#paged > 0 || this.#isWindowFull();
    const keptIn = message.isPersistent ? 'durable' : isPaged ? 'scratch' : 'memory';
    const writeNumber =
      keptIn === 'memory'
        ? 0
        : this.#context.commits.put(this.number, position, sealRecord(message), keptIn);
    if (isPaged) {
      if (this.#paged === 0) this.#pagedFrom = position;
      this.#paged += 1;
    } else {
      this.#ready.push({ message, position, keptIn, writeNumber, redeliveries: 0, refusals: 0 });
      this.#readyBytes += message.record.length;
    }
    this.#dispatch();
    return writeNumber;
  }

  join(subscription: Subscription): void {
    this.#consumers.push(subscription);
    this.#dispatch();
  }

  onCredit(): void {
    this.#dispatch();
  }

  settle(entry: Entry): WriteNumber {
    this.#unsettled -= 1;
    assert(this.#unsettled >= 0);
    return this.#removeRecord(entry);
  }

  refuse(entry: Entry): WriteNumber {
    const { redelivery, clock } = this.#context;
    this.#unsettled -= 1;
    entry.redeliveries += 1;
    entry.refusals += 1;
    if (entry.refusals > redelivery.maxRedeliveries && !isDeadLetterQueue(this.name)) {
      const written = this.#context.deadLetter(this, entry);
      return Math.max(written, this.#removeRecord(entry));
    }
    const cancel = clock.setTimer(
      () => {
        this.#delayed.delete(entry);
        this.#returned.add([entry]);
        this.#dispatch();
      },
      redeliveryDelayMs(redelivery, entry.refusals),
    );
    this.#delayed.set(entry, cancel);
    return 0;
  }

  leave(subscription: Subscription): void {
    const index = this.#consumers.indexOf(subscription);
    assert(index !== -1, `not a consumer of ${this.name}`);
    this.#consumers.splice(index, 1);
    if (index < this.#nextConsumer) this.#nextConsumer -= 1;
  }

  giveBack(unsettled: readonly Entry[]): void {
    for (const entry of unsettled) entry.redeliveries += 1;
    this.#unsettled -= unsettled.length;
    this.#returned.add(unsettled);
    this.#dispatch();
  }

  /** Stops the timers of refused messages; they are in the store. */
  close(): void {
    for (const cancel of this.#delayed.values()) cancel();
    this.#delayed.clear();
  }

  /** Offers messages in order while somebody has credit. */
  readonly #dispatch = (): void => {
    for (;;) {
      const consumer = this.#nextWithCredit();
      if (consumer === undefined) return;
      const entry = this.#takeNext();
      if (entry === undefined) return;
      this.#nextConsumer += 1;
      this.#unsettled += 1;
      consumer.offer(entry);
    }
  };

  /** Round robin, message by message: it stays this one's turn until it is given a message. */
  #nextWithCredit(): Subscription | undefined {
    const count = this.#consumers.length;
    for (let tried = 0; tried < count; tried++) {
      if (this.#nextConsumer >= count) this.#nextConsumer = 0;
      const consumer = this.#consumers[this.#nextConsumer] as Subscription;
      if (consumer.hasCredit) return consumer;
      this.#nextConsumer += 1;
    }
    return undefined;
  }

  /** The oldest message, unless it is not durable yet; then the queue goes on after the next sync. */
  #takeNext(): Entry | undefined {
    const returned = this.#returned.shift();
    if (returned) return returned;
    if (this.#ready.length === 0) this.#readPages();
    const { commits } = this.#context;
    const first = this.#ready.peek();
    if (first === undefined) {
      if (this.#paged > 0) commits.afterNextSync(this.#dispatch);
      return undefined;
    }
    if (first.writeNumber > commits.durableNumber) {
      commits.afterNextSync(this.#dispatch);
      return undefined;
    }
    this.#readyBytes -= first.message.record.length;
    return this.#ready.shift();
  }

  /** Reads until there is something to offer: all records of a page may be damaged. */
  #readPages(): void {
    let wasFound = true;
    while (wasFound && this.#ready.length === 0 && this.#paged > 0) wasFound = this.#readPage();
  }

  /** False when the store holds no more of the paged messages yet. */
  #readPage(): boolean {
    const records = this.#context.store.read(this.number, this.#pagedFrom, PAGE);
    for (const { position, kind, record } of records) {
      this.#paged -= 1;
      this.#pagedFrom = position + 1;
      const message = openRecord(record);
      if (message === undefined) this.#context.onCorruptRecord(this, position);
      else this.#pushReady(message, position, kind);
    }
    assert(this.#paged >= 0);
    return records.length > 0;
  }

  #pushReady(message: Message, position: number, kind: RecordKind): void {
    this.#ready.push({
      message,
      position,
      keptIn: kind,
      writeNumber: 0,
      redeliveries: 0,
      refusals: 0,
    });
    this.#readyBytes += message.record.length;
  }

  #isWindowFull(): boolean {
    return this.#ready.length >= WINDOW_MESSAGES || this.#readyBytes >= WINDOW_BYTES;
  }

  #removeRecord(entry: Entry): WriteNumber {
    if (entry.keptIn === 'memory') return 0;
    return this.#context.commits.remove(this.number, entry.position, entry.keptIn);
  }
}
