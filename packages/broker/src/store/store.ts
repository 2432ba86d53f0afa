/**
 * Where messages are kept, as a port: `DiskStore` on disk, `MemoryStore` for `--memory` and tests. Both
 * pass the suite in `test/store/store-conformance.ts`.
 *
 * - Writes are collected and take effect together at the next `commit`, in the order they were made:
 *   a batch is on disk as a whole or not at all.
 * - Reads see what was committed, nothing else.
 * - A record is addressed by queue and position; positions of one queue only grow.
 *
 * It decides nothing: not when to commit (`CommitLoop`), not what a record means (`message.ts`).
 */
export interface Store {
  /** Durable queues that existed when the store was opened, with what they held then. */
  queues(): readonly StoredQueue[];
  /**
   * Creates a queue at the next commit; the number addresses it from now on, and no other queue as long
   * as the store is open. A `scratch` queue is gone after a restart, and takes scratch records only.
   */
  createQueue(name: string, kind?: RecordKind): QueueNumber;
  /**
   * Removes a queue and all of its records at the next commit; until then they can be read. Nothing may
   * be put into it any more, and removals from it do nothing.
   */
  dropQueue(queue: QueueNumber): void;
  /** A `scratch` record need not survive a restart and costs no sync. */
  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void;
  /** Removes a record; no error if there is none. */
  remove(queue: QueueNumber, position: number, kind: RecordKind): void;
  /** Records from a position on, in order; fewer than `limit` only when there are no more. */
  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[];
  /**
   * Writes all that was collected and resolves when it is on disk, durable records synced. One commit
   * at a time. When it rejects, the store is in an unknown state and must not be used again.
   */
  commit(): Promise<void>;
  /** Closes without committing. */
  close(): Promise<void>;
}

export type QueueNumber = number;

/** What is `durable` survives power loss once committed; what is `scratch` only pages memory out. */
export type RecordKind = 'durable' | 'scratch';

export interface StoredQueue {
  readonly name: string;
  readonly number: QueueNumber;
  /** Number of durable records. */
  readonly depth: number;
  /** Lowest position that was never used; 0 for a queue without records. */
  readonly nextPosition: number;
}

export interface StoredRecord {
  readonly position: number;
  readonly kind: RecordKind;
  /** A copy; the caller may keep it. */
  readonly record: Uint8Array;
}

/** Reading stops at whichever is reached first; at least one record is read. */
export interface ReadLimit {
  readonly records: number;
  readonly bytes: number;
}
