/**
 * Blobs as the rest of the broker sees them: what a message that refers to one means for it. Wires the
 * store, the references and the routes, and owns their lifetime.
 *
 *   PUT ▶ routes ▶ store        (files)
 *   SEND ▶ check, retain ▶ references ▶ log      settled, expired ▶ release ▶ removed from the store
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProtocolError } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import type { HttpAuthorizer } from '../http/http-access.js';
import type { HttpApp } from '../http/http-app.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { Store } from '../store/store.js';
import { formatDigest } from './blob-digest.js';
import { type BlobFiles, DiskBlobFiles, type FoundFiles } from './blob-files.js';
import { blobIdOfUrl } from './blob-id.js';
import type { BlobLimits } from './blob-options.js';
import { BlobReferences } from './blob-references.js';
import { addBlobRoutes } from './blob-routes.js';
import { BlobStore } from './blob-store.js';
import { ReferenceLog } from './reference-log.js';

/** Between two looks for uploads and blobs whose time is over. */
const SWEEP_EVERY_MS = 60_000;

/** Headers of a message that refers to a blob. */
export const BLOB_HEADERS = { url: 'blob-url', digest: 'blob-digest', size: 'blob-size' } as const;

/** Header of CONNECTED: where this broker takes blobs. */
export const BLOB_UPLOAD_HEADER = 'blob-upload-url';

/** As much of a message that refers to a blob as blobs need to know. */
export interface BlobCarrier {
  readonly isPersistent: boolean;
  get(header: string): string | undefined;
}

export interface BlobsContext {
  /** `undefined`: a temporary directory that goes with the broker, for brokers in memory. */
  readonly directory: string | undefined;
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly clock: Clock;
  readonly limits: BlobLimits;
  /** There is no room for a blob, or its file could not be read or removed; nothing else suffers. */
  readonly onError: (error: Error) => void;
  /** Tests put a disk of their own in its place. */
  readonly files?: BlobFiles;
}

/** The headers of a SEND that are about blobs. */
export interface BlobHeaders {
  readonly url: string;
  readonly digest: string | undefined;
  readonly size: string | undefined;
}

/** `retain`, `release` and `linger` are for messages with the header `blob-url`; the caller knows which. */
export class Blobs {
  readonly #context: BlobsContext;
  readonly #store: BlobStore;
  readonly #references: BlobReferences;
  #temporary: string | undefined;
  readonly #removals = new Set<Promise<void>>();
  #state: 'open' | 'closed' = 'open';
  #cancelSweep: () => void = () => {};
  #publicUrl: string | undefined;

