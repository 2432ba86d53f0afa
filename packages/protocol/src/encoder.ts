/**
 * Frames to bytes. The head (command, headers, empty line) is built as one string, because one
 * UTF-8 conversion of 200 characters is much cheaper than ten of 20.
 */
import { EMPTY_BYTES, encodeUtf8 } from './bytes.js';
import { FrameError } from './errors.js';
import { escapeHeader, escapeHeader10 } from './escape.js';
import { type Command, isNeverEscaped } from './frame.js';
import { FrameHeaders } from './headers.js';
import type { StompVersion } from './version.js';

const NUL = 0;
const LF = 10;
const CR = 13;
const COLON = 58;
const BACKSLASH = 92;

/** Anything that lists header names and values: `FrameHeaders`, a `Map`, an array of pairs. */
export type HeaderEntries = Iterable<readonly [name: string, value: string]>;

export interface EncodableFrame {
  readonly command: Command;
  readonly headers: HeaderEntries;
  readonly body?: Uint8Array;
}

/** One header line, escaped as the version demands, with its line feed. */
export function encodeHeaderLine(name: string, value: string, version: StompVersion): string {
  if (isPlain(name) && isPlain(value)) return `${name}:${value}\n`;
  const line =
    version === '1.0'
      ? `${escapeHeader10(name, true)}:${escapeHeader10(value, false)}\n`
      : `${escapeHeader(name, version)}:${escapeHeader(value, version)}\n`;
  if (line.includes('\0')) throw FrameError.of('STOMP_FRAME_NUL_IN_HEADER');
  return line;
}

/** From this length on the start of a regular expression pays. */
const LONG_TEXT = 64;

/** True when no version has anything to escape or to refuse in a header text. */
function isPlain(text: string): boolean {
  const { length } = text;
  if (length >= LONG_TEXT) return !/[\0\n\r:\\]/.test(text);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    // Letters first: nearly all are above the backslash.
    if (code > BACKSLASH) continue;
    if (code === BACKSLASH || code === COLON) return false;
    if (code <= CR && (code === LF || code === CR || code === NUL)) return false;
  }
  return true;
}

/** Command, headers and the empty line, as text. */
export function encodeHead(
  command: Command,
  headers: HeaderEntries,
  version: StompVersion,
): string {
  const rules = isNeverEscaped(command) ? '1.0' : version;
  let head = `${command}\n`;
  if (headers instanceof FrameHeaders) {
    const { flat } = headers;
    for (let index = 0; index < flat.length; index += 2) {
      head += encodeNamedLine(flat[index] as string, flat[index + 1] as string, rules);
    }
  } else for (const [name, value] of headers) head += encodeNamedLine(name, value, rules);
  return `${head}\n`;
}

function encodeNamedLine(name: string, value: string, version: StompVersion): string {
  if (name === '') throw FrameError.of('STOMP_FRAME_EMPTY_HEADER_NAME');
  return encodeHeaderLine(name, value, version);
}

/**
 * A whole frame: head, body, NUL and the line feed that ActiveMQ writes after each frame. It adds
 * no header: whether a body travels with a content-length decides its JMS type and is the caller's.
 *
 * @throws FrameError `STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH` for a body with NUL and no content-length.
 */
export function encodeFrame(frame: EncodableFrame, version: StompVersion): Uint8Array {
  const head = encodeUtf8(encodeHead(frame.command, frame.headers, version));
  const body = frame.body ?? EMPTY_BYTES;
  if (body.includes(0) && !hasContentLength(frame.headers)) {
    throw FrameError.of('STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH');
  }
  const bytes = new Uint8Array(head.length + body.length + 2);
  bytes.set(head, 0);
  bytes.set(body, head.length);
  bytes[bytes.length - 1] = LF;
  return bytes;
}

function hasContentLength(headers: HeaderEntries): boolean {
  for (const [name] of headers) if (name === 'content-length') return true;
  return false;
}
