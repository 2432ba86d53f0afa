/** Where the bytes of an upload come from, read in portions that the upload asks for. */
import { OptionsError } from '@stompbox/protocol';
import { nodeModule } from '../node-module.js';

/** A file by its path; in Node only. */
export interface FileSource {
  readonly path: string;
}

/**
 * A `Blob` (a `File` of a web page is one) and a file can be read again when the broker has lost what
 * came; a stream cannot. Streams of Node are async iterables.
 */
export type BlobSource = Blob | FileSource | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

export interface SourceReader {
  /** `undefined` when it shows only at the end. */
  readonly size: number | undefined;
  /** True: `openSource` gives the same bytes once more. */
  readonly isRepeatable: boolean;
  /** Fills a buffer with what comes next; less only at the end. */
  fill(buffer: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** @throws OptionsError `STOMP_OPT_INVALID`; what the file system says of a path */
export async function openSource(source: BlobSource): Promise<SourceReader> {
  if (source instanceof Blob) return readBlob(source);
  if (typeof source === 'object' && source !== null) {
    if ('path' in source && typeof source.path === 'string' && !isStream(source)) {
      return readFile(source.path);
    }
    if ('getReader' in source) return readChunks(chunksOf(source));
    if (Symbol.asyncIterator in source) return readChunks(source[Symbol.asyncIterator]());
  }
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    'The source of a blob must be a Blob, a stream of bytes, or { path } of a file',
  );
}

/** The stream of a file in Node has a path too. */
function isStream(source: BlobSource): boolean {
  return Symbol.asyncIterator in source;
}

function readBlob(blob: Blob): SourceReader {
  let offset = 0;
  return {
    size: blob.size,
    isRepeatable: true,
    async fill(buffer) {
      const part = blob.slice(offset, offset + buffer.length);
      buffer.set(new Uint8Array(await part.arrayBuffer()));
      offset += part.size;
      return part.size;
    },
    close: async () => {},
  };
}

async function readFile(path: string): Promise<SourceReader> {
  const fileSystem = nodeModule('node:fs/promises');
  if (fileSystem === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'Files have paths in Node only: give a Blob or File',
    );
  }
  const file = await fileSystem.open(path);
  const { size } = await file.stat();
  let offset = 0;
  return {
    size,
    isRepeatable: true,
    async fill(buffer) {
      let filled = 0;
      while (filled < buffer.length) {
        const left = buffer.length - filled;
        const { bytesRead } = await file.read(buffer, filled, left, offset);
        if (bytesRead === 0) break;
        filled += bytesRead;
        offset += bytesRead;
      }
      return filled;
    },
    close: () => file.close(),
  };
}

/** Not every browser can iterate over its streams. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isOver) await reader.cancel();
  }
}

function readChunks(chunks: AsyncIterator<Uint8Array>): SourceReader {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    size: undefined,
    isRepeatable: false,
    async fill(buffer) {
      let filled = 0;
      while (filled < buffer.length) {
        if (rest.length === 0) {
          const { done, value } = await chunks.next();
          if (done) break;
          rest = bytesOf(value);
        }
        const taken = rest.subarray(0, buffer.length - filled);
        buffer.set(taken, filled);
        filled += taken.length;
        rest = rest.subarray(taken.length);
      }
      return filled;
    },
    async close() {
      await chunks.return?.();
    },
  };
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    'The stream of a blob must give Uint8Arrays: do not set an encoding on it',
  );
}
