/**
 * Bytes to frames, without I/O: `push` what arrived, then take frames with `next` until it returns
 * `undefined`.
 *
 *   between ──first byte of a command──▶ head ──empty line──▶ sized-body ──NUL──▶ between
 *                                         │ └───────────────▶ open-body  ──NUL──▶ between
 *                                         │                    └─too long─┐
 *                                         └──too long to wait for─────────┴▶ streamed ──NUL──▶ between
 *   any state ──FrameError──▶ failed (for good: the place of the next frame is unknown)
 *
 * - Nothing is scanned twice, however the stream is cut into chunks.
 * - A frame that lies within one chunk is not copied: its body is a view of the chunk.
 * - Every limit is checked before the bytes that break it are kept, so a peer can make this hold at
 *   most one frame of `maxFrameBytes`. A content-length alone allocates nothing.
 * - Only the head is looked at byte by byte; bodies are found by length or by native `indexOf`.
 * - Whether a body is streamed depends on its length alone, not on how it arrives.
 *
 * It does not know which frames make sense when; that is the session's business.
 */
import { BodyParts } from './body-parts.js';
import { EMPTY_BYTES } from './bytes.js';
import { FrameError, OptionsError } from './errors.js';
import type { UndefinedEscapes } from './escape.js';
import type { Frame, StreamedFrame } from './frame.js';
import { mayHaveBody } from './frame.js';
import { type Head, readHead } from './head.js';
import { HeadScan } from './head-scan.js';
import { type FrameLimits, resolveFrameLimits } from './limits.js';
import type { StompVersion } from './version.js';

const LF = 10;
const CR = 13;
const NUL = 0;

type DecoderState = 'between' | 'head' | 'sized-body' | 'open-body' | 'streamed' | 'failed';

export interface FrameDecoderOptions {
  /** What becomes of escape sequences that the version does not define. Default `refuse`. */
  readonly undefinedEscapes?: UndefinedEscapes;
}

export interface StreamingFrameDecoderOptions extends FrameDecoderOptions {
  /** Longer bodies are not waited for: `next` gives a `StreamedFrame`, `nextPart` the body. */
  readonly streamBodiesOverBytes: number;
  /** Largest body handed out in parts, to which no other limit applies. Default: none. */
  readonly maxStreamedBodyBytes?: number;
}

type AllOptions = {
  readonly [Name in keyof StreamingFrameDecoderOptions]:
    | StreamingFrameDecoderOptions[Name]
    | undefined;
};

type OptionsFor<Streamed> = [Streamed] extends [never]
  ? FrameDecoderOptions & { readonly streamBodiesOverBytes?: undefined }
  : StreamingFrameDecoderOptions;

/** `new FrameDecoder<StreamedFrame>(limits, { streamBodiesOverBytes })` also gives streamed frames. */
export class FrameDecoder<Streamed extends StreamedFrame = never> {
  /**
   * Rules for the headers of the next frame. A session sets it as soon as it has negotiated, also
   * between two frames of one chunk. CONNECT and CONNECTED are always read without escapes.
   */
  version: StompVersion = '1.0';

  #limits: FrameLimits;
  readonly #scan: HeadScan;
  readonly #undefinedEscapes: UndefinedEscapes;
  readonly #streamOverBytes: number;
  readonly #maxStreamedBytes: number;
  #state: DecoderState = 'between';
  #failure: FrameError | undefined;
  /** Unread bytes are `#input[#position .. #end)`. In state head they begin with the command. */
  #input: Uint8Array = EMPTY_BYTES;
  #position = 0;
  #end = 0;
  /** True when `#input` is ours and bytes after `#end` are free. */
  #isOwnInput = false;
  #head: Head | undefined;
  #headBytes = 0;
  /** Body bytes that were read so far and not handed out. */
  readonly #body = new BodyParts();
  /** Length of the body that is sized or streamed; undefined: up to the NUL. */
  #bodyLength: number | undefined;
  /** Bytes of the streamed body that were found so far. */
  #streamedBytes = 0;

  /** @throws OptionsError when a limit is unknown or not a whole number. */
  constructor(limits: Partial<FrameLimits> = {}, options?: OptionsFor<Streamed>) {
    const streaming: Partial<AllOptions> = options ?? {};
    this.#undefinedEscapes = streaming.undefinedEscapes ?? 'refuse';
    this.#streamOverBytes = byteCount('streamBodiesOverBytes', streaming.streamBodiesOverBytes);
    this.#maxStreamedBytes = byteCount('maxStreamedBodyBytes', streaming.maxStreamedBodyBytes);
    this.#limits = resolveFrameLimits(limits);
    this.#scan = new HeadScan(this.#limits);
  }

