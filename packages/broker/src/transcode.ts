/**
 * A stored message for a consumer that speaks 1.0 or 1.1: only needed when a header holds an escape
 * sequence, which those versions know less of. Slow, and rare.
 */
import {
  encodeHeaderLine,
  FrameDecoder,
  type FrameHeaders,
  type StompVersion,
} from '@stompbox/protocol';
import { type Message, WIRE_OFFSET } from './message.js';

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

/** True when the stored wire part is not what this version reads. */
export function needsTranscoding(message: Message, version: StompVersion): boolean {
  if (version === '1.2') return false;
  return version === '1.1' ? message.hasEscapedCr : message.isEscaped;
}

/** The wire part of a message, escaped as a version demands. */
export function wireFor(message: Message, version: StompVersion): Buffer {
  const { headers, body } = decodeMessage(message);
  let head = '';
  for (const [name, value] of headers) head += encodeHeaderLine(name, value, version);
  return Buffer.concat([Buffer.from(`${head}\n`, 'utf8'), body, Buffer.of(0, 10)]);
}
