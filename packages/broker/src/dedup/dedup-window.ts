/**
 * What was sent with a `dedup-id` of late, so that sending it again does nothing. Ids are kept per
 * destination. The record of an id is written in the same turn as its message, so both are on disk or
 * neither is; the receipt of a second SEND waits for the first one.
 *
 * - At most `maxIds`, none older than `maxAgeMs`; the oldest is forgotten first, with its record.
 * - The id of a message that is not persistent is kept in memory only: after a restart the message is
 *   gone too, and sending it again is right.
 * - Within a transaction ids are checked one by one at COMMIT; what is aborted was never here.
 *
 * It does not read frames (`readDedupId`), and counts nothing.
 */
import type { Clock } from '../clock.js';
import type { WriteNumber } from '../store/commit-loop.js';
import { InternalQueue, type InternalQueueContext } from '../store/internal-queue.js';
import type { DedupOptions } from './dedup-options.js';
import {
  type DedupEntry,
  type DedupKey,
  dedupKey,
  encodeDedupRecord,
  openDedupRecord,
} from './dedup-record.js';

export interface DedupContext extends InternalQueueContext {
  readonly clock: Clock;
  readonly options: DedupOptions;
  /** A record that cannot be read; its id is forgotten, the record stays on disk. */
  onCorruptRecord(position: number): void;
}

export interface NewDedupId {
  /** In one spelling per destination, or the same id counts once per spelling. */
  readonly destination: string;
  readonly id: string;
  readonly isPersistent: boolean;
}

interface Remembered {
  readonly atMs: number;
  /** The write that makes it durable; 0 if it needs none. */
  readonly writeNumber: WriteNumber;
  /** Of its record, if it has one. */
  readonly position: number | undefined;
}

export class DedupWindow {
  readonly #context: DedupContext;
  readonly #queue: InternalQueue;
  /** Oldest first. */
  readonly #remembered = new Map<DedupKey, Remembered>();

  /** Finds the ids that are in the store. */
  constructor(context: DedupContext) {
    this.#context = context;
    this.#queue = new InternalQueue('dedup', context);
    for (const { position, record } of this.#queue.records()) {
      const entry = openDedupRecord(record);
      if (entry === undefined) context.onCorruptRecord(position);
      else this.#add(entry, { position, writeNumber: 0 });
    }
  }

  /** Ids that are remembered. */
  get size(): number {
    this.#forgetOld();
    return this.#remembered.size;
  }

  /** `new`, or the number of the write that made the first message of this id durable. */
  check(destination: string, id: string): 'new' | WriteNumber {
    this.#forgetOld();
    return this.#remembered.get(dedupKey(destination, id))?.writeNumber ?? 'new';
  }

  /**
   * Remembers an id that `check` has called new; to be called after its message was written, in the same
   * turn. The number of the write that makes both durable; 0 if nothing needs to be.
   */
  remember({ destination, id, isPersistent }: NewDedupId): WriteNumber {
    const entry = { key: dedupKey(destination, id), atMs: this.#context.clock.now() };
    const put = isPersistent ? this.#queue.put(encodeDedupRecord(entry)) : undefined;
    const writeNumber = put?.writeNumber ?? 0;
    this.#add(entry, { position: put?.position, writeNumber });
    return writeNumber;
  }

  #add({ key, atMs }: DedupEntry, place: Omit<Remembered, 'atMs'>): void {
    // Only when a damaged or forgotten record stood between two of the same id; the later one counts.
    this.#forget(key);
    this.#remembered.set(key, { ...place, atMs });
    this.#forgetOld();
  }

  /** A clock that was set back makes ids stay longer, never more of them. */
  #forgetOld(): void {
    const { maxIds, maxAgeMs } = this.#context.options;
    const oldestMs = this.#context.clock.now() - maxAgeMs;
    for (const [key, { atMs }] of this.#remembered) {
      if (this.#remembered.size <= maxIds && atMs > oldestMs) return;
      this.#forget(key);
    }
  }

  #forget(key: DedupKey): void {
    const forgotten = this.#remembered.get(key);
    if (forgotten === undefined) return;
    this.#remembered.delete(key);
    if (forgotten.position !== undefined) this.#queue.remove(forgotten.position);
  }
}
