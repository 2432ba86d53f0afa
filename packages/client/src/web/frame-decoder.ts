/**
 * What stands for the protocol's decoder in browsers: the same rules and the same errors in a quarter
 * of the bytes. It joins what has arrived and reads it as text, where the other one looks at bytes
 * once; a page receives less than a server, and loads its code more often.
 *
 * Only frames of servers are frames here, and no body is handed out in parts.
 */
import {
  type Frame,
  type FrameDecoderOptions,
  FrameError,
  FrameHeaders,
  type FrameLimits,
  joinBytes,
  mayHaveBody,
  resolveFrameLimits,
  SERVER_COMMANDS,
  type ServerCommand,
  type StompVersion,
  unescapeHeader,
} from '@stompbox/protocol';

const LF = 10;
const CR = 13;
const NUL = 0;

export class FrameDecoder {
  /** Rules for the headers of the next frame. */
  version: StompVersion = '1.0';
  readonly #limits: FrameLimits;
  readonly #options: FrameDecoderOptions;
  /** What was not read yet; it begins with a command once `next` has been called. */
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  /** So many must be there before looking again makes sense. */
  #neededBytes = 0;
  #failure: unknown;

  constructor(limits: Partial<FrameLimits> = {}, options: FrameDecoderOptions = {}) {
    this.#limits = resolveFrameLimits(limits);
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    if (this.#failure) return;
    this.#pieces.push(chunk);
    this.#heldBytes += chunk.length;
  }

  get isMidFrame(): boolean {
    return this.#heldBytes > 0;
  }

  /** The next complete frame, or `undefined` when more bytes are needed. */
  next(): Frame | undefined {
    try {
      if (this.#failure) throw this.#failure;
      return this.#heldBytes < this.#neededBytes ? undefined : this.#read();
    } catch (error) {
      this.#failure = error;
      this.#keep(new Uint8Array(0), 0);
      throw error;
    }
  }

  #keep(bytes: Uint8Array, neededBytes: number): void {
    this.#pieces = bytes.length > 0 ? [bytes] : [];
    this.#heldBytes = bytes.length;
    this.#neededBytes = neededBytes;
  }

  #read(): Frame | undefined {
    const [only, second] = this.#pieces;
    const held = only && !second ? only : joinBytes(this.#pieces, this.#heldBytes);
    let begin = 0;
    // Line ends between frames are heart-beats; ActiveMQ also tolerates repeated NULs there.
    while (held[begin] === LF || held[begin] === CR || held[begin] === NUL) begin++;
    const bytes = held.subarray(begin);
    const headEnd = this.#headEnd(bytes);
    if (headEnd === undefined) {
      this.#keep(bytes, bytes.length + 1);
      return undefined;
    }
    const { command, headers } = this.#parseHead(bytes.subarray(0, headEnd));
    const length = mayHaveBody(command) ? contentLengthOf(headers) : undefined;
    const nul = length === undefined ? bytes.indexOf(NUL, headEnd) : headEnd + length;
    this.#checkBody(headEnd, (nul < 0 ? bytes.length : nul) - headEnd);
    if (nul < 0 || nul >= bytes.length) {
      this.#keep(bytes, Math.max(nul, bytes.length) + 1);
      return undefined;
    }
    if (bytes[nul] !== NUL) throw FrameError.of('STOMP_FRAME_MISSING_NUL', length as number);
    this.#keep(bytes.subarray(nul + 1), 0);
    return { command, headers, body: bytes.subarray(headEnd, nul) };
  }

  /** Behind the empty line, if it is there already. */
  #headEnd(bytes: Uint8Array): number | undefined {
    const { maxCommandBytes, maxHeaderLineBytes, maxHeaders, maxFrameBytes } = this.#limits;
    let start = 0;
    for (let line = 0; ; line++) {
      const lf = bytes.indexOf(LF, start);
      const end = lf < 0 ? bytes.length : lf;
      if (bytes.subarray(start, end).includes(NUL))
        throw FrameError.of('STOMP_FRAME_NUL_IN_HEADER');
      const length = end - start === 1 && bytes[start] === CR ? 0 : end - start;
      if (line === 0 && length > maxCommandBytes) {
        throw FrameError.of('STOMP_FRAME_COMMAND_TOO_LONG', maxCommandBytes);
      }
      if (line > 0 && length > maxHeaderLineBytes) {
        throw FrameError.of('STOMP_FRAME_HEADER_TOO_LONG', maxHeaderLineBytes);
      }
      if (length > 0 && line > maxHeaders) {
        throw FrameError.of('STOMP_FRAME_TOO_MANY_HEADERS', maxHeaders);
      }
      if (end > maxFrameBytes) throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
      if (lf < 0) return undefined;
      start = lf + 1;
      if (length === 0) return start;
    }
  }

  #parseHead(bytes: Uint8Array): { command: ServerCommand; headers: FrameHeaders } {
    const [first = '', ...lines] = decode(bytes).split('\n').slice(0, -2);
    const name = withoutCr(first);
    const command = SERVER_COMMANDS.find((known) => known === name);
    if (command === undefined) throw FrameError.of('STOMP_FRAME_UNKNOWN_COMMAND', name);
    const flat: string[] = [];
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 0) throw FrameError.of('STOMP_FRAME_HEADER_WITHOUT_COLON', line);
      if (colon === 0) throw FrameError.of('STOMP_FRAME_EMPTY_HEADER_NAME');
      flat.push(this.#unescape(command, line.slice(0, colon)));
      flat.push(this.#value(command, line.slice(colon + 1)));
    }
    return { command, headers: new FrameHeaders(flat) };
  }

  #value(command: ServerCommand, text: string): string {
    // STOMP 1.2, "Value Encoding": CONNECTED is not escaped, for clients of 1.0.
    if (command === 'CONNECTED') return withoutCr(text);
    if (this.version === '1.0') return text.trim();
    return this.#unescape(command, this.version === '1.2' ? withoutCr(text) : text);
  }

  #unescape(command: ServerCommand, text: string): string {
    if (command === 'CONNECTED') return text;
    return unescapeHeader(text, this.version, this.#options.undefinedEscapes);
  }

  #checkBody(headBytes: number, bodyBytes: number): void {
    const { maxBodyBytes, maxFrameBytes } = this.#limits;
    if (bodyBytes > maxBodyBytes) throw FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', maxBodyBytes);
    if (headBytes + bodyBytes > maxFrameBytes) {
      throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
    }
  }
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw FrameError.of('STOMP_FRAME_BAD_UTF8');
    throw error;
  }
}

function contentLengthOf(headers: FrameHeaders): number | undefined {
  const value = headers.get('content-length');
  if (value === undefined) return undefined;
  if (!/^\s*\d{1,15}\s*$/.test(value)) throw FrameError.of('STOMP_FRAME_BAD_CONTENT_LENGTH', value);
  return Number(value);
}
