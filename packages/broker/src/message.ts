/**
 * A message inside the broker, encoded once when it arrives: the same bytes are stored, and sent to
 * every consumer behind a few header lines of the delivery.
 *
 *   record:  crc32 u32 │ format u8 │ flags u8 │ reserved u16 │ wire
 *   wire:    message-id:… LF  destination:… LF  …headers… LF LF body NUL LF      (STOMP 1.2 escapes)
 *
 * The checksum covers all that follows it. It is filled in only when the message goes to disk.
 */
import { crc32 } from 'node:zlib';

const FORMAT_OFFSET = 4;
const FLAGS_OFFSET = 5;
export const WIRE_OFFSET = 8;
const RECORD_FORMAT = 1;
const FLAG_PERSISTENT = 1;
const FLAG_ESCAPED = 2;
const FLAG_ESCAPED_CR = 4;
const MESSAGE_ID_OFFSET = WIRE_OFFSET + 'message-id:'.length;

export interface Message {
  readonly id: string;
  /** See the layout above; whoever only sends it starts at `WIRE_OFFSET`. */
  readonly record: Buffer;
  readonly isPersistent: boolean;
  /** Some header holds an escape sequence, so 1.0 consumers need another encoding. */
  readonly isEscaped: boolean;
  /** Some header holds an escaped CR, which 1.1 does not know either. */
  readonly hasEscapedCr: boolean;
}

export interface MessageDraft {
  readonly id: string;
  readonly isPersistent: boolean;
  /** Header lines after message-id, escaped for 1.2, each with its line feed. */
  readonly headerLines: string;
  readonly body: Uint8Array;
}

export function createMessage(draft: MessageDraft): Message {
  const head = `message-id:${draft.id}\n${draft.headerLines}\n`;
  const headBytes = Buffer.byteLength(head);
  const bodyOffset = WIRE_OFFSET + headBytes;
  const record = Buffer.allocUnsafe(bodyOffset + draft.body.length + 2);
  const isEscaped = draft.headerLines.includes('\\');
  const hasEscapedCr = isEscaped && draft.headerLines.includes('\\r');
  record.fill(0, 0, WIRE_OFFSET);
  record[FORMAT_OFFSET] = RECORD_FORMAT;
  record[FLAGS_OFFSET] =
    (draft.isPersistent ? FLAG_PERSISTENT : 0) |
    (isEscaped ? FLAG_ESCAPED : 0) |
    (hasEscapedCr ? FLAG_ESCAPED_CR : 0);
  if (headBytes === head.length) record.write(head, WIRE_OFFSET, headBytes, 'latin1');
  else record.write(head, WIRE_OFFSET, headBytes, 'utf8');
  record.set(draft.body, bodyOffset);
  record[record.length - 2] = 0;
  record[record.length - 1] = 10;
  return { id: draft.id, record, isPersistent: draft.isPersistent, isEscaped, hasEscapedCr };
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
  const flags = record[FLAGS_OFFSET] as number;
  const idEnd = record.indexOf(10, MESSAGE_ID_OFFSET);
  return {
    id: record.toString('latin1', MESSAGE_ID_OFFSET, idEnd),
    record,
    isPersistent: (flags & FLAG_PERSISTENT) !== 0,
    isEscaped: (flags & FLAG_ESCAPED) !== 0,
    hasEscapedCr: (flags & FLAG_ESCAPED_CR) !== 0,
  };
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(FORMAT_OFFSET));
}
