/** A store that forgets everything with its process. */
import { strict as assert } from 'node:assert';
import { RecordList } from './record-list.js';
import {
  isPageFull,
  type QueueNumber,
  type ReadLimit,
  type RecordKind,
  type Store,
  type StoredQueue,
  type StoredRecord,
} from './store.js';

interface MemoryQueue {
  readonly kind: RecordKind;
  /** `dropping`: gone with the next commit. */
  state: 'live' | 'dropping';
  /** Lowest position that may be put. */
  nextPosition: number;
  readonly records: RecordList<StoredRecord>;
}

export class MemoryStore implements Store {
  readonly #queues = new Map<QueueNumber, MemoryQueue>();
  #nextQueue = 0;
  #writes: Array<() => void> = [];

  queues(): readonly StoredQueue[] {
    return [];
  }

  createQueue(_name: string, kind: RecordKind = 'durable'): QueueNumber {
    const number = this.#nextQueue++;
    this.#queues.set(number, {
      ...{ kind, state: 'live', nextPosition: 0 },
      records: new RecordList(),
    });
    return number;
  }

  dropQueue(number: QueueNumber): void {
    this.#liveQueue(number).state = 'dropping';
    this.#writes.push(() => this.#queues.delete(number));
  }

  put(number: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    const queue = this.#liveQueue(number);
    const isKept = kind === 'scratch' || queue.kind === 'durable';
    assert(isKept, 'a scratch queue takes scratch records');
    assert(position >= queue.nextPosition, 'positions of a queue only grow');
    queue.nextPosition = position + 1;
    this.#writes.push(() => queue.records.add(position, { position, kind, record }));
  }

  remove(number: QueueNumber, position: number, kind: RecordKind): void {
    const queue = this.#queues.get(number);
    if (queue?.state !== 'live') return;
    this.#writes.push(() => {
      if (queue.records.get(position)?.kind === kind) queue.records.remove(position);
    });
  }

  read(number: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    const found: StoredRecord[] = [];
    let bytes = 0;
    for (const [, record] of this.#queues.get(number)?.records.from(from) ?? []) {
      found.push(record);
      bytes += record.record.length;
      if (isPageFull(found.length, bytes, limit)) break;
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

  #liveQueue(number: QueueNumber): MemoryQueue {
    const queue = this.#queues.get(number);
    assert(queue?.state === 'live', 'uses a queue that was dropped or never created');
    return queue;
  }
}
