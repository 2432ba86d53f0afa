/**
 * The files of the blob store, as a port; `DiskBlobFiles` is the real one.
 *
 *   <id>.part            an upload that is not complete
 *   <id>.<sha256>.blob   a blob: synced, and renamed when its digest was known
 *
 * One rename makes a blob, so there is never one without its digest, or one that is not on disk. Names
 * are made of ids of the broker's own and of digests; nothing that a client sends is part of one.
 */
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, syncDirectory } from '../store/sync-directory.js';

export interface FoundPart {
  readonly id: string;
  readonly bytes: number;
  readonly changedAtMs: number;
}

export interface StoredBlob {
  readonly id: string;
  /** SHA-256 as hex. */
  readonly digest: string;
  readonly bytes: number;
}

export interface FoundFiles {
  readonly parts: readonly FoundPart[];
  readonly blobs: readonly StoredBlob[];
}

/** A part that is open for writing. */
export interface PartFile {
  /** Writes all of a chunk at an offset. */
  write(chunk: Uint8Array, offset: number): Promise<void>;
  /** Resolves when what was written is on disk. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface BlobReader {
  /** Reads up to the buffer's length; 0 at the end. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

export interface BlobFiles {
  find(): Promise<FoundFiles>;
  createPart(id: string): Promise<PartFile>;
  openPart(id: string): Promise<PartFile>;
  /** The first bytes of a part. */
  readPart(id: string, bytes: number): AsyncIterable<Uint8Array>;
  /** Makes a blob of a part that is synced; resolves when that is durable. */
  completePart(id: string, digest: string): Promise<void>;
  removePart(id: string): Promise<void>;
  openBlob(blob: StoredBlob): Promise<BlobReader>;
  removeBlob(blob: StoredBlob): Promise<void>;
  /** Bytes that are free on the disk; asked before anything is written. */
  freeBytes(): Promise<number>;
}

const NAME = /^([0-9a-f]{64})\.(?:part|([0-9a-f]{64})\.blob)$/;
const READ_BYTES = 1024 * 1024;

export class DiskBlobFiles implements BlobFiles {
  readonly #directory: string;

  /** The directory is made when it is needed. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async find(): Promise<FoundFiles> {
    const parts: FoundPart[] = [];
    const blobs: StoredBlob[] = [];
    if (!existsSync(this.#directory)) return { parts, blobs };
    for (const name of await readdir(this.#directory)) {
      const [, id, digest] = NAME.exec(name) ?? [];
      if (id === undefined) continue;
      const { size: bytes, mtimeMs } = await stat(join(this.#directory, name));
      if (digest === undefined) parts.push({ id, bytes, changedAtMs: mtimeMs });
      else blobs.push({ id, digest, bytes });
    }
    return { parts, blobs };
  }

  async createPart(id: string): Promise<PartFile> {
    return new OpenPart(await open(this.#partPath(id), 'wx', 0o600));
  }

  async openPart(id: string): Promise<PartFile> {
    return new OpenPart(await open(this.#partPath(id), 'r+'));
  }

  readPart(id: string, bytes: number): AsyncIterable<Uint8Array> {
    if (bytes === 0) return emptyStream();
    return createReadStream(this.#partPath(id), { end: bytes - 1, highWaterMark: READ_BYTES });
  }

  async completePart(id: string, digest: string): Promise<void> {
    await rename(this.#partPath(id), this.#blobPath(id, digest));
    syncDirectory(this.#directory);
  }

  async removePart(id: string): Promise<void> {
    await rm(this.#partPath(id), { force: true });
  }

  async openBlob({ id, digest }: StoredBlob): Promise<BlobReader> {
    const file = await open(this.#blobPath(id, digest), 'r');
    return {
      async read(buffer, offset) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        return bytesRead;
      },
      close: () => file.close(),
    };
  }

  async removeBlob({ id, digest }: StoredBlob): Promise<void> {
    await rm(this.#blobPath(id, digest), { force: true });
  }

  async freeBytes(): Promise<number> {
    makeDirectory(this.#directory);
    const { bavail, bsize } = await statfs(this.#directory);
    return bavail * bsize;
  }

  #partPath(id: string): string {
    return join(this.#directory, `${id}.part`);
  }

  #blobPath(id: string, digest: string): string {
    return join(this.#directory, `${id}.${digest}.blob`);
  }
}

class OpenPart implements PartFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(chunk: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < chunk.length) {
      const { bytesWritten } = await this.#file.write(
        chunk,
        done,
        chunk.length - done,
        offset + done,
      );
      done += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  truncate(bytes: number): Promise<void> {
    return this.#file.truncate(bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function* emptyStream(): AsyncIterable<Uint8Array> {}
