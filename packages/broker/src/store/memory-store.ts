/** A store that forgets everything with its process. */
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from './store.js';

export class MemoryStore implements Store {
  /** The records of each queue, in the order of positions, because positions only grow. */
  readonly #queues: Array<Map<number, StoredRecord>> = [];
  #writes: Array<() => void> = [];

  queues(): readonly StoredQueue[] {
    return [];
  }

  createQueue(_name: string): QueueNumber {
    return this.#queues.push(new Map()) - 1;
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    const records = this.#queue(queue);
    this.#writes.push(() => void records.set(position, { position, kind, record }));
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): void {
    const records = this.#queue(queue);
    this.#writes.push(() => {
      if (records.get(position)?.kind === kind) records.delete(position);
    });
  }

  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    const found: StoredRecord[] = [];
    let bytes = 0;
    for (const record of this.#queue(queue).values()) {
      if (record.position < from) continue;
      found.push(record);
      bytes += record.record.length;
      if (found.length >= limit.records || bytes >= limit.bytes) break;
    }
    return found;
  }

  async commit(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    for (const write of writes) write();
  }

  async close(): Promise<void> {
    this.#writes = [];
  }

  #queue(number: QueueNumber): Map<number, StoredRecord> {
    const queue = this.#queues[number];
    if (queue === undefined) throw new RangeError(`no queue ${number}`);
    return queue;
  }
}
