/** A store that forgets everything with its process. */
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from './store.js';

interface MemoryQueue {
  readonly name: string;
  /** In the order of positions, because positions only grow. */
  readonly records: Map<number, StoredRecord>;
  nextPosition: number;
}

export class MemoryStore implements Store {
  readonly #queues: MemoryQueue[] = [];
  #writes: Array<() => void> = [];

  queues(): readonly StoredQueue[] {
    return this.#queues.map(({ name, records, nextPosition }, number) => {
      const durable = [...records.values()].filter(({ kind }) => kind === 'durable');
      return { name, number, depth: durable.length, nextPosition };
    });
  }

  createQueue(name: string): QueueNumber {
    return this.#queues.push({ name, records: new Map(), nextPosition: 0 }) - 1;
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    const target = this.#queue(queue);
    this.#writes.push(() => {
      target.records.set(position, { position, kind, record });
      target.nextPosition = Math.max(target.nextPosition, position + 1);
    });
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): void {
    const { records } = this.#queue(queue);
    this.#writes.push(() => {
      if (records.get(position)?.kind === kind) records.delete(position);
    });
  }

  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    const found: StoredRecord[] = [];
    let bytes = 0;
    for (const record of this.#queue(queue).records.values()) {
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

  #queue(number: QueueNumber): MemoryQueue {
    const queue = this.#queues[number];
    if (queue === undefined) throw new RangeError(`no queue ${number}`);
    return queue;
  }
}
