/**
 * Frames on their way out: to the text or the bytes of one message of a socket.
 *
 * - Headers travel as they are given, except that content-length is the one that fits the body.
 * - A text stays a text, so that it becomes a text message; bytes become a binary one.
 */
import {
  type ClientCommand,
  encodeHead,
  encodeUtf8,
  FrameError,
  joinBytes,
  type StompVersion,
  utf8Length,
} from '@stompbox/protocol';

type HeaderPair = [name: string, value: string];

export interface OutgoingFrame {
  readonly command: ClientCommand;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: string | Uint8Array | undefined;
  readonly skipContentLengthHeader?: boolean | undefined;
}

export interface EncodedFrame {
  readonly data: string | Uint8Array;
  /** Command and headers for logs, without the passcode. */
  readonly shown: string;
}

const NUL = new Uint8Array(1);

/** @throws FrameError for a header or a body that cannot travel; nothing is sent then */
export function encodeOutgoing(frame: OutgoingFrame, version: StompVersion): EncodedFrame {
  const { command, body = '' } = frame;
  const headers = headersOf(frame);
  const head = encodeHead(command, headers, version);
  const shown = headers.some(([name]) => name === 'passcode')
    ? encodeHead(command, headers.map(masked), version)
    : head;
  if (typeof body === 'string') return { data: `${head}${body}\0`, shown };
  const bytes = encodeUtf8(head);
  const parts = [bytes, body, NUL];
  return { data: joinBytes(parts, bytes.length + body.length + NUL.length), shown };
}

function headersOf(frame: OutgoingFrame): HeaderPair[] {
  const { command, body = '', skipContentLengthHeader = false } = frame;
  const pairs: HeaderPair[] = [];
  for (const [name, value] of Object.entries(frame.headers)) {
    if (value === undefined || value === null || name === 'content-length') continue;
    pairs.push([name, String(value)]);
  }
  if (typeof body !== 'string') pairs.push(['content-length', String(body.length)]);
  else if (skipContentLengthHeader) {
    if (body.includes('\0')) throw FrameError.of('STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH');
  } else if (command === 'SEND' && body !== '') {
    pairs.push(['content-length', String(utf8Length(body))]);
  }
  return pairs;
}

function masked([name, value]: HeaderPair): HeaderPair {
  return [name, name === 'passcode' ? '***' : value];
}

/** Pieces of at most so many characters; a character that takes two is never cut. */
export function* pieces(text: string, maxLength: number): Generator<string> {
  const length = Math.max(2, Math.floor(maxLength));
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + length, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    yield text.slice(start, end);
    start = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
