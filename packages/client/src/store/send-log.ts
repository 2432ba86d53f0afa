/**
 * The sends that are stored, and the one loop that writes them.
 *
 *   append, remove ─▶ queue ──one batch: write, one sync──▶ segment ─▶ reclaim ─▶ next batch
 *
 * - All that is appended in one turn of the loop, or while a batch is written, shares one sync.
 * - The frame that removes a send stands behind it, and segments go oldest first; so as long as a send
 *   can be read, the frame that removes it can be read too.
 * - Disk space: dead bytes are at most as many as live ones, or one segment if that is more; beyond it,
 *   what lives in the oldest segment is copied forward.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nextTurn } from '../clock.js';
import { invalidOption } from '../option-checks.js';
import { syncFolder } from './folder.js';
import { type CreateSegmentFile, Segment, type StoredSend } from './segment.js';
import { copyFrame, encodeRemoved, encodeSend } from './segment-format.js';
import { recoverSends, segmentName } from './segment-recovery.js';
import type { LoadedSends, SendRecord } from './send-store.js';
import { SendStoreError } from './send-store-error.js';

export interface SendLogOptions {
  readonly folder: string;
  /** Of all sends that are stored. */
  readonly maxBytes: number;
  /** A segment of this size or more is not written to any more. */
  readonly segmentBytes: number;
  readonly createFile: CreateSegmentFile;
}

interface Waiting {
  readonly frame: Buffer;
  /** Undefined: the frame removes one, and nobody waits for it. */
  readonly send?: {
    readonly stored: StoredSend;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  };
}

