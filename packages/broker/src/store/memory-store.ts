/** A store that forgets everything with its process. */
import { strict as assert } from 'node:assert';
import { RecordList } from './record-list.js';
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from './store.js';
import { takePage } from './take-page.js';

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
    const list = this.#queues.get(number)?.records;
    return list === undefined ? [] : takePage(recordsFrom(list, from), limit);
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

function* recordsFrom(list: RecordList<StoredRecord>, from: number): Iterable<StoredRecord> {
  for (const [, record] of list.from(from)) yield record;
}
