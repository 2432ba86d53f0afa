/**
 * Blobs and unfinished uploads: takes bytes within limits, gives them back, and forgets what is removed.
 * It does not know messages; what keeps a blob is decided by `blob-references.ts`.
 *
 * Invariant: `usedBytes` = bytes of all parts + bytes of all blobs.
 */
import type { Clock } from '../clock.js';
import { BlobError } from './blob-error.js';
import type { BlobFiles, BlobReader, FoundFiles, StoredBlob } from './blob-files.js';
import { newBlobId } from './blob-id.js';
import type { BlobLimits } from './blob-options.js';
import { limitedBody } from './limited-body.js';
import { Part } from './part.js';

/** How often the free space of the disk is looked at while bytes come in. */
const LOOK_EVERY_BYTES = 64 * 1024 * 1024;
const NO_SPACE: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export interface BlobStoreContext {
  readonly files: BlobFiles;
  readonly clock: Clock;
  readonly limits: BlobLimits;
  /** A blob is complete and on disk. */
  onComplete(blob: StoredBlob): void;
}

export interface Upload {
  readonly offset: number;
  readonly isLast: boolean;
  /** The digest of the whole, as hex, if the sender knows it. */
  readonly digest: string | undefined;
  /** Bytes of the body, if the sender says so before. */
  readonly announcedBytes: number | undefined;
  readonly body: AsyncIterator<Uint8Array>;
}

interface KnownPart {
  readonly part: Part;
  changedAtMs: number;
}

export class BlobStore {
  readonly #context: BlobStoreContext;
  readonly #parts = new Map<string, KnownPart>();
  readonly #blobs = new Map<string, StoredBlob>();
  #usedBytes = 0;
  #uploads = 0;
  #bytesUntilLook = 0;

