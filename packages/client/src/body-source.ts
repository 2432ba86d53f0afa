/**
 * Bodies that are sent as they are read: a Readable, a ReadableStream, a Blob, any async iterable.
 *
 * A frame cannot be left half-way, so a source that fails, or that gives more or less than it
 * promised, costs the session, and so does a caller who gives up half-way; the client connects
 * again and the broker drops the torn frame.
 */
import { encodeUtf8, OptionsError } from '@stompbox/protocol';

export type BodyChunks = AsyncIterable<string | Uint8Array>;

export class BodySource {
  /** Bytes in all; nothing when only the end tells. Then no chunk may contain NUL. */
  readonly bytes: number | undefined;
  readonly #chunks: BodyChunks;

  constructor(chunks: BodyChunks, bytes: number | undefined) {
    this.#chunks = chunks;
    this.bytes = bytes;
  }

  /**
   * The chunks as bytes, checked.
   * @throws OptionsError `STOMP_OPT_BODY`; whatever the source throws
   */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    for await (const chunk of this.#chunks) {
      const part = bytesOf(chunk);
      bytes += part.length;
      if (this.bytes === undefined) {
        if (part.includes(0)) throw broken('contains NUL: give its length as bodyBytes');
      } else if (bytes > this.bytes) throw broken(`has more than the ${this.bytes} bytes promised`);
      yield part;
    }
    if (this.bytes !== undefined && bytes < this.bytes) {
      throw broken(`ended after ${bytes} of the ${this.bytes} bytes promised`);
    }
  }
}

/** The chunks of something that can be streamed; nothing for anything else. */
export function chunksOf(body: unknown): { chunks: BodyChunks; bytes?: number } | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if (typeof Blob === 'function' && body instanceof Blob) {
    return { chunks: webChunks(body.stream()), bytes: body.size };
  }
  if (Symbol.asyncIterator in body) return { chunks: body as BodyChunks };
  if (isWebStream(body)) return { chunks: webChunks(body) };
  return undefined;
}

interface WebStream {
  getReader(): {
    read(): Promise<{ done: boolean; value?: unknown }>;
    cancel(): Promise<void>;
  };
}

function isWebStream(body: object): body is WebStream {
  return 'getReader' in body && typeof body.getReader === 'function';
}

/** Not every browser can iterate over its own streams. */
async function* webChunks(stream: WebStream): BodyChunks {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value as Uint8Array;
    }
  } finally {
    if (!isDone) await reader.cancel();
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return encodeUtf8(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw broken('gave something that is neither text nor bytes');
}

function broken(what: string): OptionsError {
  return new OptionsError('STOMP_OPT_BODY', `The streamed body ${what}`);
}
