/**
 * What stands for the protocol's decoder in browsers: the same frames and the same errors in a fifth
 * of the bytes. It joins what has arrived and reads it as text, where the other one looks at bytes
 * once; a page receives less than a server, and loads its code more often.
 *
 * Of the limits it keeps those that bound memory: of bodies and of frames, heads included.
 */
import {
  DEFAULT_LIMITS,
  type Frame,
  type FrameDecoderOptions,
  FrameError,
  FrameHeaders,
  type FrameLimits,
  joinBytes,
  mayHaveBody,
  SERVER_COMMANDS,
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
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
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

  #keep(bytes: Uint8Array, neededBytes: number): undefined {
    this.#pieces = [bytes];
    this.#heldBytes = bytes.length;
    this.#neededBytes = neededBytes;
  }

  #read(): Frame | undefined {
    const held = joinBytes(this.#pieces, this.#heldBytes);
    let begin = 0;
    // Line ends between frames are heart-beats; ActiveMQ also tolerates repeated NULs there.
    while (held[begin] === LF || held[begin] === CR || held[begin] === NUL) begin++;
    const bytes = held.subarray(begin);
    const headEnd = endOfHead(bytes);
    const { maxBodyBytes, maxFrameBytes } = this.#limits;
    const head = bytes.subarray(0, headEnd);
    if (head.length > maxFrameBytes) throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
    if (head.includes(NUL)) throw FrameError.of('STOMP_FRAME_NUL_IN_HEADER');
    if (headEnd === undefined) return this.#keep(bytes, bytes.length + 1);
    const { command, headers } = this.#parseHead(head);
    const length = mayHaveBody(command) ? contentLengthOf(headers) : undefined;
    const nul = length === undefined ? bytes.indexOf(NUL, headEnd) : headEnd + length;
    const end = nul < 0 ? bytes.length : nul;
    if (end - headEnd > maxBodyBytes) {
      throw FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', maxBodyBytes);
    }
    if (end > maxFrameBytes) throw FrameError.of('STOMP_FRAME_TOO_LARGE', maxFrameBytes);
    if (nul < 0 || nul >= bytes.length) return this.#keep(bytes, end + 1);
    if (bytes[nul] !== NUL) throw FrameError.of('STOMP_FRAME_MISSING_NUL', length as number);
    this.#keep(bytes.subarray(nul + 1), 0);
    return { command, headers, body: bytes.subarray(headEnd, nul) };
  }

  #parseHead(bytes: Uint8Array) {
    const [first = '', ...lines] = decode(bytes).split('\n').slice(0, -2);
    const name = withoutCr(first);
    const command = SERVER_COMMANDS.find((known) => known === name);
    if (command === undefined) throw FrameError.of('STOMP_FRAME_UNKNOWN_COMMAND', name);
    // STOMP 1.2, "Value Encoding": CONNECTED is not escaped, for clients of 1.0.
    const isPlain = command === 'CONNECTED';
    const { version } = this;
    const plain = (text: string) =>
      isPlain ? text : unescapeHeader(text, version, this.#options.undefinedEscapes);
    const flat = lines.flatMap((line) => {
      const colon = line.indexOf(':');
      if (colon < 0) throw FrameError.of('STOMP_FRAME_HEADER_WITHOUT_COLON', line);
      if (colon === 0) throw FrameError.of('STOMP_FRAME_EMPTY_HEADER_NAME');
      const value = line.slice(colon + 1);
      const isOld = version === '1.0' && !isPlain;
      const isRaw = version === '1.1' && !isPlain;
      const text = isOld ? value.trim() : isRaw ? value : withoutCr(value);
      return [plain(line.slice(0, colon)), plain(text)];
    });
    return { command, headers: new FrameHeaders(flat) };
  }
}

/** Behind the empty line, if it is there already. */
function endOfHead(bytes: Uint8Array): number | undefined {
  for (let start = 0; ; ) {
    const end = bytes.indexOf(LF, start) + 1;
    if (end === 0) return undefined;
    const length = end - start;
    if (length === 1 || (length === 2 && bytes[start] === CR)) return end;
    start = end;
  }
}

function withoutCr(line: string): string {
  return line.replace(/\r$/, '');
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw FrameError.of('STOMP_FRAME_BAD_UTF8');
  }
}

function contentLengthOf(headers: FrameHeaders): number | undefined {
  const value = headers.get('content-length');
  if (value === undefined || /^\s*\d{1,15}\s*$/.test(value))
    return value === undefined ? value : Number(value);
  throw FrameError.of('STOMP_FRAME_BAD_CONTENT_LENGTH', value);
}
