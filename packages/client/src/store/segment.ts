/**
 * One file of the offline queue, which only grows.
 *
 *   writable ──full, or a write or sync has failed──▶ sealed ──▶ removed
 *
 * - `size` is where the durable bytes end. What a failed write has left behind it is cut off.
 * - After a failed sync nobody knows which of its pages are on disk: a second sync would say that all is
 *   well. So the segment is sealed, and nothing that this sync was for is ever called durable.
 */
import type { FileHandle } from 'node:fs/promises';
import { rename, rm } from 'node:fs/promises';
import { newSegmentHead, SEGMENT_HEAD_BYTES, sealFrame } from './segment-format.js';

/** What is written to; the port at which tests let disks fail. */
export type SegmentFile = Pick<FileHandle, 'write' | 'datasync' | 'truncate' | 'close'>;

/** Makes a file for its owner alone; it must not exist. */
export type CreateSegmentFile = (path: string) => Promise<SegmentFile>;

/** A send that is stored, or about to be. */
export interface StoredSend {
  readonly id: string;
  readonly sequence: number;
  /** Of its frame. */
  readonly bytes: number;
  /** Where its frame begins, once it is written. */
  offset: number;
  /** Undefined until it is durable. */
  segment: Segment | undefined;
  isRemoved: boolean;
}

const DAMAGED_SUFFIX = '.damaged';

/** Frames are joined up to this size, to be handed over in one call. */
const WRITE_BYTES = 1024 * 1024;

export class Segment {
  readonly number: number;
  readonly path: string;
  readonly head: Buffer;
  /** The sends in it that are not removed. */
  readonly live = new Set<StoredSend>();
  readonly #isDamaged: boolean;
  #size: number;
  #file: SegmentFile | undefined;

  private constructor(
    number: number,
    path: string,
    head: Buffer,
    size: number,
    origin: SegmentFile | 'sound' | 'damaged',
  ) {
    this.number = number;
    this.path = path;
    this.head = head;
    this.#size = size;
    this.#file = typeof origin === 'string' ? undefined : origin;
    this.#isDamaged = origin === 'damaged';
  }

  /** A new file; durable with the first append, if its folder is synced. */
  static async create(number: number, path: string, create: CreateSegmentFile): Promise<Segment> {
    const head = newSegmentHead();
    const segment = new Segment(number, path, head, 0, await create(path));
    try {
      await segment.#write([head], 0);
    } catch (error) {
      await segment.remove();
      throw error;
    }
    return segment;
  }

  /** A file of an earlier process. One that is damaged is never deleted. */
  static sealed(
    number: number,
    path: string,
    size: number,
    condition: 'sound' | 'damaged',
  ): Segment {
    return new Segment(number, path, Buffer.alloc(0), size, condition);
  }

  get size(): number {
    return this.#size;
  }

  get isSealed(): boolean {
    return this.#file === undefined;
  }

  /**
   * Writes frames at the end; resolves when they are durable, or written if `isSynced` is false. Gives
   * the place of the first. When it fails, nothing of them is left unless `onLeftOver` is called.
   */
  async append(
    frames: readonly Buffer[],
    isSynced: boolean,
    onLeftOver: () => void,
  ): Promise<number> {
    const offset = Math.max(this.#size, SEGMENT_HEAD_BYTES);
    for (const frame of frames) sealFrame(frame, this.head);
    try {
      const end = await this.#write(frames, offset);
      if (isSynced) await this.#file?.datasync();
      this.#size = end;
      return offset;
    } catch (error) {
      await this.#file?.truncate(this.#size).catch(onLeftOver);
      await this.seal();
      throw error;
    }
  }

  async seal(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Takes the file away; a damaged one stays under another name, for whoever can repair it. */
  async remove(): Promise<void> {
    await this.seal();
    if (this.#isDamaged) await rename(this.path, this.path + DAMAGED_SUFFIX);
    else await rm(this.path, { force: true });
  }

  async #write(frames: readonly Buffer[], offset: number): Promise<number> {
    let position = offset;
    for (let index = 0; index < frames.length; ) {
      const parts: Buffer[] = [];
      for (let bytes = 0; index < frames.length && bytes < WRITE_BYTES; index++) {
        const frame = frames[index] as Buffer;
        parts.push(frame);
        bytes += frame.length;
      }
      position = await this.#writeAll(Buffer.concat(parts), position);
    }
    return position;
  }

  async #writeAll(bytes: Buffer, offset: number): Promise<number> {
    let done = 0;
    while (done < bytes.length) {
      const left = bytes.length - done;
      // Never undefined here: a sealed segment is not written to.
      const written = await this.#file?.write(bytes, done, left, offset + done);
      if (written === undefined) throw new Error(`Segment: ${this.path} is sealed`);
      done += written.bytesWritten;
    }
    return offset + done;
  }
}
