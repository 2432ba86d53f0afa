/**
 * What keeps a blob: each copy of a message that refers to it counts one. When the last copy is settled,
 * the blob goes once that is durable; a crash in between leaves a blob without references. Such blobs
 * go after `unreferencedTtlMs`, counted from the upload, the start of the broker or `linger`.
 *
 * - References are fungible: releasing one removes the record of any of the same blob.
 * - Messages that do not survive a restart count in memory only.
 * - Ids that are not known here are not counted: they are the URLs of other servers, or were removed.
 */
import { strict as assert } from 'node:assert';
import type { Clock } from '../clock.js';
import type { WriteNumber } from '../store/commit-loop.js';
import type { ReferenceLog } from './reference-log.js';

export interface BlobReferencesContext {
  readonly log: ReferenceLog;
  readonly clock: Clock;
  readonly unreferencedTtlMs: number;
  /** Nothing refers to the blob any more, and that is durable. */
  remove(id: string): void;
}

interface References {
  /** Positions of the records, one per durable copy. */
  readonly durable: number[];
  /** Copies that are only in memory. */
  volatile: number;
  /** So long it waits for its first message. */
  readonly awaitedUntilMs: number;
  /** So long it stays after its last one. */
  lingersUntilMs: number;
}

export class BlobReferences {
  readonly #context: BlobReferencesContext;
  readonly #known = new Map<string, References>();

  /** @param ids the blobs that are on disk */
  constructor(context: BlobReferencesContext, ids: Iterable<string>) {
    this.#context = context;
    for (const id of ids) this.add(id);
    for (const { position, id } of context.log.stored) {
      const references = this.#known.get(id);
      // Its file was taken away by hand: the record refers to nothing.
      if (references === undefined) context.log.remove(position);
      else references.durable.push(position);
    }
  }

  /** A blob is complete. */
  add(id: string): void {
    const awaitedUntilMs = this.#ttlEnd();
    this.#known.set(id, { durable: [], volatile: 0, awaitedUntilMs, lingersUntilMs: 0 });
  }

  /** Copies of messages that refer to a blob. */
  count(id: string): number {
    const references = this.#known.get(id);
    return references === undefined ? 0 : countOf(references);
  }

  /** Another copy of a message refers to the blob; the write that makes it durable, 0 if it needs none. */
  retain(id: string, isPersistent: boolean): WriteNumber {
    const references = this.#known.get(id);
    if (references === undefined) return 0;
    if (!isPersistent) {
      references.volatile += 1;
      return 0;
    }
    const { position, written } = this.#context.log.add(id);
    references.durable.push(position);
    return written;
  }

  /** A copy of a message is gone; the write that removes its reference, 0 if it needs none. */
  release(id: string, isPersistent: boolean): WriteNumber {
    const references = this.#known.get(id);
    if (references === undefined) return 0;
    if (!isPersistent) {
      assert(references.volatile > 0, 'releases a blob that was not retained');
      references.volatile -= 1;
      this.#removeIfDone(id);
      return 0;
    }
    const position = references.durable.pop();
    // Its file was away during an earlier run, and with it went the records; now its time decides.
    if (position === undefined) return 0;
    const written = this.#context.log.remove(position);
    if (countOf(references) === 0) {
      this.#context.log.whenDurable(written, () => this.#removeIfDone(id));
    }
    return written;
  }

  /** Some will still read it when no message refers to it any more, so it stays for a while. */
  linger(id: string): void {
    const references = this.#known.get(id);
    if (references !== undefined) references.lingersUntilMs = this.#ttlEnd();
  }

  /** Removes the blobs that nothing has referred to for too long. */
  removeOld(): void {
    const now = this.#context.clock.now();
    for (const [id, { awaitedUntilMs }] of [...this.#known]) {
      if (awaitedUntilMs <= now) this.#removeIfDone(id);
    }
  }

  /** Has a blob removed that no message refers to; false when one does. */
  tryRemove(id: string): boolean {
    if (this.count(id) > 0) return false;
    this.#remove(id);
    return true;
  }

  #removeIfDone(id: string): void {
    const references = this.#known.get(id);
    if (references === undefined || countOf(references) > 0) return;
    if (references.lingersUntilMs <= this.#context.clock.now()) this.#remove(id);
  }

  #remove(id: string): void {
    if (this.#known.delete(id)) this.#context.remove(id);
  }

  #ttlEnd(): number {
    return this.#context.clock.now() + this.#context.unreferencedTtlMs;
  }
}

function countOf({ durable, volatile }: References): number {
  return durable.length + volatile;
}
