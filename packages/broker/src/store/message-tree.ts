/**
 * Records in an LMDB B-tree: the messages of all queues, or, without syncs, what memory pages out for a
 * while.
 *
 *   key 0x01 queue:u32 position:u48   →  record
 *   key 0x00 queue:u32                →  name of the queue, UTF-8
 *   key 0x02                          →  id of the last journal segment whose changes are all here
 *   key 0x03 queue:u32                →  empty; the queue is dropped and its records are being removed
 *
 * A queue is dropped by two small writes, whatever it holds. Its records are removed afterwards, some
 * thousand at a time, in transactions of their own (`sweep`), so that other writes need not wait.
 *
 * `overlappingSync` is off: a write then resolves after `fdatasync` and the synced meta page, with no
 * state in between in which it is visible but not durable. `eventTurnBatching` is off too: it would make
 * a promise that nobody sees, and that ends the process when a write fails.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import type { QueueNumber, StoredQueue } from './store.js';
import { makeDirectory } from './sync-directory.js';

type Environment = RootDatabase<Buffer, Uint8Array>;

const QUEUE_KEY = 0x00;
const RECORD_KEY = 0x01;
const QUEUE_KEY_BYTES = 5;
const RECORD_KEY_BYTES = 11;
const SEGMENT_KEY = Buffer.of(0x02);
const DROPPED_KEY = 0x03;
const MAX_POSITION = 2 ** 48 - 1;

/** How many records of a dropped queue are removed at once. */
const SWEPT_RECORDS = 4096;

/** Stands in the first bytes of every LMDB file, in the byte order of the machine. */
const LMDB_MAGIC = Buffer.from(Uint32Array.of(0xbeefc0de).buffer);
const LMDB_HEAD_BYTES = 64;

export interface PositionedRecord {
  readonly position: number;
  readonly record: Uint8Array;
}

/** A record to put, or, without one, a position to remove. */
export type RecordChange = readonly [
  queue: QueueNumber,
  position: number,
  record: Uint8Array | undefined,
];

/** What one transaction writes, in this order. */
export interface TreeChanges {
  readonly newQueues?: Iterable<readonly [QueueNumber, string]>;
  readonly records: Iterable<RecordChange>;
  readonly droppedQueues?: Iterable<QueueNumber>;
  /** The journal segment that the changes come from. */
  readonly segment?: Buffer;
}

export class MessageTree {
  readonly #environment: Environment;
  #state: 'open' | 'closed' = 'open';
  /** All reads see one state until `refresh`. */
  #snapshot: Transaction;
  /** Dropped queues that the snapshot may not know yet. */
  #dropped: QueueNumber[] = [];
  /** Dropped queues whose records are all in the snapshot. */
  readonly #unswept: Set<QueueNumber>;
  #sweeping: Promise<void> | undefined;

