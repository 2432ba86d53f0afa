/**
 * Downloads a blob as a stream that ends well only if every byte is right: its digest is that of the
 * message. A connection that breaks is made again, from the byte where it broke.
 *
 * The reader sets the pace: nothing is fetched that it has not asked for.
 */

import { invalidOption } from '../option-checks.js';
import { BlobError } from './blob-errors.js';
import { Attempts, requestInit, requireOk, Watch } from './blob-exchange.js';
import {
  checkBlobUrl,
  checkDigest,
  type DownloadOptions,
  type ResolvedTransfer,
  resolveDownload,
} from './blob-options.js';
import { type BlobReference, blobOf, type HasHeaders } from './blob-reference.js';
import { formatDigest, newSha256, parseReprDigest } from './sha256.js';

/**
 * The bytes of the blob that a message refers to. Acknowledge the message only after the end of the
 * stream: the broker removes the blob with it. It fetches from wherever the message says, so look at
 * `blobOf(message).url` first if you do not trust the sender.
 *
 * The stream fails with BlobError `STOMP_BLOB_GONE`, `STOMP_BLOB_REFUSED`, `STOMP_BLOB_UNREACHABLE` or
 * `STOMP_BLOB_DIGEST`, or with the reason of `options.signal`.
 *
 * @throws OptionsError `STOMP_OPT_INVALID` when the message refers to no blob
 */
export function downloadBlob(
  blob: BlobReference | HasHeaders,
  options: DownloadOptions = {},
): ReadableStream<Uint8Array> {
  const resolved = resolveDownload(options);
  const reference = 'headers' in blob ? blobOf(blob) : blob;
  if (reference === undefined) {
    throw invalidOption('blob', 'a message with the header blob-url, or what blobOf() gives');
  }
  checkBlobUrl('blob-url', reference.url);
  if (reference.digest !== undefined) checkDigest('blob-digest', reference.digest);
  const download = new Download(reference, resolved);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await download.next();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        } catch (error) {
          download.close();
          controller.error(error);
        }
      },
      cancel: () => download.close(),
    },
    { highWaterMark: 0 },
  );
}

/** An answer that is being read. */
interface Incoming {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly watch: Watch;
  /** Bytes that came before: the server does not know ranges. */
  toSkip: number;
}

class Download {
  readonly #options: ResolvedTransfer;
  readonly #url: string;
  readonly #attempts: Attempts;
  readonly #hash = newSha256();
  /** What the digest and size must be; completed by the first answer. */
  #digest: string | undefined;
  #size: number | undefined;
  #offset = 0;
  #incoming: Incoming | undefined;

  constructor({ url, digest, size }: BlobReference, options: ResolvedTransfer) {
    this.#url = url;
    this.#digest = digest;
    this.#size = size;
    this.#options = options;
    this.#attempts = new Attempts(options);
  }

  /** The next bytes; `undefined` when all have come and are right. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        this.#incoming ??= await this.#open();
        const chunk = await this.#read(this.#incoming);
        if (chunk !== undefined && chunk.length === 0) continue;
        if (chunk !== undefined) return this.#take(chunk);
        this.#requireWhole();
        this.close();
        return undefined;
      } catch (error) {
        this.close();
        await this.#attempts.failed(error);
      }
    }
  }

  close(): void {
    const incoming = this.#incoming;
    this.#incoming = undefined;
    if (incoming === undefined) return;
    incoming.watch.end();
    incoming.reader.cancel().catch(() => 'it is broken already');
  }

  async #open(): Promise<Incoming> {
    const watch = new Watch(this.#options);
    try {
      const headers: Record<string, string> = {};
      if (this.#offset > 0) headers['range'] = `bytes=${this.#offset}-`;
      const init = requestInit(this.#options, 'GET', headers);
      const response = await watch.over(fetch(this.#url, { ...init, signal: watch.signal }));
      const isEmptyRest = response.status === 416 && this.#offset === this.#size;
      if (response.status === 404 || response.status === 410)
        throw BlobError.of('STOMP_BLOB_GONE', []);
      if (!response.ok && !isEmptyRest) requireOk(response, await watch.over(response.text()));
      this.#learn(response);
      const isPart = response.status === 206 || isEmptyRest;
      const body = isEmptyRest ? null : response.body;
      const reader = (body ?? new Blob([]).stream()).getReader();
      return { reader, watch, toSkip: isPart ? 0 : this.#offset };
    } catch (error) {
      watch.end();
      throw error;
    }
  }

  /** What the message did not say, the server may. */
  #learn({ headers, status }: Response): void {
    this.#digest ??= parseReprDigest(headers.get('repr-digest'));
    const length = headers.get('content-length');
    if (status === 200 && length !== null) this.#size ??= Number(length);
    if (this.#digest === undefined) {
      throw distrust('neither the message nor the server says what its digest is');
    }
  }

  /** The next new bytes, none if they came before; `undefined` at the end. */
  async #read(incoming: Incoming): Promise<Uint8Array | undefined> {
    incoming.watch.touch();
    const { done, value } = await incoming.watch.over(incoming.reader.read());
    incoming.watch.pause();
    if (done) {
      if (this.#size !== undefined && this.#offset < this.#size) {
        throw new Error(`the connection ended at byte ${this.#offset} of ${this.#size}`);
      }
      return undefined;
    }
    const skipped = Math.min(incoming.toSkip, value.length);
    incoming.toSkip -= skipped;
    return value.subarray(skipped);
  }

  #take(chunk: Uint8Array): Uint8Array {
    this.#offset += chunk.length;
    if (this.#size !== undefined && this.#offset > this.#size) {
      throw distrust(`it has more than the ${this.#size} bytes that were announced`);
    }
    this.#hash.update(chunk);
    this.#attempts.succeeded();
    this.#options.onProgress({ bytes: this.#offset, totalBytes: this.#size });
    return chunk;
  }

  #requireWhole(): void {
    const digest = formatDigest(this.#hash.digest());
    if (digest !== this.#digest) throw distrust(`it has the digest ${digest}, not ${this.#digest}`);
  }
}

function distrust(what: string): BlobError {
  return BlobError.of('STOMP_BLOB_DIGEST', [what]);
}
