/**
 * Which blobs the durable messages refer to, on disk: one record per reference in a queue of the store
 * that only the broker sees. So a reference becomes durable in the same batch as its message, and goes
 * in the same batch as its message goes.
 *
 *   record:  id (32 bytes)
 */
import { strict as assert } from 'node:assert';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { QueueNumber, Store } from '../store/store.js';

/** Not the name of a queue that a client could name. */
const QUEUE_NAME = '\u0000blobs';
const ID_BYTES = 32;
const PAGE = { records: 4096, bytes: 1024 * 1024 };

export interface LoggedReference {
  readonly position: number;
  readonly id: string;
}

export class ReferenceLog {
  readonly #commits: CommitLoop;
  /** Made with the first reference. */
  #queue: QueueNumber | undefined;
  readonly #stored: readonly LoggedReference[];
  #nextPosition: number;

  constructor(store: Store, commits: CommitLoop) {
    this.#commits = commits;
    const stored = store.queues().find(({ name }) => name === QUEUE_NAME);
    this.#queue = stored?.number;
    this.#nextPosition = stored?.nextPosition ?? 0;
    this.#stored = stored === undefined ? [] : readAll(store, stored.number);
  }

  /** What stood here when the store was opened. */
  get stored(): readonly LoggedReference[] {
    return this.#stored;
  }

  /** Adds a reference and returns its position with the write that makes it durable. */
  add(id: string): { readonly position: number; readonly written: WriteNumber } {
    const position = this.#nextPosition++;
    const record = Buffer.from(id, 'hex');
    this.#queue ??= this.#commits.createQueue(QUEUE_NAME);
    return { position, written: this.#commits.put(this.#queue, position, record, 'durable') };
  }

  remove(position: number): WriteNumber {
    assert(this.#queue !== undefined, 'removes a reference before there was one');
    return this.#commits.remove(this.#queue, position, 'durable');
  }

  /** Calls back when everything up to a write is durable. */
  whenDurable(written: WriteNumber, callback: () => void): void {
    this.#commits.whenDurable(written, callback);
  }
}

function readAll(store: Store, queue: QueueNumber): readonly LoggedReference[] {
  const found: LoggedReference[] = [];
  for (let from = 0; ; ) {
    const page = store.read(queue, from, PAGE);
    for (const { position, record } of page) {
      if (record.length === ID_BYTES)
        found.push({ position, id: Buffer.from(record).toString('hex') });
      from = position + 1;
    }
    if (page.length === 0) return found;
  }
}
