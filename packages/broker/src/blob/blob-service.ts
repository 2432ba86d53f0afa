/**
 * Blobs as the other parts of the broker see them, from the start on. Until they are opened, and in a
 * broker that has none, nothing is checked or kept: URLs in messages are then none of its business.
 */
import { join } from 'node:path';
import type { FrameHeaders } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import type { HttpAuthorizer } from '../http/http-access.js';
import type { HttpApp } from '../http/http-app.js';
import type { Message } from '../message.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { Store } from '../store/store.js';
import type { BlobLimits } from './blob-options.js';
import { BLOB_HEADERS, Blobs } from './blobs.js';

export interface BlobServiceContext {
  /** Data directory of the broker; `undefined` when it keeps nothing on disk. */
  readonly data: string | undefined;
  /** Somebody can upload some. */
  readonly isServed: boolean;
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly clock: Clock;
  readonly limits: BlobLimits;
  /** There is no room for a blob, or its file could not be read or removed; nothing else suffers. */
  readonly onError: (error: Error) => void;
}

export class BlobService {
  readonly #context: BlobServiceContext;
  #blobs: Blobs | undefined;

  constructor(context: BlobServiceContext) {
    this.#context = context;
  }

  /** Also when nothing is served: messages in the store may refer to blobs that are there. */
  async open(): Promise<void> {
    const { data, isServed, ...context } = this.#context;
    if (data === undefined && !isServed) return;
    const directory = data === undefined ? undefined : join(data, 'blobs');
    this.#blobs = await Blobs.open({ ...context, directory });
  }

  /** Value of the header `blob-upload-url` of CONNECTED; `undefined` while nothing is served. */
  get uploadUrl(): string | undefined {
    return this.#blobs?.uploadUrl;
  }

  addRoutes(app: HttpApp, authorize: HttpAuthorizer): void {
    this.#blobs?.addRoutes(app, authorize);
  }

  servedAt(publicUrl: string): void {
    this.#blobs?.servedAt(publicUrl);
  }

  /** @throws ProtocolError `STOMP_PROTO_BAD_HEADER` when a SEND refers to a blob that is not there */
  check(headers: FrameHeaders): void {
    const url = headers.get(BLOB_HEADERS.url);
    if (url === undefined) return;
    const digest = headers.get(BLOB_HEADERS.digest);
    this.#blobs?.check({ url, digest, size: headers.get(BLOB_HEADERS.size) });
  }

  /** A copy of a message that refers to a blob was put into a queue, in this turn. */
  retain(message: Message): WriteNumber {
    return this.#blobs?.retain(message) ?? 0;
  }

  /** Such a copy is gone. */
  release(message: Message): WriteNumber {
    return this.#blobs?.release(message) ?? 0;
  }

  /** Such a message was handed out to somebody who will settle nothing: the blob stays for a while. */
  linger(message: Message): void {
    this.#blobs?.linger(message);
  }

  /** After HTTP has stopped, before the store is closed. */
  async close(): Promise<void> {
    await this.#blobs?.close();
  }
}
