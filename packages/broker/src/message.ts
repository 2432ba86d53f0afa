/**
 * A message inside the broker, encoded once when it arrives: the same bytes are stored, and sent to
 * every consumer behind a few header lines of the delivery.
 *
 *   record:  crc32 u32 │ format u8 │ traits u8 │ priority u8 │ 0 u8 │ wire
 *   wire:    message-id:… LF  destination:… LF  …headers… LF LF body NUL LF      (STOMP 1.2 escapes)
 *
 * The checksum covers all that follows it. It is filled in only when the message goes to disk. What the
 * broker asks of every message stands in the first bytes; the rest it reads from the headers when a
 * trait says that there is something to read.
 */
import { crc32 } from 'node:zlib';
import { escapeHeader, unescapeHeader } from '@stompbox/protocol';

const FORMAT_OFFSET = 4;
const TRAITS_OFFSET = 5;
const PRIORITY_OFFSET = 6;
export const WIRE_OFFSET = 8;
const RECORD_FORMAT = 1;
const MESSAGE_ID_OFFSET = WIRE_OFFSET + 'message-id:'.length;

/** JMS' priority of a message that says nothing else. In the record it stands as 0. */
export const DEFAULT_PRIORITY = 4;

const LF = 10;
const END_OF_HEAD = Buffer.from('\n\n');

/** What is special about a message; bits of the record. */
export const TRAITS = {
  persistent: 1,
  /** Some header holds an escape sequence, so 1.0 consumers need another encoding. */
  escaped: 2,
  /** Some header holds an escaped CR, which 1.1 does not know either. */
  escapedCr: 4,
  /** It has an expiry. */
  expires: 8,
  /** It belongs to a message group. */
  grouped: 16,
  /** It refers to a blob of this broker. */
  blob: 32,
  /** Its reply-to is a temporary destination, which its owner knows by another name. */
  temporaryReplyTo: 64,
  /** It has a `transformation` header: a map, an object or a stream. */
  transformed: 128,
} as const;

export interface MessageDraft {
  readonly id: string;
  /** Of `TRAITS`; those of escaping are found out. */
  readonly traits: number;
  /** 0 to 9. */
  readonly priority: number;
  /** Header lines after message-id, the `destination` line first, escaped for 1.2, each with its line feed. */
  readonly headerLines: string;
  readonly body: Uint8Array;
}

export class Message {
  readonly id: string;
  /** See the layout above; whoever only sends it starts at `WIRE_OFFSET`. */
  readonly record: Buffer;

  constructor(id: string, record: Buffer) {
    this.id = id;
    this.record = record;
  }

  get traits(): number {
    return this.record[TRAITS_OFFSET] as number;
  }

  get isPersistent(): boolean {
    return this.has(TRAITS.persistent);
  }

  /** 0 to 9, 9 first. */
  get priority(): number {
    return (this.record[PRIORITY_OFFSET] as number) ^ DEFAULT_PRIORITY;
  }

  /** ms since 1970; 0: never. */
  get expiresAtMs(): number {
    return this.has(TRAITS.expires) ? Number(this.get('expires')) : 0;
  }

  has(trait: number): boolean {
    return (this.traits & trait) !== 0;
  }

  /** The value of the first header of this name, without decoding the others. */
  get(name: string): string | undefined {
    const { record } = this;
    const line = `\n${escapeHeader(name, '1.2')}:`;
    // The line of the message-id has none before it, and never is what is asked for.
    const head = record.subarray(WIRE_OFFSET, headEnd(record));
    const start = head.indexOf(line, 0, 'utf8');
    if (start === -1) return undefined;
    const from = start + Buffer.byteLength(line);
    const to = head.indexOf(LF, from);
    const value = head.toString('utf8', from, to === -1 ? head.length : to);
    return value.includes('\\') ? unescapeHeader(value, '1.2') : value;
  }
}

export function createMessage(draft: MessageDraft): Message {
  const head = `message-id:${draft.id}\n${draft.headerLines}\n`;
  const headBytes = Buffer.byteLength(head);
  const bodyOffset = WIRE_OFFSET + headBytes;
  const record = Buffer.allocUnsafe(bodyOffset + draft.body.length + 2);
  let { traits } = draft;
  if (draft.headerLines.includes('\\')) {
    traits |= TRAITS.escaped;
    if (draft.headerLines.includes('\\r')) traits |= TRAITS.escapedCr;
  }
  record.fill(0, 0, WIRE_OFFSET);
  record[FORMAT_OFFSET] = RECORD_FORMAT;
  record[TRAITS_OFFSET] = traits;
  record[PRIORITY_OFFSET] = draft.priority ^ DEFAULT_PRIORITY;
  if (headBytes === head.length) record.write(head, WIRE_OFFSET, headBytes, 'latin1');
  else record.write(head, WIRE_OFFSET, headBytes, 'utf8');
  record.set(draft.body, bodyOffset);
  record[record.length - 2] = 0;
  record[record.length - 1] = LF;
  return new Message(draft.id, record);
}

/**
 * The same message for another destination: same id, headers and body.
 * @param destinationLines the `destination` line and what else is to stand before the other headers
 * @param replacedLines how many lines of the message they take the place of
 */
export function readdress(message: Message, destinationLines: string, replacedLines = 1): Message {
  const { record, id } = message;
  const afterId = record.indexOf(LF, MESSAGE_ID_OFFSET) + 1;
  let rest = afterId;
  for (let line = 0; line < replacedLines; line++) rest = record.indexOf(LF, rest) + 1;
  const lines = Buffer.from(destinationLines, 'utf8');
  const copy = Buffer.concat([record.subarray(0, afterId), lines, record.subarray(rest)]);
  if (destinationLines.includes('\\')) {
    copy[TRAITS_OFFSET] = (copy[TRAITS_OFFSET] as number) | TRAITS.escaped;
    if (destinationLines.includes('\\r')) {
      copy[TRAITS_OFFSET] = (copy[TRAITS_OFFSET] as number) | TRAITS.escapedCr;
    }
  }
  return new Message(id, copy);
}

/** Fills in the checksum, before the record goes to the store. */
export function sealRecord(message: Message): Buffer {
  message.record.writeUInt32LE(checksum(message.record), 0);
  return message.record;
}

/** The message of a stored record, or `undefined` when the record is damaged. */
export function openRecord(bytes: Uint8Array): Message | undefined {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (record.length <= MESSAGE_ID_OFFSET) return undefined;
  if (record.readUInt32LE(0) !== checksum(record)) return undefined;
  if (record[FORMAT_OFFSET] !== RECORD_FORMAT) return undefined;
  const idEnd = record.indexOf(LF, MESSAGE_ID_OFFSET);
  return new Message(record.toString('latin1', MESSAGE_ID_OFFSET, idEnd), record);
}

/** Where the last header line ends, its line feed included. */
function headEnd(record: Buffer): number {
  return record.indexOf(END_OF_HEAD, WIRE_OFFSET) + 1;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(FORMAT_OFFSET));
}
