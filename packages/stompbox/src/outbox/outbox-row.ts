/** A row of the outbox, as it is written and read. */
import type { HeaderValue } from '../message/message-options.js';
import type { SqlRow, SqlValue } from '../sql/sql-executor.js';
import { bytesIn, numberIn, optionalTextIn, textIn } from '../sql/sql-row.js';
import type { OutboxMessage } from './outbox-message.js';

export interface OutboxRow {
  /** Its place in the order. */
  readonly seq: number;
  readonly id: string;
  readonly destination: string;
  readonly orderKey: string | undefined;
  /** Attempts that have failed. */
  readonly attempts: number;
  /** How long ago it was put in. */
  readonly waitedMs: number;
  /** @throws when the row was not written by an outbox */
  message(): OutboxMessage;
}

export const MESSAGE_COLUMNS =
  'id, destination, body_text, body_bytes, body_type, headers, order_key';

/** In the order of `MESSAGE_COLUMNS`. */
export function messageValues(message: OutboxMessage): readonly SqlValue[] {
  const { id, destination, body, bodyType, headers, orderKey } = message;
  const [text, bytes] = typeof body === 'string' ? [body, null] : [null, body];
  return [id, destination, text, bytes, bodyType, JSON.stringify(headers), orderKey ?? null];
}

/** @param row with the columns of a message, `seq`, `attempts` and `waited_ms` */
export function readRow(row: SqlRow): OutboxRow {
  const id = textIn(row, 'id');
  const destination = textIn(row, 'destination');
  const orderKey = optionalTextIn(row, 'order_key');
  return {
    seq: numberIn(row, 'seq'),
    id,
    destination,
    orderKey,
    attempts: numberIn(row, 'attempts'),
    waitedMs: Math.max(0, numberIn(row, 'waited_ms')),
    message: () => ({
      id,
      destination,
      orderKey,
      body: optionalTextIn(row, 'body_text') ?? bytesIn(row, 'body_bytes'),
      bodyType: textIn(row, 'body_type') === 'bytes' ? 'bytes' : 'text',
      headers: JSON.parse(textIn(row, 'headers')) as Readonly<Record<string, HeaderValue>>,
    }),
  };
}