  constructor(context: BlobStoreContext, { parts, blobs }: FoundFiles) {
    this.#context = context;
    for (const { id, bytes, changedAtMs } of parts) {
      this.#parts.set(id, { part: new Part(context.files, id, bytes), changedAtMs });
      this.#usedBytes += bytes;
    }
    for (const blob of blobs) {
      this.#blobs.set(blob.id, blob);
      this.#usedBytes += blob.bytes;
    }
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Unfinished uploads. */
  get partCount(): number {
    return this.#parts.size;
  }

  blob(id: string): StoredBlob | undefined {
    return this.#blobs.get(id);
  }

  /** How far an unfinished upload is; a request that still sends for it is ended. */
  async offsetOf(id: string): Promise<number | undefined> {
    const known = this.#parts.get(id);
    await known?.part.takeOver();
    // What was taken over may just have become complete; what is being removed is no upload any more.
    const part = this.#parts.get(id)?.part;
    return part?.state === 'removed' ? undefined : part?.bytes;
  }

  /** @throws BlobError `STOMP_BLOB_TOO_MANY`, `STOMP_BLOB_STORE_FULL` */
  async create(): Promise<string> {
    const { files, limits, clock } = this.#context;
    if (this.#parts.size >= limits.maxParts) {
      throw BlobError.of('STOMP_BLOB_TOO_MANY', [limits.maxParts, 'maxParts']);
    }
    await this.#requireFreeDisk();
    const id = newBlobId();
    try {
      const file = await files.createPart(id);
      await file.close();
    } catch (cause) {
      throw asFull(cause);
    }
    this.#parts.set(id, { part: new Part(files, id, 0), changedAtMs: clock.now() });
    return id;
  }

  /**
   * Takes bytes for an unfinished upload; returns the blob when it is complete.
   * @throws BlobError of every kind; what came before the error is kept, so that it can be resumed
   */
  async receive(id: string, upload: Upload): Promise<StoredBlob | undefined> {
    const { limits, clock } = this.#context;
    const known = this.#parts.get(id);
    if (known === undefined) throw BlobError.of('STOMP_BLOB_NOT_FOUND', []);
    if (this.#uploads >= limits.maxUploads) {
      throw BlobError.of('STOMP_BLOB_TOO_MANY', [limits.maxUploads, 'maxUploads']);
    }
    const { part } = known;
    this.#uploads += 1;
    try {
      await this.#requireRoom(upload.offset, upload.announcedBytes ?? 0);
      const blob = await part.receive({
        ...upload,
        admit: (chunkBytes) => this.#admit(part, chunkBytes),
        onWritten: (chunkBytes) => {
          this.#usedBytes += chunkBytes;
        },
        body: (signal) =>
          limitedBody(upload.body, { clock, signal, idleTimeoutMs: limits.idleTimeoutMs }),
      });
      if (blob !== undefined) this.#completed(blob);
      return blob;
    } catch (error) {
      throw asFull(error);
    } finally {
      this.#uploads -= 1;
      known.changedAtMs = clock.now();
      if (part.state === 'removed') this.#forgetPart(id);
    }
  }

  /** Opens a blob for reading. It may be read to its end even if it is removed meanwhile. */
  open(blob: StoredBlob): Promise<BlobReader> {
    return this.#context.files.openBlob(blob);
  }

  /** Removes an unfinished upload; false when there is none. */
  async removePart(id: string): Promise<boolean> {
    const known = this.#parts.get(id);
    if (known === undefined || !(await known.part.remove())) return false;
    this.#forgetPart(id);
    return true;
  }

  /** Removes a blob; from now on it is unknown. */
  async removeBlob(id: string): Promise<void> {
    const blob = this.#blobs.get(id);
    if (blob === undefined) return;
    this.#blobs.delete(id);
    this.#usedBytes -= blob.bytes;
    await this.#context.files.removeBlob(blob);
  }

  /** Removes uploads that nobody has continued for too long. */
  async removeOldParts(): Promise<void> {
    const { clock, limits } = this.#context;
    const oldest = clock.now() - limits.partTtlMs;
    for (const [id, { part, changedAtMs }] of [...this.#parts]) {
      if (part.state === 'idle' && changedAtMs < oldest) await this.removePart(id);
    }
  }

  /** Ends all requests that send; what they brought stays. */
  async interrupt(): Promise<void> {
    await Promise.all([...this.#parts.values()].map(({ part }) => part.takeOver()));
  }

  #completed(blob: StoredBlob): void {
    this.#parts.delete(blob.id);
    this.#blobs.set(blob.id, blob);
    this.#context.onComplete(blob);
  }

  #forgetPart(id: string): void {
    const known = this.#parts.get(id);
    if (known === undefined) return;
    this.#parts.delete(id);
    this.#usedBytes -= known.part.bytes;
  }

  async #requireRoom(offset: number, announcedBytes: number): Promise<void> {
    const { maxBlobBytes, maxTotalBytes } = this.#context.limits;
    if (offset + announcedBytes > maxBlobBytes) {
      throw BlobError.of('STOMP_BLOB_TOO_LARGE', [maxBlobBytes]);
    }
    if (this.#usedBytes + announcedBytes > maxTotalBytes) throw fullAt(maxTotalBytes);
    await this.#requireFreeDisk(announcedBytes);
  }

  /** Throws unless there is room for a chunk that is about to be written. */
  async #admit(part: Part, chunkBytes: number): Promise<void> {
    const { maxBlobBytes, maxTotalBytes } = this.#context.limits;
    if (part.bytes + chunkBytes > maxBlobBytes) {
      throw BlobError.of('STOMP_BLOB_TOO_LARGE', [maxBlobBytes]);
    }
    if (this.#usedBytes + chunkBytes > maxTotalBytes) throw fullAt(maxTotalBytes);
    this.#bytesUntilLook -= chunkBytes;
    if (this.#bytesUntilLook < 0) await this.#requireFreeDisk();
  }

  async #requireFreeDisk(bytes = 0): Promise<void> {
    const { files, limits } = this.#context;
    if ((await files.freeBytes()) - bytes < limits.minFreeBytes) {
      const what = `the disk must keep ${limits.minFreeBytes} bytes free, blobs.minFreeBytes`;
      throw BlobError.of('STOMP_BLOB_STORE_FULL', [what]);
    }
    this.#bytesUntilLook = LOOK_EVERY_BYTES;
  }
}

function fullAt(maxTotalBytes: number): BlobError {
  const what = `it may hold ${maxTotalBytes} bytes, blobs.maxTotalBytes`;
  return BlobError.of('STOMP_BLOB_STORE_FULL', [what]);
}

/** What the system says when the disk is full, as our own error; all else as it is. */
function asFull(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && NO_SPACE.has(error.code))) return error;
  return BlobError.of('STOMP_BLOB_STORE_FULL', [`the system reports ${error.code}`], error);
}
