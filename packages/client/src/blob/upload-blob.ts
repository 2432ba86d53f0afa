/**
 * Uploads in portions. A portion stays in memory until the broker has confirmed it, so that even a
 * stream survives a broken connection; what is behind it is on the broker's disk.
 *
 *   POST ▶ │ fill a portion │ PATCH ──confirmed──▶ next portion … last one with the digest ▶ url
 *                             │ broken
 *                             ▼ HEAD: where does it stand? ▶ PATCH from there
 *
 * When the broker has lost more than that, a source that can be read again starts anew.
 */

import { BlobError } from './blob-errors.js';
import { Attempts, requestInit, requireOk, Watch } from './blob-exchange.js';
import { type ResolvedUpload, resolveUpload, type UploadOptions } from './blob-options.js';
import { type BlobSource, openSource, type SourceReader } from './blob-source.js';
import { formatDigest, formatReprDigest, newSha256, parseReprDigest } from './sha256.js';

/** A blob in the broker: what a message must say to refer to it. */
export interface UploadedBlob {
  readonly url: string;
  /** `sha256:<hex>` */
  readonly digest: string;
  readonly size: number;
}

/**
 * Uploads a blob; resolves when it is on the broker's disk and has the digest of what was read. Send a
 * message that refers to it soon: without one the broker removes it, after an hour by default.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 * @throws BlobError `STOMP_BLOB_REFUSED`, `STOMP_BLOB_UNREACHABLE`, `STOMP_BLOB_DIGEST`,
 *   `STOMP_BLOB_CANNOT_RESUME`
 * @throws what the source throws, and the reason of `options.signal`
 */
export async function uploadBlob(
  source: BlobSource,
  options: UploadOptions,
): Promise<UploadedBlob> {
  const resolved = resolveUpload(options);
  const restarts = new Attempts(resolved);
  for (;;) {
    const reader = await openSource(source);
    const upload = new Upload(reader, resolved);
    try {
      return await upload.run();
    } catch (error) {
      await upload.giveUp(error);
      if (!(error instanceof BeginningLost) || !reader.isRepeatable) throw asBlobError(error);
      await restarts.failed(error);
    } finally {
      await reader.close();
    }
  }
}

/** The broker does not have what it had confirmed. */
class BeginningLost extends Error {}

function asBlobError(error: unknown): unknown {
  if (!(error instanceof BeginningLost)) return error;
  return BlobError.of('STOMP_BLOB_CANNOT_RESUME', [], { cause: error });
}

/** Bytes that are not confirmed, and where they belong. */
interface Portion {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  /** Of all up to its end, if it is the last one. */
  readonly digest: string;
}

interface Answer {
  readonly headers: Headers;
  readonly body: string;
}

class Upload {
  readonly #reader: SourceReader;
  readonly #options: ResolvedUpload;
  readonly #attempts: Attempts;
  readonly #hash = newSha256();
  #id: string | undefined;

  constructor(reader: SourceReader, options: ResolvedUpload) {
    this.#reader = reader;
    this.#options = options;
    this.#attempts = new Attempts(options);
  }

  async run(): Promise<UploadedBlob> {
    const { chunkBytes, onProgress } = this.#options;
    const { size } = this.#reader;
    const buffer = new Uint8Array(Math.min(chunkBytes, Math.max(size ?? chunkBytes, 1)));
    this.#id = await this.#repeat(() => this.#begin());
    for (let start = 0; ; ) {
      this.#options.signal?.throwIfAborted();
      const filled = await this.#reader.fill(buffer);
      const bytes = buffer.subarray(0, filled);
      this.#hash.update(bytes);
      const isLast = filled < buffer.length || start + filled === size;
      const digest = isLast ? this.#digest() : '';
      const uploaded = await this.#send({ start, bytes, isLast, digest });
      start += filled;
      onProgress({ bytes: start, totalBytes: size ?? (isLast ? start : undefined) });
      if (uploaded) return uploaded;
    }
  }

