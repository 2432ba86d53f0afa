/** Blobs of a broker that consists of nothing else, served on a free port of the loopback. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock } from '@stompbox/broker';
import { encodeHeaderLine } from '@stompbox/protocol';
import { type BlobFiles, DiskBlobFiles } from '../../dist/blob/blob-files.js';
import { type BlobOptions, resolveBlobOptions } from '../../dist/blob/blob-options.js';
import { Blobs } from '../../dist/blob/blobs.js';
import { type HttpAuthorizer, onlyThisMachine } from '../../dist/http/http-access.js';
import { createHttpApp } from '../../dist/http/http-app.js';
import { listenHttp } from '../../dist/http/http-connector.js';
import { createMessage, type Message, TRAITS } from '../../dist/message.js';
import { CommitLoop } from '../../dist/store/commit-loop.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import type { Store } from '../../dist/store/store.js';
import { FakeClock } from '../fake-clock.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

/** A message that refers to a blob. */
export function referring(url: string, { isPersistent = true } = {}): Message {
  return createMessage({
    id: 'ID-1',
    traits: TRAITS.blob | (isPersistent ? TRAITS.persistent : 0),
    priority: 4,
    headerLines: `destination:/queue/a\n${encodeHeaderLine('blob-url', url, '1.2')}`,
    body: Buffer.alloc(0),
  });
}

export interface SceneOptions {
  readonly directory?: string;
  readonly files?: (directory: string) => BlobFiles;
  readonly limits?: BlobOptions;
  readonly authorize?: HttpAuthorizer;
  readonly store?: Store;
  readonly clock?: Clock;
  readonly origins?: readonly string[];
}

/** What the store answered to a complete upload. */
export interface Uploaded {
  readonly url: string;
  readonly digest: string;
  readonly size: number;
}

export async function blobScene(test: TestContext, options: SceneOptions = {}) {
  const directory = options.directory ?? join(temporaryDirectory(test), 'blobs');
  const fakeClock = new FakeClock();
  const clock = options.clock ?? fakeClock;
  const store = options.store ?? new MemoryStore();
  const errors: Error[] = [];
  const onError = (error: Error) => void errors.push(error);
  const commits = new CommitLoop(store, clock, onError);
  const blobs = await Blobs.open({
    directory,
    files: options.files?.(directory) ?? new DiskBlobFiles(directory),
    store,
    commits,
    clock,
    // The disk of whoever runs this may be nearly full, and the tests need little.
    limits: resolveBlobOptions({ minFreeBytes: 0, ...options.limits }),
    onError,
  });
  const app = createHttpApp({ origins: options.origins ?? [], onError });
  blobs.addRoutes(app, options.authorize ?? onlyThisMachine);
  const http = await listenHttp({ host: '127.0.0.1', port: 0 }, app, onError);
  blobs.servedAt(http.url);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await http.stop();
    await blobs.close();
  };
  test.after(close);
  const base = `${http.url}/blobs`;
  return {
    blobs,
    app,
    http,
    base,
    clock: fakeClock,
    commits,
    directory,
    errors,
    close,
    files: () => (existsSync(directory) ? readdirSync(directory).sort() : []),
    /** Uploads a whole blob. */
    async puts(content: string | Uint8Array): Promise<Uploaded> {
      const response = await fetch(`${base}/x`, { method: 'PUT', body: content });
      return (await response.json()) as Uploaded;
    },
    /** Begins an upload and returns its URL. */
    async begins(): Promise<string> {
      const headers = { 'upload-complete': '?0' };
      const response = await fetch(base, { method: 'POST', headers });
      return response.headers.get('location') ?? '';
    },
    patches(
      url: string,
      offset: number,
      body: string | Uint8Array,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Response> {
      return fetch(url, {
        method: 'PATCH',
        headers: { 'upload-offset': String(offset), 'upload-complete': '?0', ...headers },
        body,
      });
    },
    heads: (url: string) => fetch(url, { method: 'HEAD' }),
  };
}

/** The code of a refusal. */
export async function codeOf(response: Response): Promise<string> {
  const { code } = (await response.json()) as { readonly code: string };
  return code;
}
