/**
 * The journal makes a batch durable with one write and one `fdatasync`, where the tree needs two syncs.
 * It has two segments and fills them in turn. A segment may be filled again only when all its changes
 * are in the tree; the caller says so by asking for the next turn.
 *
 * Segments are filled with zeros when they are made, so that a sync later writes data alone: a file that
 * grows would also write its length.
 *
 * How it is read back: `journal-recovery.ts`.
 */
import { strict as assert } from 'node:assert';
import { closeSync, fdatasync, fsyncSync, openSync, rmSync, write, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Change } from './changes.js';
import { encodeFrameInto, frameBytes } from './journal-frame.js';
import { encodeRoot, newRoot, segmentId } from './segment-ids.js';
import { makeDirectory, syncDirectory } from './sync-directory.js';

export const ROOT_FILE = 'root';
export const SEGMENT_FILES = ['segment-0', 'segment-1'] as const;
export const SEGMENT_BYTES = 16 * 1024 * 1024;

/** Up to this size, copying into the page cache is quicker than handing it to another thread. */
const INLINE_WRITE_BYTES = 256 * 1024;

const syncData = promisify(fdatasync);
const writeAt = promisify(write);

export class Journal {
  readonly #root: Buffer;
  /** Segment of turn n: n modulo 2. */
  readonly #files: readonly number[];
  /** A closed file's number may belong to another file by now. */
  #state: 'open' | 'closed' = 'open';
  #turn = 0;
  #id: Buffer;
  /** Where the next frame goes. */
  #end = 0;
  /** Only one append runs at a time, so small frames share this. */
  readonly #frame = Buffer.alloc(INLINE_WRITE_BYTES);

  private constructor(root: Buffer, files: readonly number[]) {
    this.#root = root;
    this.#files = files;
    this.#id = segmentId(root, 0);
  }

  /** Makes an empty journal; what stood there before must be in the tree by now. */
  static create(directory: string): Journal {
    makeDirectory(directory);
    // The root goes last: segments that have lost it look like messages that cannot be read.
    for (const name of SEGMENT_FILES) rmSync(join(directory, name), { force: true });
    syncDirectory(directory);
    rmSync(join(directory, ROOT_FILE), { force: true });
    const root = newRoot();
    closeSync(createFile(join(directory, ROOT_FILE), encodeRoot(root)));
    const files: number[] = [];
    try {
      for (const name of SEGMENT_FILES) {
        files.push(createFile(join(directory, name), Buffer.alloc(SEGMENT_BYTES)));
      }
      syncDirectory(directory);
      syncDirectory(dirname(directory));
    } catch (cause) {
      for (const file of files) closeSync(file);
      throw cause;
    }
    return new Journal(root, files);
  }

  /** True when the current segment has had its share; take the next turn before the next append. */
  get isSegmentFull(): boolean {
    return this.#end >= SEGMENT_BYTES;
  }

  /** Identifies this use of the current segment. */
  get segmentId(): Buffer {
    return this.#id;
  }

  /** Goes on with the other segment, whose changes must all be in the tree. */
  nextTurn(): void {
    this.#turn += 1;
    this.#id = segmentId(this.#root, this.#turn);
    this.#end = 0;
  }

  /** Resolves when the batch is on disk. One at a time. */
  async append(changes: readonly Change[]): Promise<void> {
    assert.equal(this.#state, 'open', 'appends to a journal that is closed');
    const file = this.#files[this.#turn % 2] as number;
    const size = frameBytes(changes);
    const frame = size <= this.#frame.length ? this.#frame : Buffer.allocUnsafe(size);
    const length = encodeFrameInto(frame, this.#id, changes);
    if (length <= INLINE_WRITE_BYTES) this.#writeInline(file, frame, length);
    else await this.#write(file, frame, length);
    await syncData(file);
    this.#end += length;
  }

  /** Not while an append runs. */
  close(): void {
    assert.equal(this.#state, 'open', 'closes a journal that is closed');
    this.#state = 'closed';
    for (const file of this.#files) closeSync(file);
  }

  #writeInline(file: number, frame: Buffer, length: number): void {
    let done = 0;
    while (done < length) done += writeSync(file, frame, done, length - done, this.#end + done);
  }

  async #write(file: number, frame: Buffer, length: number): Promise<void> {
    let done = 0;
    while (done < length) {
      const { bytesWritten } = await writeAt(file, frame, done, length - done, this.#end + done);
      done += bytesWritten;
    }
  }
}

function createFile(path: string, content: Buffer): number {
  const file = openSync(path, 'wx+', 0o600);
  try {
    let done = 0;
    while (done < content.length) done += writeSync(file, content, done);
    fsyncSync(file);
  } catch (cause) {
    closeSync(file);
    throw cause;
  }
  return file;
}