  /**
   * Limits of the frames that follow; to be called between two of them. A server is strict until it
   * knows its peer.
   * @throws OptionsError when a limit is unknown or not a whole number.
   */
  useLimits(limits: Partial<FrameLimits>): void {
    if (this.isMidFrame) throw new Error('FrameDecoder: new limits in the middle of a frame');
    this.#limits = resolveFrameLimits(limits);
    this.#scan.limits = this.#limits;
  }

  /** Hands over the next bytes of the stream. The chunk must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#state === 'failed' || chunk.length === 0) return;
    const unread = this.#end - this.#position;
    if (unread === 0) {
      this.#input = chunk;
      this.#position = 0;
      this.#end = chunk.length;
      this.#isOwnInput = false;
      return;
    }
    if (!this.#isOwnInput || this.#end + chunk.length > this.#input.length)
      this.#grow(chunk.length);
    this.#input.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next complete frame, or `undefined` when more bytes are needed. Of a body that is streamed only
   * the head; its parts must be taken with `nextPart` before the next frame is asked for.
   * @throws FrameError when the stream is not STOMP or exceeds a limit; from then on always the same one.
   */
  next(): Frame | Streamed | undefined {
    if (this.#failure) throw this.#failure;
    if (this.#state === 'streamed') {
      throw new Error('The body before is not complete: call nextPart() until isBodyComplete');
    }
    try {
      return this.#next();
    } catch (error) {
      if (error instanceof FrameError) this.#fail(error);
      throw error;
    }
  }

  /**
   * The next bytes of a streamed body, never empty; `undefined` when it is complete or more bytes are
   * needed, which `isBodyComplete` tells apart. Parts are views of chunks, like bodies.
   * @throws FrameError as `next` does
   */
  nextPart(): Uint8Array | undefined {
    if (this.#failure) throw this.#failure;
    if (this.#state !== 'streamed') return undefined;
    try {
      return this.#nextPart();
    } catch (error) {
      if (error instanceof FrameError) this.#fail(error);
      throw error;
    }
  }

  /** False from a `StreamedFrame` until the end of its body was read. */
  get isBodyComplete(): boolean {
    return this.#state !== 'streamed';
  }

  /** True while a frame has begun and is not complete. */
  get isMidFrame(): boolean {
    return this.#state !== 'between' && this.#state !== 'failed';
  }

  #next(): Frame | Streamed | undefined {
    if (this.#state === 'between' && !this.#skipLineEnds()) return undefined;
    if (this.#state === 'head' && !this.#readHead()) return undefined;
    const body = this.#readBody();
    if (body === undefined) return undefined;
    const { command, headers } = this.#head as Head;
    this.#head = undefined;
    if (body === 'streamed') {
      const bodyLength = this.#bodyLength;
      return { command, headers, body: undefined, bodyLength } as Streamed;
    }
    this.#state = 'between';
    return { command, headers, body };
  }

  /** Line ends between frames are heart-beats; ActiveMQ also tolerates repeated NULs there. */
  #skipLineEnds(): boolean {
    while (this.#position < this.#end) {
      const byte = this.#input[this.#position];
      if (byte !== LF && byte !== CR && byte !== NUL) {
        this.#state = 'head';
        this.#scan.reset();
        return true;
      }
      this.#position++;
    }
    return false;
  }

  #readHead(): boolean {
    const length = this.#scan.advance(this.#input, this.#position, this.#end);
    if (length === undefined) return false;
    const start = this.#position;
    const { version } = this;
    const rules = { version, escapes: this.#undefinedEscapes };
    const head = readHead(this.#input, start, start + length, this.#scan, rules);
    this.#head = head;
    this.#headBytes = length;
    this.#position += length;
    // A content-length on a frame that has no body is not honoured, as in ActiveMQ: some clients
    // copy all headers of a MESSAGE onto its ACK.
    this.#bodyLength = mayHaveBody(head.command) ? head.contentLength : undefined;
    this.#state = this.#bodyLength === undefined ? 'open-body' : 'sized-body';
    return true;
  }

  #readBody(): Uint8Array | 'streamed' | undefined {
    const length = this.#bodyLength;
    if (length === undefined) return this.#readOpenBody();
    if (this.#isStreamed(length)) return 'streamed';
    return this.#readSizedBody(length);
  }

  #readSizedBody(length: number): Uint8Array | undefined {
    const available = this.#end - this.#position;
    const missing = length - this.#body.bytes;
    if (available <= missing) {
      this.#keepBody(available);
      return undefined;
    }
    const body = this.#takeBody(missing);
    this.#skipNul(length);
    return body;
  }

  #readOpenBody(): Uint8Array | 'streamed' | undefined {
    const nul = this.#findNul();
    const found = (nul ?? this.#end) - this.#position;
    if (this.#isStreamed(this.#body.bytes + found)) return 'streamed';
    if (nul === undefined) {
      this.#keepBody(found);
      return undefined;
    }
    const body = this.#takeBody(found);
    this.#position++;
    return body;
  }

  #nextPart(): Uint8Array | undefined {
    // What was kept of a body until it was known to be too long to wait for.
    if (this.#body.bytes > 0) return this.#noteStreamed(this.#body.take());
    if (this.#position === this.#end) return undefined;
    const length = this.#bodyLength;
    const nul = length === undefined ? this.#findNul() : undefined;
    const left = length === undefined ? Number.POSITIVE_INFINITY : length - this.#streamedBytes;
    const found = Math.min((nul ?? this.#end) - this.#position, left);
    if (found === 0) {
      this.#skipNul(this.#streamedBytes);
      this.#state = 'between';
      return undefined;
    }
    this.#checkStreamed(this.#streamedBytes + found);
    return this.#noteStreamed(this.#takeBody(found));
  }

  #noteStreamed(part: Uint8Array): Uint8Array {
    this.#streamedBytes += part.length;
    return part;
  }

  /** Whether a body of at least so many bytes is handed out in parts; its limits are checked. */
  #isStreamed(bodyBytes: number): boolean {
    if (bodyBytes <= this.#streamOverBytes) {
      this.#checkBody(bodyBytes);
      return false;
    }
    this.#checkStreamed(bodyBytes);
    this.#state = 'streamed';
    this.#streamedBytes = 0;
    return true;
  }

  /** Place of the NUL that ends a body without content-length, if it has come. */
  #findNul(): number | undefined {
    const nul = this.#input.indexOf(NUL, this.#position);
    return nul === -1 || nul >= this.#end ? undefined : nul;
  }

  #skipNul(length: number): void {
    if (this.#input[this.#position] !== NUL) throw FrameError.of('STOMP_FRAME_MISSING_NUL', length);
    this.#position++;
  }

  #checkStreamed(bodyBytes: number): void {
    const limit = this.#maxStreamedBytes;
    if (bodyBytes > limit) throw FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', limit);
  }

  #checkBody(bodyBytes: number): void {
    const { maxBodyBytes, maxFrameBytes } = this.#limits;
    if (bodyBytes > maxBodyBytes) throw FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', maxBodyBytes);
    if (this.#headBytes + bodyBytes > maxFrameBytes) {
      throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
    }
  }

  /** What was kept of the body and its next bytes, without a copy if nothing was kept. */
  #takeBody(length: number): Uint8Array {
    if (this.#body.bytes > 0) {
      this.#keepBody(length);
      return this.#body.take();
    }
    const start = this.#position;
    this.#position = start + length;
    return length === 0 ? EMPTY_BYTES : this.#input.subarray(start, start + length);
  }

  #keepBody(length: number): void {
    this.#body.add(this.#input.subarray(this.#position, this.#position + length));
    this.#position += length;
  }

  /**
   * Moves the unread bytes into a buffer of our own with room for `moreBytes`. It doubles, so that
   * a peer that sends single bytes costs linear time. Views handed out earlier keep the old buffer.
   */
  #grow(moreBytes: number): void {
    const unread = this.#input.subarray(this.#position, this.#end);
    const grown = new Uint8Array(Math.max(unread.length * 2, unread.length + moreBytes));
    grown.set(unread, 0);
    this.#input = grown;
    this.#position = 0;
    this.#end = unread.length;
    this.#isOwnInput = true;
  }

  #fail(error: FrameError): void {
    this.#failure = error;
    this.#state = 'failed';
    this.#input = EMPTY_BYTES;
    this.#body.clear();
    this.#position = 0;
    this.#end = 0;
  }
}

/** @throws OptionsError when it is no number of bytes */
function byteCount(option: string, value = Number.POSITIVE_INFINITY): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0))
    return value;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The option ${option} is ${value}: give a whole number of bytes, at least 0`,
  );
}
