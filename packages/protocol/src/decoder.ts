/**
 * Bytes to frames, without I/O: `push` what arrived, then take frames with `next` until it returns
 * `undefined`.
 *
 *   between ──first byte of a command──▶ head ──empty line──▶ sized-body ──NUL──▶ between
 *                                          └────────────────▶ open-body  ──NUL──▶ between
 *   any state ──FrameError──▶ failed (for good: the place of the next frame is unknown)
 *
 * - Nothing is scanned twice, however the stream is cut into chunks.
 * - A frame that lies within one chunk is not copied: its body is a view of the chunk.
 * - Every limit is checked before the bytes that break it are kept, so a peer can make this hold at
 *   most one frame of `maxFrameBytes`. A content-length alone allocates nothing.
 * - Only the head is looked at byte by byte; bodies are found by length or by native `indexOf`.
 *
 * It does not know which frames make sense when; that is the session's business.
 */
import { BodyParts } from './body-parts.js';
import { EMPTY_BYTES } from './bytes.js';
import { FrameError } from './errors.js';
import type { UndefinedEscapes } from './escape.js';
import type { Frame } from './frame.js';
import { mayHaveBody } from './frame.js';
import { type Head, parseHead } from './head.js';
import { HeadScan } from './head-scan.js';
import { type FrameLimits, resolveFrameLimits } from './limits.js';
import type { StompVersion } from './version.js';

const LF = 10;
const CR = 13;
const NUL = 0;

type DecoderState = 'between' | 'head' | 'sized-body' | 'open-body' | 'failed';

export interface FrameDecoderOptions {
  /** What becomes of escape sequences that the version does not define. Default `refuse`. */
  readonly undefinedEscapes?: UndefinedEscapes;
}

export class FrameDecoder {
  /**
   * Rules for the headers of the next frame. A session sets it as soon as it has negotiated, also
   * between two frames of one chunk. CONNECT and CONNECTED are always read without escapes.
   */
  version: StompVersion = '1.0';

  readonly #limits: FrameLimits;
  readonly #scan: HeadScan;
  readonly #undefinedEscapes: UndefinedEscapes;
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
  /** Body bytes that were read so far. */
  readonly #body = new BodyParts();

  /** @throws OptionsError when a limit is unknown or not a whole number. */
  constructor(limits: Partial<FrameLimits> = {}, options: FrameDecoderOptions = {}) {
    this.#undefinedEscapes = options.undefinedEscapes ?? 'refuse';
    this.#limits = resolveFrameLimits(limits);
    this.#scan = new HeadScan(this.#limits);
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
   * The next complete frame, or `undefined` when more bytes are needed.
   * @throws FrameError when the stream is not STOMP or exceeds a limit; from then on always the same one.
   */
  next(): Frame | undefined {
    if (this.#failure) throw this.#failure;
    try {
      return this.#next();
    } catch (error) {
      if (error instanceof FrameError) this.#fail(error);
      throw error;
    }
  }

  /** True while a frame has begun and is not complete. */
  get isMidFrame(): boolean {
    return this.#state === 'head' || this.#state === 'sized-body' || this.#state === 'open-body';
  }

  #next(): Frame | undefined {
    if (this.#state === 'between' && !this.#skipLineEnds()) return undefined;
    if (this.#state === 'head' && !this.#readHead()) return undefined;
    const body = this.#state === 'sized-body' ? this.#readSizedBody() : this.#readOpenBody();
    if (body === undefined) return undefined;
    const { command, headers } = this.#head as Head;
    this.#head = undefined;
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
    const bytes = this.#input.subarray(start, start + length);
    const { isPlainAscii } = this.#scan;
    this.#head = parseHead(bytes, isPlainAscii, this.version, this.#undefinedEscapes);
    this.#headBytes = length;
    this.#position += length;
    this.#state = 'open-body';
    // A content-length on a frame that has no body is not honoured, as in ActiveMQ: some clients
    // copy all headers of a MESSAGE onto its ACK.
    const bodyLength = mayHaveBody(this.#head.command) ? this.#head.contentLength : undefined;
    if (bodyLength !== undefined) {
      this.#checkBody(bodyLength);
      this.#state = 'sized-body';
    }
    return true;
  }

  #readSizedBody(): Uint8Array | undefined {
    const length = this.#head?.contentLength as number;
    const available = this.#end - this.#position;
    const missing = length - this.#body.bytes;
    if (available <= missing) {
      this.#keepBody(available);
      return undefined;
    }
    this.#keepBody(missing);
    if (this.#input[this.#position] !== NUL) throw FrameError.of('STOMP_FRAME_MISSING_NUL', length);
    this.#position++;
    return this.#body.take();
  }

  #readOpenBody(): Uint8Array | undefined {
    const nul = this.#input.indexOf(NUL, this.#position);
    const isComplete = nul !== -1 && nul < this.#end;
    const found = (isComplete ? nul : this.#end) - this.#position;
    this.#checkBody(this.#body.bytes + found);
    this.#keepBody(found);
    if (!isComplete) return undefined;
    this.#position++;
    return this.#body.take();
  }

  #checkBody(bodyBytes: number): void {
    const { maxBodyBytes, maxFrameBytes } = this.#limits;
    if (bodyBytes > maxBodyBytes) throw FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', maxBodyBytes);
    if (this.#headBytes + bodyBytes > maxFrameBytes) {
      throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
    }
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
