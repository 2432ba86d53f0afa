/**
 * Finds the empty line that ends a head, however the bytes arrive, and checks the limits of command
 * line, header lines and header count on the way.
 *
 * Offsets are relative to the first byte of the command, so the caller may move its buffer.
 */
import { FrameError } from './errors.js';
import type { FrameLimits } from './limits.js';

const LF = 10;
const CR = 13;
const NUL = 0;

export class HeadScan {
  readonly #limits: FrameLimits;
  #scanned = 0;
  #lineStart = 0;
  #lineCount = 0;
  #isPlainAscii = true;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** Starts with the first byte of a new frame. */
  reset(): void {
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#lineCount = 0;
    this.#isPlainAscii = true;
  }

  /** True when no byte above 0x7F was seen. */
  get isPlainAscii(): boolean {
    return this.#isPlainAscii;
  }

  /** Looks at the new bytes; the length of the head with its empty line once that was found. */
  advance(input: Uint8Array, start: number, end: number): number | undefined {
    let lineStart = start + this.#lineStart;
    let highBits = 0;
    let position = start + this.#scanned;
    for (; position < end; position++) {
      const byte = input[position] as number;
      highBits |= byte;
      if (byte > CR) continue;
      if (byte === LF) {
        if (this.#endsHead(input, lineStart, position)) {
          if (highBits > 0x7f) this.#isPlainAscii = false;
          this.#checkFrame(position + 1 - start);
          return position + 1 - start;
        }
        this.#checkLine(position - lineStart);
        this.#lineCount++;
        lineStart = position + 1;
      } else if (byte === NUL) throw FrameError.of('STOMP_FRAME_NUL_IN_HEADER');
    }
    if (highBits > 0x7f) this.#isPlainAscii = false;
    // A lone CR at the end of the input may become the line that ends the head: it is no header yet.
    const isMaybeEnd = position === lineStart + 1 && input[lineStart] === CR;
    this.#checkLine(isMaybeEnd ? 0 : position - lineStart);
    this.#checkFrame(position - start);
    this.#scanned = position - start;
    this.#lineStart = lineStart - start;
    return undefined;
  }

  /** A line that holds nothing, or only the CR of a CRLF, ends the head. The command is never empty. */
  #endsHead(input: Uint8Array, lineStart: number, lineEnd: number): boolean {
    if (this.#lineCount === 0) return false;
    return lineEnd === lineStart || (lineEnd === lineStart + 1 && input[lineStart] === CR);
  }

  #checkLine(length: number): void {
    const { maxCommandBytes, maxHeaderLineBytes, maxHeaders } = this.#limits;
    if (this.#lineCount === 0) {
      if (length > maxCommandBytes) {
        throw FrameError.of('STOMP_FRAME_COMMAND_TOO_LONG', maxCommandBytes);
      }
      return;
    }
    if (length > maxHeaderLineBytes) {
      throw FrameError.of('STOMP_FRAME_HEADER_TOO_LONG', maxHeaderLineBytes);
    }
    // Lines counted so far are the command and the headers before this one.
    if (length > 0 && this.#lineCount > maxHeaders) {
      throw FrameError.of('STOMP_FRAME_TOO_MANY_HEADERS', maxHeaders);
    }
  }

  #checkFrame(headBytes: number): void {
    const { maxFrameBytes } = this.#limits;
    if (headBytes > maxFrameBytes) throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
  }
}
