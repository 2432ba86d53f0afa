/**
 * Finds the empty line that ends a head, however the bytes arrive, and checks the limits of command
 * line, header lines and header count on the way.
 *
 * The same pass notes where lines and names end and whether the head is plain, so that a plain head
 * is valid without being parsed: its headers are read when somebody asks for them.
 *
 * Offsets are relative to the first byte of the command, so the caller may move its buffer.
 */
import { FrameError } from './errors.js';
import type { FrameLimits } from './limits.js';

const LF = 10;
const CR = 13;
const NUL = 0;
const COLON = 58;
const BACKSLASH = 92;
const DIGIT_0 = 48;

/** What makes a byte worth a look; all others are skipped with one load. */
const ORDINARY = 0;
const IS_COLON = 1;
const IS_LINE_END = 2;
/** Bytes whose head must be parsed to know what it says: NUL, CR, backslash, all above 0x7F. */
const IS_SPECIAL = 3;
const KINDS = new Uint8Array(256).fill(IS_SPECIAL, 0x80);
KINDS[COLON] = IS_COLON;
KINDS[LF] = IS_LINE_END;
KINDS[NUL] = KINDS[CR] = KINDS[BACKSLASH] = IS_SPECIAL;

const CONTENT_LENGTH = 'content-length';
/** Fifteen digits stay below 2^53. */
const MAX_LENGTH_DIGITS = 15;

export class HeadScan {
  /** For the next head. */
  limits: FrameLimits;
  #scanned = 0;
  #lineStart = 0;
  #lineCount = 0;
  /** Where the first colon of the current line is; -1 while there is none. */
  #colon = -1;
  #isAscii = true;
  #isPlain = true;
  #contentLength: number | undefined;
  /** The first `#markCount` are those of this head, the rest is left from the one before. */
  #marks: number[] = [];
  #markCount = 0;
  /** True when heads read before keep the array: those of one shape share it. */
  #isMarksShared = false;

  constructor(limits: FrameLimits) {
    this.limits = limits;
  }

  /** Starts with the first byte of a new frame. */
  reset(): void {
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#lineCount = 0;
    this.#colon = -1;
    this.#isAscii = true;
    this.#isPlain = true;
    this.#contentLength = undefined;
    this.#markCount = 0;
  }

  /** True when no byte above 0x7F was seen. */
  get isAscii(): boolean {
    return this.#isAscii;
  }

  /**
   * True when each header line has a name and a colon, and nothing in the head is escaped, CR or
   * above 0x7F: then its headers stand there as they are, in every version but 1.0, which trims.
   */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Value of the first content-length header of a plain head. */
  get contentLength(): number | undefined {
    return this.#contentLength;
  }

  /** End of the command line, then for each header line the places of its colon and its end. */
  takeMarks(): readonly number[] {
    if (this.#marks.length > this.#markCount) this.#cutMarks(this.#markCount);
    this.#isMarksShared = true;
    return this.#marks;
  }

  /** Looks at the new bytes; the length of the head with its empty line once that was found. */
  advance(input: Uint8Array, start: number, end: number): number | undefined {
    let lineStart = start + this.#lineStart;
    let position = start + this.#scanned;
    for (; position < end; position++) {
      const kind = KINDS[input[position] as number];
      if (kind === ORDINARY) continue;
      if (kind === IS_COLON) {
        if (this.#colon === -1) this.#colon = position - start;
      } else if (kind === IS_LINE_END) {
        if (this.#endsHead(input, lineStart, position)) {
          this.#checkFrame(position + 1 - start);
          return position + 1 - start;
        }
        this.#endLine(input, start, lineStart, position);
        lineStart = position + 1;
      } else this.#noteSpecial(input[position] as number);
    }
    // A lone CR at the end of the input may become the line that ends the head: it is no header yet.
    const isMaybeEnd = position === lineStart + 1 && input[lineStart] === CR;
    this.#checkLine(isMaybeEnd ? 0 : position - lineStart);
    this.#checkFrame(position - start);
    this.#scanned = position - start;
    this.#lineStart = lineStart - start;
    return undefined;
  }

  #noteSpecial(byte: number): void {
    if (byte === NUL) throw FrameError.of('STOMP_FRAME_NUL_IN_HEADER');
    this.#isPlain = false;
    if (byte > 0x7f) this.#isAscii = false;
  }

  #endLine(input: Uint8Array, start: number, lineStart: number, lineEnd: number): void {
    this.#checkLine(lineEnd - lineStart);
    this.#lineCount++;
    if (this.#lineCount > 1) {
      const colon = this.#colon;
      // A line without colon or name is an error, which is told when the head is parsed.
      if (colon === -1 || start + colon === lineStart) this.#isPlain = false;
      else if (start + colon - lineStart === CONTENT_LENGTH.length) {
        this.#noteContentLength(input, lineStart, lineEnd);
      }
      this.#mark(colon);
    }
    this.#mark(lineEnd - start);
    this.#colon = -1;
  }

  #mark(place: number): void {
    const count = this.#markCount++;
    if (this.#marks[count] === place) return;
    if (this.#isMarksShared || count < this.#marks.length) this.#cutMarks(count);
    this.#marks.push(place);
  }

  #cutMarks(count: number): void {
    this.#marks = this.#marks.slice(0, count);
    this.#isMarksShared = false;
  }

  /** A value that is not all digits, with spaces for example, is left to the parser. */
  #noteContentLength(input: Uint8Array, lineStart: number, lineEnd: number): void {
    for (let index = 0; index < CONTENT_LENGTH.length; index++) {
      if (input[lineStart + index] !== CONTENT_LENGTH.charCodeAt(index)) return;
    }
    // Repeated headers: the first one is the value (STOMP 1.2, "Repeated Header Entries").
    if (this.#contentLength !== undefined) return;
    const first = lineStart + CONTENT_LENGTH.length + 1;
    let value = 0;
    for (let position = first; position < lineEnd; position++) {
      const digit = (input[position] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) this.#isPlain = false;
      value = value * 10 + digit;
    }
    const digits = lineEnd - first;
    if (digits === 0 || digits > MAX_LENGTH_DIGITS) this.#isPlain = false;
    this.#contentLength = value;
  }

  /** A line that holds nothing, or only the CR of a CRLF, ends the head. The command is never empty. */
  #endsHead(input: Uint8Array, lineStart: number, lineEnd: number): boolean {
    if (this.#lineCount === 0) return false;
    return lineEnd === lineStart || (lineEnd === lineStart + 1 && input[lineStart] === CR);
  }

  #checkLine(length: number): void {
    const { maxCommandBytes, maxHeaderLineBytes, maxHeaders } = this.limits;
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
    const { maxFrameBytes } = this.limits;
    if (headBytes > maxFrameBytes) throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
  }
}
