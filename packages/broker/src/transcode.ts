/**
 * A stored message for a consumer that is to get other bytes: one that speaks 1.0 or 1.1, when a header
 * holds an escape sequence, which those versions know less of; the owner of a temporary destination that
 * is named in `reply-to`. Slow, and rare.
 */
import {
  encodeHeaderLine,
  FrameDecoder,
  type FrameHeaders,
  type StompVersion,
} from '@stompbox/protocol';
import { shownReplyTo } from './destinations/reply-to.js';
import { type Message, TRAITS, WIRE_OFFSET } from './message.js';
import { transformFor } from './transformation/deliver.js';

const COMMAND_LINE = Buffer.from('MESSAGE\n');

/** Our own records may be as large as they were when they were taken. */
const NO_LIMITS = {
  maxHeaderLineBytes: Number.MAX_SAFE_INTEGER,
  maxHeaders: Number.MAX_SAFE_INTEGER,
  maxBodyBytes: Number.MAX_SAFE_INTEGER,
  maxFrameBytes: Number.MAX_SAFE_INTEGER,
};

export interface DecodedMessage {
  readonly headers: FrameHeaders;
  readonly body: Uint8Array;
}

/** Headers and body of a message. */
export function decodeMessage(message: Message): DecodedMessage {
  const decoder = new FrameDecoder(NO_LIMITS);
  decoder.version = '1.2';
  decoder.push(COMMAND_LINE);
  decoder.push(message.record.subarray(WIRE_OFFSET));
  const frame = decoder.next();
  if (frame === undefined) throw new TypeError(`message ${message.id} is not a whole frame`);
  return frame;
}

/** Who a message is written for. */
export interface Reader {
  readonly version: StompVersion;
  readonly connectionId: string;
  /** How its subscription wants maps and objects to be written. */
  readonly transformation: string | undefined;
}

/** True when the stored wire part is not what this reader is to get. */
export function needsTranscoding(message: Message, reader: Reader): boolean {
  const { traits } = message;
  if ((traits & SPECIAL) === 0 && reader.transformation === undefined) return false;
  if ((traits & TRAITS.temporaryReplyTo) !== 0) return true;
  if (reader.transformation !== undefined) return true;
  if (reader.version === '1.2') return false;
  return (traits & (reader.version === '1.1' ? TRAITS.escapedCr : TRAITS.escaped)) !== 0;
}

const SPECIAL = TRAITS.escaped | TRAITS.temporaryReplyTo | TRAITS.transformed;

/** The wire part of a message as this reader is to get it. */
export function wireFor(
  message: Message,
  { version, connectionId, transformation }: Reader,
): Buffer {
  const stored = decodeMessage(message);
  const { headers, body } =
    transformation === undefined ? stored : transformFor(stored, transformation);
  let head = '';
  for (const [name, value] of headers) {
    const shown = name === 'reply-to' ? shownReplyTo(value, connectionId) : value;
    head += encodeHeaderLine(name, shown, version);
  }
  return Buffer.concat([Buffer.from(`${head}\n`, 'utf8'), body, Buffer.of(0, 10)]);
}
