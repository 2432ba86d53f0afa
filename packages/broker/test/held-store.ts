/**
 * A store in memory whose commits a test holds and lets go by hand. Commits that no test asked for pass.
 */
import { MemoryStore } from '../dist/store/memory-store.js';
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from '../dist/store/store.js';

/** A commit that has begun, and ends when the test says so. */
export interface HeldCommit {
  release(): void;
  fail(error: Error): void;
}

export class HeldStore implements Store {
  readonly #inner = new MemoryStore();
  #writes: Array<() => void> = [];
  readonly #asking: Array<(commit: HeldCommit) => void> = [];

  /** The next commit that begins; ask before the write that leads to it. */
  nextCommit(): Promise<HeldCommit> {
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  queues(): readonly StoredQueue[] {
    return this.#inner.queues();
  }

  createQueue(name: string, kind?: RecordKind): QueueNumber {
    return this.#inner.createQueue(name, kind);
  }

  dropQueue(queue: QueueNumber): void {
    this.#writes.push(() => this.#inner.dropQueue(queue));
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    this.#writes.push(() => this.#inner.put(queue, position, record, kind));
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): void {
    this.#writes.push(() => this.#inner.remove(queue, position, kind));
  }

  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    return this.#inner.read(queue, from, limit);
  }

  async commit(): Promise<void> {
    // What is written while this commit is held belongs to the next one.
    const writes = this.#writes;
    this.#writes = [];
    const tell = this.#asking.shift();
    if (tell) await new Promise<void>((release, fail) => tell({ release, fail }));
    for (const write of writes) write();
    await this.#inner.commit();
  }

  /** Records of a queue that are committed. */
  recordCount(queue: QueueNumber): number {
    const all = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
    return this.#inner.read(queue, 0, all).length;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
