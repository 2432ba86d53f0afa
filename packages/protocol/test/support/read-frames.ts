/** Short ways to write streams of bytes and to read the frames in them. */
import {
  decodeUtf8,
  FrameDecoder,
  FrameError,
  type FrameErrorCode,
  type FrameLimits,
  type StompVersion,
} from '@stompbox/protocol';

/** A frame as plain data, so that `deepEqual` shows all of it. */
export interface ReadFrame {
  readonly command: string;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: string;
}

export interface ReadResult {
  readonly frames: ReadFrame[];
  /** Code of the error that ended the stream, if one did. */
  readonly error: FrameErrorCode | undefined;
}

/** The bytes of a text; `^@` may be written for NUL. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll('^@', '\0'), 'utf8'));
}

/** Every frame in the chunks, and the error that ended them. Errors of other kinds are thrown. */
export function readChunks(
  chunks: Iterable<Uint8Array>,
  version: StompVersion,
  limits: Partial<FrameLimits> = {},
): ReadResult {
  const decoder = new FrameDecoder(limits);
  decoder.version = version;
  const frames: ReadFrame[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        const { command, headers, body } = frame;
        frames.push({ command, headers: [...headers], body: Buffer.from(body).toString('latin1') });
      }
    }
  } catch (error) {
    if (error instanceof FrameError) return { frames, error: error.code };
    throw error;
  }
  return { frames, error: undefined };
}

/** Every frame of a stream that arrives in one chunk. */
export function read(text: string, version: StompVersion, limits?: Partial<FrameLimits>) {
  return readChunks([bytes(text)], version, limits);
}

/** The headers of the only frame of a stream, as an object. */
export function readHeaders(text: string, version: StompVersion): Record<string, string> {
  const { frames, error } = read(text, version);
  const [frame] = frames;
  if (frame === undefined || frames.length > 1 || error) {
    throw new Error(`Expected one frame, got ${frames.length} and ${error ?? 'no error'}`);
  }
  return Object.fromEntries(frame.headers);
}

/** The text of encoded bytes, NUL written as `^@`. */
export function shown(encoded: Uint8Array): string {
  return decodeUtf8(encoded).replaceAll('\0', '^@');
}

/** The same bytes, one per chunk. */
export function* singleBytes(stream: Uint8Array): Generator<Uint8Array> {
  for (let index = 0; index < stream.length; index++) yield stream.slice(index, index + 1);
}