  /** @param durable false: writes are never synced, for what need not survive */
  constructor(path: string, options: { durable: boolean }) {
    // LMDB would let everyone read it.
    makeDirectory(path);
    refuseForeignFile(join(path, 'data.mdb'));
    this.#environment = open<Buffer, Uint8Array>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      noSync: !options.durable,
      noMemInit: true,
    });
    this.#snapshot = this.#takeSnapshot();
    this.#unswept = new Set(this.#droppedQueues());
  }

  queues(): readonly StoredQueue[] {
    const environment = this.#environment;
    return [
      ...environment.getRange({ start: Buffer.of(QUEUE_KEY), end: Buffer.of(RECORD_KEY) }),
    ].map(({ key, value }) => {
      const number = Buffer.from(key).readUInt32BE(1);
      const [last] = environment.getKeys({
        start: recordKey(number, MAX_POSITION),
        // The end is not part of a range, so it must lie before the key of position 0.
        end: queueStart(number),
        reverse: true,
        limit: 1,
      });
      return {
        name: value.toString('utf8'),
        number,
        depth: environment.getKeysCount(recordRange(number, 0)),
        nextPosition: last === undefined ? 0 : positionOf(last) + 1,
      };
    });
  }

  /** Above those of all queues and of all records: a dropped or lost queue may have left some. */
  nextQueue(): QueueNumber {
    const kinds = [QUEUE_KEY, RECORD_KEY, DROPPED_KEY];
    return Math.max(...kinds.map((kind) => this.#lastKey(kind) ?? -1)) + 1;
  }

  /** Records of a queue from a position on, in order. */
  *read(queue: QueueNumber, from: number): Iterable<PositionedRecord> {
    const range = { ...recordRange(queue, from), transaction: this.#snapshot };
    for (const { key, value } of this.#environment.getRange(range)) {
      yield { position: positionOf(key), record: value };
    }
  }

  /** The journal segment that was applied last. */
  appliedSegment(): Buffer | undefined {
    return this.#environment.get(SEGMENT_KEY);
  }

  /** Writes all of it in one transaction; reads see it after `refresh`. */
  async apply({
    newQueues = [],
    records,
    droppedQueues = [],
    segment,
  }: TreeChanges): Promise<void> {
    const environment = this.#environment;
    const dropped = [...droppedQueues];
    await this.#write(() => {
      for (const [number, name] of newQueues) {
        environment.put(queueKey(QUEUE_KEY, number), Buffer.from(name, 'utf8'));
      }
      for (const [queue, position, record] of records) {
        const key = writeKey(keyBuffer, queue, position);
        if (record === undefined) environment.remove(key);
        else environment.put(key, record as Buffer);
      }
      for (const number of dropped) {
        environment.remove(queueKey(QUEUE_KEY, number));
        environment.put(queueKey(DROPPED_KEY, number), NOTHING);
      }
      if (segment !== undefined) environment.put(SEGMENT_KEY, segment);
    });
    this.#dropped.push(...dropped);
  }

  /**
   * Removes what dropped queues have left. It ends early when the tree is closed, and a start goes on
   * with it. Meanwhile the records can still be read.
   */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll();
    return this.#sweeping;
  }

  /** From now on reads see all that was applied. */
  refresh(): void {
    this.#snapshot.done();
    this.#snapshot = this.#takeSnapshot();
    for (const number of this.#dropped) this.#unswept.add(number);
    this.#dropped = [];
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    // Whoever asked for the sweep gets its failure; here it only has to be over.
    await Promise.allSettled([this.#sweeping]);
    this.#snapshot.done();
    await this.#environment.close();
  }

  async #sweepAll(): Promise<void> {
    try {
      while (this.#state === 'open' && this.#unswept.size > 0) {
        for (const number of this.#unswept) await this.#sweepQueue(number);
      }
    } finally {
      this.#sweeping = undefined;
    }
  }

  async #sweepQueue(number: QueueNumber): Promise<void> {
    const environment = this.#environment;
    let positions: number[] = [];
    do {
      if (this.#state === 'closed') return;
      positions = this.#positions(number, (positions.at(-1) ?? -1) + 1, SWEPT_RECORDS);
      await this.#write(() => {
        for (const position of positions) environment.remove(writeKey(keyBuffer, number, position));
        if (positions.length < SWEPT_RECORDS) environment.remove(queueKey(DROPPED_KEY, number));
      });
    } while (positions.length === SWEPT_RECORDS);
    this.#unswept.delete(number);
  }

  /** Where a queue has records, from a position on. */
  #positions(queue: QueueNumber, from: number, limit: number): number[] {
    const range = { ...recordRange(queue, from), transaction: this.#snapshot, limit };
    return [...this.#environment.getKeys(range)].map(positionOf);
  }

  #droppedQueues(): QueueNumber[] {
    const range = { start: queueKey(DROPPED_KEY, 0), end: Buffer.of(DROPPED_KEY + 1) };
    return [...this.#environment.getKeys(range)].map((key) => Buffer.from(key).readUInt32BE(1));
  }

  /** Writes in one transaction. */
  async #write(changes: () => void): Promise<void> {
    await this.#environment.batch(changes).catch(async (error: unknown) => {
      throw await reasonOf(error);
    });
  }

  /** The queue of the last key of this kind. */
  #lastKey(kind: number): QueueNumber | undefined {
    const start = Buffer.alloc(RECORD_KEY_BYTES, 0xff);
    start[0] = kind;
    const range = { start, end: Buffer.of(kind), reverse: true, limit: 1 };
    const [last] = this.#environment.getKeys(range);
    return last && Buffer.from(last).readUInt32BE(1);
  }

  #takeSnapshot(): Transaction {
    this.#environment.resetReadTxn();
    return this.#environment.useReadTransaction();
  }
}

/** Why a transaction failed: LMDB hides the reason in a promise of the error that it rejects with. */
function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  const reason = commitError?.catch((cause: unknown) => cause) ?? Promise.resolve(error);
  // It comes in this turn, or LMDB does not know it either.
  const nextTurn = new Promise((resolve) => setImmediate(() => resolve(error)));
  return Promise.race([reason, nextTurn]);
}

/** LMDB crashes the whole process on a file that is not one of its own. */
function refuseForeignFile(path: string): void {
  if (!existsSync(path)) return;
  const head = Buffer.alloc(LMDB_HEAD_BYTES);
  const file = openSync(path, 'r');
  const bytes = readSync(file, head);
  closeSync(file);
  if (bytes > 0 && !head.includes(LMDB_MAGIC)) throw new Error(`${path} is no LMDB file`);
}

const NOTHING = Buffer.alloc(0);

// LMDB copies a key while a write is queued, so one buffer serves all of them.
const keyBuffer = Buffer.alloc(RECORD_KEY_BYTES);

function writeKey(key: Buffer, queue: QueueNumber, position: number): Buffer {
  key[0] = RECORD_KEY;
  key.writeUInt32BE(queue, 1);
  key.writeUIntBE(position, 5, 6);
  return key;
}

function recordKey(queue: QueueNumber, position: number): Buffer {
  return writeKey(Buffer.alloc(RECORD_KEY_BYTES), queue, position);
}

/** Lies before all record keys of a queue. */
function queueStart(queue: QueueNumber): Buffer {
  return recordKey(queue, 0).subarray(0, QUEUE_KEY_BYTES);
}

function queueKey(kind: number, queue: QueueNumber): Buffer {
  const key = Buffer.alloc(QUEUE_KEY_BYTES);
  key[0] = kind;
  key.writeUInt32BE(queue, 1);
  return key;
}

function recordRange(queue: QueueNumber, from: number): { start: Buffer; end: Buffer } {
  return { start: recordKey(queue, from), end: recordKey(queue, MAX_POSITION) };
}

function positionOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUIntBE(5, 6);
}
