/**
 * Sends a blob, or a range of it. What is read waits until the client has taken it, in one buffer; a
 * client that takes nothing for too long loses the connection, and may come back with a range.
 */
import type { Context } from 'hono';
import type { Clock } from '../clock.js';
import type { HttpEnvironment } from '../http/http-app.js';
import { formatDigest, formatReprDigest } from './blob-digest.js';
import type { BlobReader, StoredBlob } from './blob-files.js';
import type { BlobStore } from './blob-store.js';
import { parseRange } from './byte-range.js';

const CHUNK_BYTES = 256 * 1024;

export interface DownloadContext {
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  readonly isHead: boolean;
  readonly urlOf: (id: string) => string;
  readonly onError: (error: Error) => void;
}

export async function answerWithBlob(
  http: Context<HttpEnvironment>,
  blob: StoredBlob,
  context: DownloadContext,
): Promise<Response> {
  const etag = `"${formatDigest(blob.digest)}"`;
  setHeaders(http, blob, etag);
  if (context.isHead) {
    http.header('content-length', String(blob.bytes));
    http.header('upload-offset', String(blob.bytes));
    http.header('upload-complete', '?1');
    http.header('location', context.urlOf(blob.id));
    return http.body(null, 200);
  }
  // RFC 9110, "If-Range": the range counts only for the representation that the client has begun with.
  const ifRange = http.req.header('if-range');
  const wanted = ifRange === undefined || ifRange === etag ? http.req.header('range') : undefined;
  const range = parseRange(wanted, blob.bytes);
  if (range === 'unsatisfiable') {
    http.header('content-range', `bytes */${blob.bytes}`);
    return http.body(null, 416);
  }
  const { first, last } = range === 'whole' ? { first: 0, last: blob.bytes - 1 } : range;
  http.header('content-length', String(last - first + 1));
  if (range !== 'whole') http.header('content-range', `bytes ${first}-${last}/${blob.bytes}`);
  const reader = await context.store.open(blob);
  const abort = () => void http.env.outgoing.destroy();
  const stream = readableRange(reader, { first, end: last + 1 }, { ...context, abort });
  return http.body(stream, range === 'whole' ? 200 : 206);
}

function setHeaders(http: Context<HttpEnvironment>, { digest }: StoredBlob, etag: string): void {
  http.header('etag', etag);
  http.header('repr-digest', formatReprDigest(digest));
  http.header('accept-ranges', 'bytes');
  http.header('cache-control', 'no-store');
  http.header('content-type', 'application/octet-stream');
  http.header('content-disposition', 'attachment');
  http.header('x-content-type-options', 'nosniff');
  http.header('content-security-policy', "sandbox; default-src 'none'");
}

interface StreamContext {
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  readonly onError: (error: Error) => void;
  /** Cuts the connection: what was promised cannot be sent, and the client must see that. */
  abort(): void;
}

function readableRange(
  reader: BlobReader,
  { first, end }: { readonly first: number; readonly end: number },
  { clock, idleTimeoutMs, onError, abort }: StreamContext,
): ReadableStream<Uint8Array> {
  let offset = first;
  let cancelIdle = clock.setTimer(abort, idleTimeoutMs);
  const close = () => {
    cancelIdle();
    return reader.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        cancelIdle();
        try {
          const buffer = new Uint8Array(Math.min(CHUNK_BYTES, end - offset));
          const length = buffer.length === 0 ? 0 : await reader.read(buffer, offset);
          if (length === 0 && offset < end) throw new Error('The file of a blob is too short');
          offset += length;
          if (length > 0) controller.enqueue(buffer.subarray(0, length));
          if (offset < end) cancelIdle = clock.setTimer(abort, idleTimeoutMs);
          else {
            await close();
            controller.close();
          }
        } catch (error) {
          onError(error as Error);
          abort();
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
