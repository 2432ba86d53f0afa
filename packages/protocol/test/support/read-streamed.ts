/** Reads frames whose large bodies come in parts, put together again so that they can be compared. */
import {
  FrameDecoder,
  FrameError,
  type FrameErrorCode,
  type FrameLimits,
  type StompVersion,
  type StreamedFrame,
  type StreamingFrameDecoderOptions,
} from '@stompbox/protocol';
import type { ReadFrame } from './read-frames.js';

export interface StreamedRead {
  /** Frames that are complete. */
  readonly frames: ReadFrame[];
  /** Which of them came in parts. */
  readonly isStreamed: boolean[];
  readonly error: FrameErrorCode | undefined;
}

type Decoder = FrameDecoder<StreamedFrame>;
type Head = Omit<ReadFrame, 'body'>;

export function readStreamed(
  chunks: Iterable<Uint8Array>,
  version: StompVersion,
  options: StreamingFrameDecoderOptions,
  limits: Partial<FrameLimits> = {},
): StreamedRead {
  const decoder = new FrameDecoder<StreamedFrame>(limits, options);
  decoder.version = version;
  const result = { frames: [] as ReadFrame[], isStreamed: [] as boolean[], error: undefined };
  const reader = new Reader(decoder, result);
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      while (reader.readOne());
    }
    return result;
  } catch (error) {
    if (error instanceof FrameError) return { ...result, error: error.code };
    throw error;
  }
}

class Reader {
  readonly #decoder: Decoder;
  readonly #result: { frames: ReadFrame[]; isStreamed: boolean[] };
  #open: { readonly head: Head; readonly parts: Uint8Array[] } | undefined;

  constructor(decoder: Decoder, result: { frames: ReadFrame[]; isStreamed: boolean[] }) {
    this.#decoder = decoder;
    this.#result = result;
  }

  /** False when more bytes are needed. */
  readOne(): boolean {
    if (this.#open) return this.#readParts(this.#open);
    const frame = this.#decoder.next();
    if (frame === undefined) return false;
    const head = { command: frame.command, headers: [...frame.headers] };
    if (frame.body === undefined) this.#open = { head, parts: [] };
    else this.#add(head, [frame.body], false);
    return true;
  }

  #readParts({ head, parts }: { readonly head: Head; readonly parts: Uint8Array[] }): boolean {
    const part = this.#decoder.nextPart();
    if (part) parts.push(part);
    else if (this.#decoder.isBodyComplete) {
      this.#open = undefined;
      this.#add(head, parts, true);
    } else return false;
    return true;
  }

  #add(head: Head, parts: readonly Uint8Array[], isStreamed: boolean): void {
    this.#result.frames.push({ ...head, body: Buffer.concat(parts).toString('latin1') });
    this.#result.isStreamed.push(isStreamed);
  }
}