  private constructor(context: BlobsContext, files: BlobFiles, found: FoundFiles) {
    this.#context = context;
    const { clock, limits, commits } = context;
    this.#store = new BlobStore(
      { files, clock, limits, onComplete: ({ id }) => this.#references.add(id) },
      found,
    );
    this.#references = new BlobReferences(
      {
        log: new ReferenceLog(context.store, commits),
        clock,
        unreferencedTtlMs: limits.unreferencedTtlMs,
        remove: (id) => this.#inBackground(this.#store.removeBlob(id)),
      },
      found.blobs.map(({ id }) => id),
    );
    this.#sweepLater();
  }

  /** Opens the blobs of a store; both must be of the same broker. */
  static async open(context: BlobsContext): Promise<Blobs> {
    const { directory, files } = context;
    if (files !== undefined) return new Blobs(context, files, await files.find());
    if (directory !== undefined) {
      const onDisk = new DiskBlobFiles(directory);
      return new Blobs(context, onDisk, await onDisk.find());
    }
    const temporary = mkdtempSync(join(tmpdir(), 'stompbox-blobs-'));
    const blobs = new Blobs(context, new DiskBlobFiles(temporary), { parts: [], blobs: [] });
    blobs.#temporary = temporary;
    return blobs;
  }

  /** Bytes on disk, unfinished uploads included. */
  get usedBytes(): number {
    return this.#store.usedBytes;
  }

  /** Value of the header `blob-upload-url` of CONNECTED; `undefined` while nothing is served. */
  get uploadUrl(): string | undefined {
    return this.#publicUrl === undefined ? undefined : `${this.#publicUrl}/blobs`;
  }

  /**
   * Serves blobs under `/blobs`. Call `servedAt` when the address is known.
   */
  addRoutes(app: HttpApp, authorize: HttpAuthorizer): void {
    addBlobRoutes(app, {
      store: this.#store,
      authorize,
      clock: this.#context.clock,
      idleTimeoutMs: this.#context.limits.idleTimeoutMs,
      urlOf: (id) => `${this.uploadUrl}/${id}`,
      tryRemove: (id) => this.#references.tryRemove(id),
      onError: this.#context.onError,
    });
  }

  /** @param publicUrl what the URLs of blobs begin with, without a slash at its end */
  servedAt(publicUrl: string): void {
    this.#publicUrl = publicUrl;
  }

  /**
   * Called for a SEND that refers to a blob, and once more before its transaction is committed.
   * @throws ProtocolError `STOMP_PROTO_BAD_HEADER` when it refers to a blob of this broker that is not
   *   there, or that is another one than the message says
   */
  check({ url, digest, size }: BlobHeaders): void {
    const id = blobIdOfUrl(url);
    const blob = id === undefined ? undefined : this.#store.blob(id);
    if (blob === undefined) {
      // A blob of some other server is that server's business.
      if (id === undefined || url !== `${this.uploadUrl}/${id}`) return;
      throw badHeader(
        BLOB_HEADERS.url,
        'names a blob that is not there or not complete: upload it, then send the message',
      );
    }
    if (digest !== undefined && digest !== formatDigest(blob.digest)) {
      throw badHeader(BLOB_HEADERS.digest, 'is not the digest of the blob that was uploaded');
    }
    if (size !== undefined && size !== String(blob.bytes)) {
      throw badHeader(BLOB_HEADERS.size, `is not the size of the blob, ${blob.bytes} bytes`);
    }
  }

  /**
   * A copy of a message is put somewhere: a queue, a durable subscription, a schedule. Call it in the
   * same turn as the put, so that both are in one batch. 0: nothing was written.
   */
  retain(message: BlobCarrier): WriteNumber {
    const id = idOf(message);
    return id === undefined ? 0 : this.#references.retain(id, message.isPersistent);
  }

  /** A copy that was retained is gone: settled, expired or removed. In the same turn as its removal. */
  release(message: BlobCarrier): WriteNumber {
    const id = idOf(message);
    return id === undefined ? 0 : this.#references.release(id, message.isPersistent);
  }

  /**
   * A copy of a message is handed out that nobody will settle: to subscribers of a topic, or by ack mode
   * `auto`. So the blob stays for `unreferencedTtlMs` whatever is released.
   */
  linger(message: BlobCarrier): void {
    const id = idOf(message);
    if (id !== undefined) this.#references.linger(id);
  }

  /** Ends uploads; what they brought stays. Before the store is closed, after HTTP has stopped. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#cancelSweep();
    await this.#store.interrupt();
    await Promise.all(this.#removals);
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#context.clock.setTimer(() => {
      this.#references.removeOld();
      this.#inBackground(this.#store.removeOldParts());
      if (this.#state === 'open') this.#sweepLater();
    }, SWEEP_EVERY_MS);
  }

  #inBackground(work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => this.#context.onError(error as Error))
      .finally(() => this.#removals.delete(settled));
    this.#removals.add(settled);
  }
}

function idOf(message: BlobCarrier): string | undefined {
  return blobIdOfUrl(message.get(BLOB_HEADERS.url) ?? '');
}

function badHeader(name: string, what: string): ProtocolError {
  return new ProtocolError('STOMP_PROTO_BAD_HEADER', `The header ${name} ${what}`);
}