export class SendLog {
  readonly #options: SendLogOptions;
  /** Oldest first. Only the last may be written to. */
  readonly #segments: Segment[];
  readonly #live = new Map<string, StoredSend>();
  #bytes = 0;
  #nextSequence: number;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  private constructor(options: SendLogOptions, segments: Segment[], nextSequence: number) {
    this.#options = options;
    this.#segments = segments;
    this.#nextSequence = nextSequence;
  }

  static async open(
    options: SendLogOptions,
  ): Promise<{ readonly log: SendLog; readonly loaded: LoadedSends }> {
    const { segments, sends, damage, nextSequence } = await recoverSends(options.folder);
    const log = new SendLog(options, segments, nextSequence);
    for (const { stored } of sends) log.#count(stored);
    await log.#reclaim();
    return { log, loaded: { records: sends.map(({ record }) => record), damage } };
  }

  get count(): number {
    return this.#live.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws STOMP_OFFLINE_FULL, STOMP_OPT_INVALID; rejects with the error of the system */
  append(record: SendRecord): Promise<void> {
    const { folder, maxBytes } = this.#options;
    if (this.#live.has(record.id)) throw invalidOption('id', 'one that is not stored already');
    const frame = encodeSend(this.#nextSequence, record);
    if (this.#bytes + frame.length > maxBytes) {
      throw SendStoreError.of('STOMP_OFFLINE_FULL', [folder, maxBytes]);
    }
    const stored: StoredSend = {
      id: record.id,
      sequence: this.#nextSequence++,
      bytes: frame.length,
      offset: 0,
      segment: undefined,
      isRemoved: false,
    };
    this.#count(stored);
    return new Promise((resolve, reject) => {
      this.#enqueue({ frame, send: { stored, resolve, reject } });
    });
  }

  remove(id: string): void {
    const stored = this.#live.get(id);
    if (stored === undefined) return;
    this.#discount(stored);
    this.#enqueue({ frame: encodeRemoved(stored.sequence) });
  }

  /** Resolves when all is written that can be. An empty log leaves no file. */
  async close(): Promise<void> {
    await this.#running;
    // Removals that the disk has refused so far.
    await this.#run();
    await this.#segments.at(-1)?.seal();
    await this.#reclaim();
  }

  #count(stored: StoredSend): void {
    this.#live.set(stored.id, stored);
    this.#bytes += stored.bytes;
  }

  #discount(stored: StoredSend): void {
    if (stored.isRemoved) return;
    stored.isRemoved = true;
    stored.segment?.live.delete(stored);
    this.#live.delete(stored.id);
    this.#bytes -= stored.bytes;
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#running ??= new Promise<void>((resolve) => nextTurn(resolve)).then(() => this.#run());
  }

  /** Writes until nothing waits, or until it cannot. */
  async #run(): Promise<void> {
    let isWritable = true;
    while (isWritable && this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      isWritable = await this.#commit(batch);
      await this.#reclaim();
      // Who was refused may be told of it before the next one tries.
      if (!isWritable) isWritable = this.#queue.some(({ send }) => send !== undefined);
    }
    // In the turn of the last look at the queue, or what comes in between would wait for ever.
    this.#running = undefined;
  }

  /** False when it failed: then all sends of the batch are told, and removals wait for the next. */
  async #commit(batch: readonly Waiting[]): Promise<boolean> {
    const isSynced = batch.some(({ send }) => send !== undefined);
    let isLeftOver = false;
    try {
      const frames = batch.map(({ frame }) => frame);
      const segment = await this.#writable();
      let offset = await segment.append(frames, isSynced, () => {
        isLeftOver = true;
      });
      for (const { frame, send } of batch) {
        if (send) {
          place(send.stored, segment, offset);
          send.resolve();
        }
        offset += frame.length;
      }
      return true;
    } catch (error) {
      this.#refuse(batch, isLeftOver, error);
      return false;
    }
  }

  #refuse(batch: readonly Waiting[], isLeftOver: boolean, error: unknown): void {
    const again: Waiting[] = [];
    for (const waiting of batch) {
      const { send } = waiting;
      if (send === undefined) again.push(waiting);
      else {
        this.#discount(send.stored);
        // It must not come back after its sender was told that it is not stored.
        if (isLeftOver) again.push({ frame: encodeRemoved(send.stored.sequence) });
        send.reject(error);
      }
    }
    this.#queue.unshift(...again);
  }

  /** The segment that is written to; a new one when there is none, or it is full or has failed. */
  async #writable(): Promise<Segment> {
    const { folder, segmentBytes, createFile } = this.#options;
    const current = this.#segments.at(-1);
    if (current && !current.isSealed) {
      if (current.size < segmentBytes) return current;
      await current.seal();
    }
    // Otherwise a full disk would leave one more empty file for each append that it refuses.
    if (current?.size === 0) await this.#segments.pop()?.remove();
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const segment = await Segment.create(number, join(folder, segmentName(number)), createFile);
    try {
      await syncFolder(folder);
    } catch (error) {
      await segment.remove();
      throw error;
    }
    this.#segments.push(segment);
    return segment;
  }

  /**
   * Frees what the oldest segments take. Where the disk refuses that, nothing is lost: it is tried again
   * after the next batch, and whoever appends is told of a disk that fails.
   */
  async #reclaim(): Promise<void> {
    try {
      for (let oldest = this.#segments[0]; oldest?.isSealed; oldest = this.#segments[0]) {
        if (oldest.live.size > 0 && !(this.#isMostlyDead && (await this.#moveForward(oldest)))) {
          return;
        }
        await oldest.remove();
        this.#segments.shift();
        // One after the other also on disk: a removal must not outlive what it removes.
        await syncFolder(this.#options.folder);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  get #isMostlyDead(): boolean {
    let total = 0;
    for (const segment of this.#segments) total += segment.size;
    return total - this.#bytes > Math.max(this.#bytes, this.#options.segmentBytes);
  }

  /**
   * Copies what lives in a segment. False when the disk gives back other bytes than it was given: then
   * the segment stays, and the next process tells what is damaged.
   */
  async #moveForward(oldest: Segment): Promise<boolean> {
    const moved = [...oldest.live];
    const content = await readFile(oldest.path);
    const segment = await this.#writable();
    const frames: Buffer[] = [];
    for (const { offset } of moved) {
      const frame = copyFrame(content, offset, segment.head);
      if (frame === undefined) return false;
      frames.push(frame);
    }
    let offset = await segment.append(frames, true, () => undefined);
    oldest.live.clear();
    for (const stored of moved) {
      place(stored, segment, offset);
      offset += stored.bytes;
    }
    return true;
  }
}

function place(stored: StoredSend, segment: Segment, offset: number): void {
  stored.segment = segment;
  stored.offset = offset;
  if (!stored.isRemoved) segment.live.add(stored);
}
