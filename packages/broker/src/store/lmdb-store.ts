/**
 * Messages on disk, in LMDB: one B-tree with the records of all queues, and beside it a scratch
 * environment without syncs, emptied at every start, to which memory pages non-persistent messages out.
 *
 * Layout of the data directory:
 *
 *   messages/   key 0x01 queue:u32 position:u48   →  record
 *               key 0x00 queue:u32                →  name of the queue, UTF-8
 *               key 0xff                          →  format of this layout, one byte
 *   scratch/    key 0x01 queue:u32 position:u48   →  record
 *   lock        see directory-lock.ts
 *
 * `overlappingSync` is off: a commit then resolves after `fdatasync` and the synced meta page, with no
 * state in between in which it is visible but not durable. Depths are counted when the store opens;
 * nothing else needs recovery.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { StoreError } from '../errors.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from './store.js';

type Environment = RootDatabase<Buffer, Uint8Array>;

const QUEUE_KEY = 0x00;
const RECORD_KEY = 0x01;
const FORMAT_KEY = Buffer.of(0xff);
const LAYOUT_FORMAT = 1;
const RECORD_KEY_BYTES = 11;
const MAX_POSITION = 2 ** 48 - 1;

interface Write {
  readonly queue: QueueNumber;
  readonly position: number;
  /** Absent: the record is removed. */
  readonly record: Uint8Array | undefined;
}

export class LmdbStore implements Store {
  readonly #lock: DirectoryLock;
  readonly #messages: Environment;
  readonly #scratch: Environment;
  /**
   * Reads go to snapshots that change only when a commit is complete in both environments. With the
   * newest state of each, a page could hold a later scratch record and miss an earlier durable one.
   */
  #messagesSnapshot: Transaction;
  #scratchSnapshot: Transaction;
  #queueCount: number;
  #newQueues: Array<readonly [QueueNumber, string]> = [];
  #writes: Write[] = [];
  #scratchWrites: Write[] = [];

  private constructor(lock: DirectoryLock, messages: Environment, scratch: Environment) {
    this.#lock = lock;
    this.#messages = messages;
    this.#scratch = scratch;
    this.#queueCount = messages.getKeysCount(range(QUEUE_KEY));
    this.#messagesSnapshot = takeSnapshot(messages);
    this.#scratchSnapshot = takeSnapshot(scratch);
  }

  /** @throws StoreError `STOMP_STORE_UNWRITABLE`, `STOMP_STORE_IN_USE`, `STOMP_STORE_FORMAT` */
  static async open(directory: string): Promise<LmdbStore> {
    const lock = await lockDirectory(directory);
    try {
      rmSync(join(directory, 'scratch'), { recursive: true, force: true });
      const messages = openEnvironment(join(directory, 'messages'), {});
      await checkFormat(messages, directory);
      const scratch = openEnvironment(join(directory, 'scratch'), { noSync: true });
      return new LmdbStore(lock, messages, scratch);
    } catch (cause) {
      await lock.release();
      if (cause instanceof StoreError) throw cause;
      throw new StoreError(
        'STOMP_STORE_UNWRITABLE',
        `The message store in ${directory} cannot be opened (${reason(cause)}): check its permissions and the disk, or choose another data directory`,
        { cause },
      );
    }
  }

  queues(): readonly StoredQueue[] {
    return [...this.#messages.getRange(range(QUEUE_KEY))].map(({ key, value }) => {
      const number = Buffer.from(key).readUInt32BE(1);
      const [last] = this.#messages.getKeys({ ...queueRangeBackwards(number), limit: 1 });
      return {
        name: value.toString('utf8'),
        number,
        depth: this.#messages.getKeysCount(queueRange(number, 0)),
        nextPosition: last === undefined ? 0 : positionOf(last) + 1,
      };
    });
  }

  createQueue(name: string): QueueNumber {
    const number = this.#queueCount++;
    this.#newQueues.push([number, name]);
    return number;
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    this.#writesOf(kind).push({ queue, position, record });
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): void {
    this.#writesOf(kind).push({ queue, position, record: undefined });
  }

  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    const durable = readRecords(this.#messages, this.#messagesSnapshot, { queue, from, limit });
    const scratch = readRecords(this.#scratch, this.#scratchSnapshot, { queue, from, limit });
    return merge(asStored(durable, 'durable'), asStored(scratch, 'scratch'), limit);
  }

  async commit(): Promise<void> {
    const newQueues = this.#newQueues;
    const writes = this.#writes;
    const scratchWrites = this.#scratchWrites;
    this.#newQueues = [];
    this.#writes = [];
    this.#scratchWrites = [];
    const commits: Promise<unknown>[] = [];
    if (newQueues.length > 0 || writes.length > 0) {
      const batch = this.#messages.batch(() => {
        for (const [number, name] of newQueues) {
          this.#messages.put(queueKey(number), Buffer.from(name, 'utf8'));
        }
        applyWrites(this.#messages, writes);
      });
      commits.push(batch);
    }
    if (scratchWrites.length > 0) {
      commits.push(this.#scratch.batch(() => applyWrites(this.#scratch, scratchWrites)));
    }
    await Promise.all(commits);
    this.#takeSnapshots();
  }

  #takeSnapshots(): void {
    this.#messagesSnapshot.done();
    this.#messagesSnapshot = takeSnapshot(this.#messages);
    this.#scratchSnapshot.done();
    this.#scratchSnapshot = takeSnapshot(this.#scratch);
  }

  async close(): Promise<void> {
    this.#messagesSnapshot.done();
    this.#scratchSnapshot.done();
    await this.#messages.close();
    await this.#scratch.close();
    await this.#lock.release();
  }

  #writesOf(kind: RecordKind): Write[] {
    return kind === 'durable' ? this.#writes : this.#scratchWrites;
  }
}