  /** Tells the broker that nothing more will come; it would find out by itself, only later. */
  async giveUp(error: unknown): Promise<void> {
    const isAway = error instanceof BlobError && error.code === 'STOMP_BLOB_UNREACHABLE';
    if (this.#id === undefined || isAway) return;
    // The caller's signal may be what ended it.
    const { signal: _, ...sender } = this.#options;
    const watch = new Watch({ ...sender, signal: undefined });
    const init = requestInit(this.#options, 'DELETE', {});
    await fetch(this.#partUrl, { ...init, signal: watch.signal }).catch(
      () => 'the broker removes it by itself later',
    );
    watch.end();
  }

  get #partUrl(): string {
    return `${this.#options.url}/${this.#id}`;
  }

  #digest(): string {
    const digest = this.#hash.digest();
    const expected = this.#options.digest;
    if (expected !== undefined && expected !== formatDigest(digest)) {
      const what = `the source has the digest ${formatDigest(digest)}, not ${expected}`;
      throw BlobError.of('STOMP_BLOB_DIGEST', [what]);
    }
    return digest;
  }

  async #begin(): Promise<string> {
    const answer = await this.#request('POST', this.#options.url, { 'upload-complete': '?0' });
    const { url } = JSON.parse(answer.body) as { readonly url: string };
    return url.slice(url.lastIndexOf('/') + 1);
  }

  /** Sends a portion until it is confirmed; the blob when it was the last one. */
  async #send(portion: Portion): Promise<UploadedBlob | undefined> {
    let isFirst = true;
    let offset = portion.start;
    return this.#repeat(async () => {
      if (!isFirst) {
        const standing = await this.#standing(portion);
        if (typeof standing === 'object') return standing;
        if (standing > offset) this.#attempts.succeeded();
        offset = standing;
      }
      isFirst = false;
      return this.#patch(portion, offset);
    });
  }

  async #patch(portion: Portion, offset: number): Promise<UploadedBlob | undefined> {
    const { isLast, digest, bytes, start } = portion;
    const headers = {
      'content-type': 'application/partial-upload',
      'upload-offset': String(offset),
      'upload-complete': isLast ? '?1' : '?0',
      ...(isLast ? { 'repr-digest': formatReprDigest(digest) } : {}),
    };
    const answer = await this.#request(
      'PATCH',
      this.#partUrl,
      headers,
      bytes.subarray(offset - start),
    );
    if (!isLast) return undefined;
    const { url, size } = JSON.parse(answer.body) as UploadedBlob;
    return { url, size, digest: formatDigest(digest) };
  }

  /** How far the broker is, or the blob if it is complete although nobody told us. */
  async #standing({ start, bytes, isLast, digest }: Portion): Promise<number | UploadedBlob> {
    const { headers } = await this.#request('HEAD', this.#partUrl, {});
    const offset = Number(headers.get('upload-offset') ?? Number.NaN);
    if (headers.get('upload-complete') === '?1') {
      const stored = parseReprDigest(headers.get('repr-digest'));
      if (!isLast || stored !== formatDigest(digest)) throw new BeginningLost('another blob');
      const url = headers.get('location') ?? this.#partUrl;
      return { url, digest: formatDigest(digest), size: offset };
    }
    if (offset >= start && offset <= start + bytes.length) return offset;
    throw new BeginningLost(`the upload stands at ${offset}, ${start} were confirmed`);
  }

  async #request(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<Answer> {
    const watch = new Watch(this.#options);
    try {
      const init = requestInit(this.#options, method, headers);
      const request = { ...init, signal: watch.signal, ...(body === undefined ? {} : { body }) };
      const response = await watch.over(fetch(url, request));
      // Its body is short; without it the request is not over.
      const answer = { headers: response.headers, body: await watch.over(response.text()) };
      if (response.status === 404 && this.#id !== undefined) throw new BeginningLost('not there');
      requireOk(response, answer.body);
      return answer;
    } finally {
      watch.end();
    }
  }

  async #repeat<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        const result = await attempt();
        this.#attempts.succeeded();
        return result;
      } catch (error) {
        if (error instanceof BeginningLost) throw error;
        await this.#attempts.failed(error);
      }
    }
  }
}
