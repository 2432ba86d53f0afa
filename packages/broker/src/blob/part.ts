/**
 * An upload that is not complete: how far it is, and the digest so far.
 *
 *   idle ──a request sends──▶ receiving ──it ended before the end──▶ idle
 *   receiving ──all is there──▶ completing ──renamed──▶ complete
 *   idle, receiving, completing ──given up, wrong digest, failed sync──▶ removed
 *
 * - `bytes` counts what is written and hashed. The file may hold more after a failed write, which the
 *   next write covers and completion cuts off.
 * - One request sends at a time. A newer one takes over: most likely the older one's connection is dead
 *   and the broker has not heard of it yet.
 * - After a restart the digest is computed from the file once more, when somebody goes on.
 */
import { strict as assert } from 'node:assert';
import { createHash, type Hash } from 'node:crypto';
import { BlobError } from './blob-error.js';
import type { BlobFiles, PartFile, StoredBlob } from './blob-files.js';

/** Written data reaches the disk in portions, so that the sync at the end is short. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

export type PartState = 'idle' | 'receiving' | 'completing' | 'complete' | 'removed';

const NEXT: Readonly<Record<PartState, readonly PartState[]>> = {
  idle: ['receiving', 'removed'],
  receiving: ['idle', 'completing', 'removed'],
  completing: ['idle', 'complete', 'removed'],
  complete: [],
  removed: [],
};

export interface Receiving {
  /** Where the body begins. */
  readonly offset: number;
  /** The body ends the blob. */
  readonly isLast: boolean;
  /** What the digest of the whole must be, as hex. */
  readonly digest: string | undefined;
  /** Called before a chunk is written; throws when there is no room for it. */
  readonly admit: (chunkBytes: number) => Promise<void>;
  /** Called when a chunk is written. */
  readonly onWritten: (chunkBytes: number) => void;
  /** The body, which must end when the signal aborts. */
  readonly body: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

export class Part {
  readonly id: string;
  readonly #files: BlobFiles;
  #state: PartState = 'idle';
  #bytes: number;
  /** `undefined`: to be computed from the file. */
  #hash: Hash | undefined;
  #interrupt: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(files: BlobFiles, id: string, bytes: number) {
    this.#files = files;
    this.id = id;
    this.#bytes = bytes;
    if (bytes === 0) this.#hash = createHash('sha256');
  }

  get state(): PartState {
    return this.#state;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Ends the request that sends, if there is one; then `bytes` stands still until somebody sends. */
  async takeOver(): Promise<void> {
    while (this.#interrupt !== undefined) {
      this.#interrupt.abort(BlobError.of('STOMP_BLOB_INTERRUPTED', []));
      await this.#ended;
    }
  }

  /**
   * Takes a body; returns the blob when that is complete, on disk and right.
   * @throws BlobError `STOMP_BLOB_WRONG_OFFSET`, `STOMP_BLOB_COMPLETE`, `STOMP_BLOB_NOT_FOUND`,
   *   `STOMP_BLOB_DIGEST_MISMATCH` (it is removed then), what `admit` and the body throw
   */
  async receive(receiving: Receiving): Promise<StoredBlob | undefined> {
    // Of several that waited for the same end, one goes on first; the next one takes over from that.
    do await this.takeOver();
    while (this.#interrupt !== undefined);
    if (this.#state === 'complete') throw BlobError.of('STOMP_BLOB_COMPLETE', []);
    if (this.#state === 'removed') throw BlobError.of('STOMP_BLOB_NOT_FOUND', []);
    if (receiving.offset !== this.#bytes) {
      throw BlobError.of('STOMP_BLOB_WRONG_OFFSET', [this.#bytes, receiving.offset]);
    }
    this.#become('receiving');
    const interrupt = new AbortController();
    this.#interrupt = interrupt;
    let onEnded = () => {};
    this.#ended = new Promise((resolve) => {
      onEnded = resolve;
    });
    try {
      return await this.#receiveOpen(receiving, interrupt.signal);
    } finally {
      if (this.#state === 'receiving' || this.#state === 'completing') this.#become('idle');
      this.#interrupt = undefined;
      onEnded();
    }
  }

  /** False when it is complete, or somebody else removes it. */
  async remove(): Promise<boolean> {
    do await this.takeOver();
    while (this.#interrupt !== undefined);
    if (this.#state !== 'idle') return false;
    this.#become('removed');
    await this.#files.removePart(this.id);
    return true;
  }

  async #receiveOpen(receiving: Receiving, signal: AbortSignal): Promise<StoredBlob | undefined> {
    const file = await this.#files.openPart(this.id);
    try {
      const hash = this.#hash ?? (await this.#rehash());
      this.#hash = hash;
      await this.#write(receiving, file, hash, signal);
      if (!receiving.isLast) return undefined;
      this.#become('completing');
      await file.truncate(this.#bytes);
      await this.#sync(file);
    } finally {
      await file.close();
    }
    return this.#complete(receiving.digest);
  }

  async #write(
    { admit, body, onWritten }: Receiving,
    file: PartFile,
    hash: Hash,
    signal: AbortSignal,
  ): Promise<void> {
    let unsynced = 0;
    for await (const chunk of body(signal)) {
      await admit(chunk.length);
      await file.write(chunk, this.#bytes);
      hash.update(chunk);
      this.#bytes += chunk.length;
      onWritten(chunk.length);
      unsynced += chunk.length;
      if (unsynced < SYNC_EVERY_BYTES) continue;
      await this.#sync(file);
      unsynced = 0;
    }
  }

  async #complete(expected: string | undefined): Promise<StoredBlob> {
    assert(this.#hash);
    const digest = this.#hash.copy().digest('hex');
    if (expected !== undefined && expected !== digest) {
      const mismatch = BlobError.of('STOMP_BLOB_DIGEST_MISMATCH', [expected, digest]);
      return this.#orRemove(Promise.reject(mismatch));
    }
    await this.#orRemove(this.#files.completePart(this.id, digest));
    this.#become('complete');
    return { id: this.id, digest, bytes: this.#bytes };
  }

  #sync(file: PartFile): Promise<void> {
    return this.#orRemove(file.sync());
  }

  /**
   * After a failed sync nobody knows what is on disk, and another one would report success for pages that
   * the kernel has dropped: the upload has to begin anew.
   */
  async #orRemove<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.#become('removed');
      await this.#files.removePart(this.id);
      throw error;
    }
  }

  async #rehash(): Promise<Hash> {
    const hash = createHash('sha256');
    for await (const chunk of this.#files.readPart(this.id, this.#bytes)) hash.update(chunk);
    return hash;
  }

  #become(next: PartState): void {
    assert(NEXT[this.#state].includes(next), `part ${this.#state} → ${next}`);
    this.#state = next;
  }
}