function openEnvironment(path: string, options: { noSync?: boolean }): Environment {
  return open<Buffer, Uint8Array>({
    path,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    noMemInit: true,
    cache: false,
    ...options,
  });
}

async function checkFormat(messages: Environment, directory: string): Promise<void> {
  const format = messages.get(FORMAT_KEY)?.[0];
  if (format === LAYOUT_FORMAT) return;
  if (format === undefined) {
    await messages.put(FORMAT_KEY, Buffer.of(LAYOUT_FORMAT));
    return;
  }
  await messages.close();
  throw new StoreError(
    'STOMP_STORE_FORMAT',
    `The message store in ${directory} has format ${format}, this version reads format ${LAYOUT_FORMAT}: start it with the version of stompbox that wrote it`,
  );
}

// LMDB copies a key while a write is queued, so one buffer serves all of them.
const keyScratch = Buffer.alloc(RECORD_KEY_BYTES);

function applyWrites(environment: Environment, writes: readonly Write[]): void {
  for (const { queue, position, record } of writes) {
    const key = writeKey(keyScratch, queue, position);
    if (record === undefined) environment.remove(key);
    else environment.put(key, record as Buffer);
  }
}

function takeSnapshot(environment: Environment): Transaction {
  environment.resetReadTxn();
  return environment.useReadTransaction();
}

interface PageRequest {
  readonly queue: QueueNumber;
  readonly from: number;
  readonly limit: ReadLimit;
}

interface PositionedRecord {
  readonly position: number;
  readonly record: Buffer;
}

function readRecords(
  environment: Environment,
  transaction: Transaction,
  { queue, from, limit }: PageRequest,
): PositionedRecord[] {
  const found: PositionedRecord[] = [];
  let bytes = 0;
  for (const { key, value } of environment.getRange({ ...queueRange(queue, from), transaction })) {
    found.push({ position: positionOf(key), record: value });
    bytes += value.length;
    if (found.length >= limit.records || bytes >= limit.bytes) break;
  }
  return found;
}

function asStored(records: readonly PositionedRecord[], kind: RecordKind): StoredRecord[] {
  return records.map(({ position, record }) => ({ position, kind, record }));
}

/** Both lists in the order of positions, cut where the shorter one may have continued. */
function merge(
  one: readonly StoredRecord[],
  two: readonly StoredRecord[],
  limit: ReadLimit,
): readonly StoredRecord[] {
  if (two.length === 0) return one;
  const merged = [...one, ...two].sort((a, b) => a.position - b.position);
  const read: StoredRecord[] = [];
  let bytes = 0;
  for (const record of merged) {
    read.push(record);
    bytes += record.record.length;
    if (read.length >= limit.records || bytes >= limit.bytes) break;
  }
  return read;
}

function writeKey(key: Buffer, queue: QueueNumber, position: number): Buffer {
  key[0] = RECORD_KEY;
  key.writeUInt32BE(queue, 1);
  key.writeUIntBE(position, 5, 6);
  return key;
}

function recordKey(queue: QueueNumber, position: number): Buffer {
  return writeKey(Buffer.alloc(RECORD_KEY_BYTES), queue, position);
}

function queueKey(queue: QueueNumber): Buffer {
  const key = Buffer.alloc(5);
  key[0] = QUEUE_KEY;
  key.writeUInt32BE(queue, 1);
  return key;
}

function positionOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUIntBE(5, 6);
}

function range(prefix: number): { start: Buffer; end: Buffer } {
  return { start: Buffer.of(prefix), end: Buffer.of(prefix + 1) };
}

function queueRange(queue: QueueNumber, from: number): { start: Buffer; end: Buffer } {
  return { start: recordKey(queue, from), end: recordKey(queue, MAX_POSITION) };
}

function queueRangeBackwards(queue: QueueNumber): { start: Buffer; end: Buffer; reverse: true } {
  return { start: recordKey(queue, MAX_POSITION), end: recordKey(queue, 0), reverse: true };
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
