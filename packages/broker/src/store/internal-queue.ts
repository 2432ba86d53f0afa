/**
 * Records of the broker's own in the store, beside the messages: in a queue whose name begins with NUL,
 * which no destination can name. What is written here in the same turn as a message is on disk together
 * with it or not at all.
 *
 * The queue comes into being with its first record. What was put can be read once it is durable.
 */
import { Fifo } from '../fifo.js';
import type { CommitLoop, WriteNumber } from './commit-loop.js';
import type { QueueNumber, Store, StoredRecord } from './store.js';

/** How much is read at once. */
const PAGE = { records: 512, bytes: 1024 * 1024 };

export interface InternalQueueContext {
  readonly store: Pick<Store, 'queues' | 'read'>;
  readonly commits: Pick<CommitLoop, 'createQueue' | 'put' | 'remove' | 'durableNumber'>;
}

/** Where a record was put, and the write that makes it durable. */
export interface Put {
  readonly position: number;
  readonly writeNumber: WriteNumber;
}

export class InternalQueue {
  readonly #name: string;
  readonly #context: InternalQueueContext;
  #number: QueueNumber | undefined;
  #nextPosition: number;
  /** What was put and may not be durable yet, oldest first. */
  readonly #pending = new Fifo<Put>();
  #lastWrite: WriteNumber = 0;

  constructor(name: string, context: InternalQueueContext) {
    this.#name = `\u0000${name}`;
    this.#context = context;
    const stored = context.store.queues().find((queue) => queue.name === this.#name);
    this.#number = stored?.number;
    this.#nextPosition = stored?.nextPosition ?? 0;
  }

  /** The last write here so far; 0 if there was none. */
  get lastWrite(): WriteNumber {
    return this.#lastWrite;
  }

  put(record: Uint8Array): Put {
    const { commits } = this.#context;
    this.#number ??= commits.createQueue(this.#name);
    const position = this.#nextPosition++;
    this.#lastWrite = commits.put(this.#number, position, record, 'durable');
    const put = { position, writeNumber: this.#lastWrite };
    this.#forgetDurable();
    this.#pending.push(put);
    return put;
  }

  remove(position: number): WriteNumber {
    if (this.#number === undefined) return 0;
    this.#lastWrite = this.#context.commits.remove(this.#number, position, 'durable');
    return this.#lastWrite;
  }

  /** True when a record that was put there can be read. */
  isReadable(position: number): boolean {
    this.#forgetDurable();
    const pending = this.#pending.peek();
    return pending === undefined || position < pending.position;
  }

  read(position: number): Uint8Array | undefined {
    if (this.#number === undefined) return undefined;
    const [found] = this.#context.store.read(this.#number, position, { records: 1, bytes: 1 });
    return found?.position === position ? found.record : undefined;
  }

  /** Records from a position on, in order, a page of them; none when there are no more. */
  readPage(from: number): readonly StoredRecord[] {
    return this.#number === undefined ? [] : this.#context.store.read(this.#number, from, PAGE);
  }

  /** All records, page by page. */
  *records(): Iterable<StoredRecord> {
    let from = 0;
    for (;;) {
      const page = this.readPage(from);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      from = last.position + 1;
    }
  }

  #forgetDurable(): void {
    const { durableNumber } = this.#context.commits;
    while ((this.#pending.peek()?.writeNumber ?? Number.POSITIVE_INFINITY) <= durableNumber) {
      this.#pending.shift();
    }
  }
}
