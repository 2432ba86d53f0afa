/** What is settled about an outbox when it is made, and about a message when it is put in. */
import type { TraceContextSource } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import type { MessageOptions } from '../message/message-options.js';
import { aBoolean, expected, parseOptions } from '../options.js';
import { checkTableName } from '../sql/sql-text.js';

/**
 * Which messages keep their order: those of one group (`groupId`) of a destination, all of a
 * destination, or none.
 */
export type OutboxOrder = 'group' | 'destination' | 'none';

export interface OutboxOptions {
  /** `stompbox_outbox` unless it is named; `schema.table` is possible. */
  readonly table?: string | undefined;
  /** Default `group`. Decided when a message is put in. */
  readonly order?: OutboxOrder | undefined;
  /**
   * PostgreSQL only: a commit with messages notifies the relays that listen (`pgWakeUp`). It costs every
   * such commit a lock that the whole server shares. Default false.
   */
  readonly notify?: boolean | undefined;
  /**
   * Gives the trace of what is going on now; asked for each message that is put in, which then carries
   * it in the headers `traceparent` and `tracestate`. Default: none, and the trace ends at the outbox.
   */
  readonly traceContext?: TraceContextSource | undefined;
}

export interface OutboxPorts {
  /** Milliseconds since the epoch, for all times in the table. Default: the database's clock. */
  readonly now?: () => number;
  /** Makes the id of a message. Default: a random UUID. */
  readonly newId?: () => string;
}

export interface ResolvedOutbox {
  readonly table: string;
  readonly order: OutboxOrder;
  readonly notify: boolean;
  readonly traceContext: TraceContextSource | undefined;
}

/** All but what is said to a wait: the relay waits as long as it takes. */
export interface OutboxMessageOptions extends Omit<MessageOptions, 'timeoutMs' | 'signal'> {
  /** Messages of one key keep their order, whatever their group and destination. Default: by `order`. */
  readonly orderKey?: string | undefined;
}

const ORDERS: readonly OutboxOrder[] = ['group', 'destination', 'none'];

const outboxOptions = v.strictObject({
  table: v.optional(expected<string>('the name of a table', (value) => typeof value === 'string')),
  order: v.optional(
    expected<OutboxOrder>("'group', 'destination' or 'none'", (value) =>
      ORDERS.some((order) => order === value),
    ),
  ),
  notify: v.optional(aBoolean),
  traceContext: v.optional(
    expected<TraceContextSource>('a function', (value) => typeof value === 'function'),
  ),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveOutboxOptions(raw: OutboxOptions): ResolvedOutbox {
  const given = parseOptions(outboxOptions, raw, {
    describe: (key) =>
      key === '' ? 'The options of createOutbox()' : `The option ${key} of createOutbox()`,
    aliases: { tableName: 'table', ordering: 'order' },
  });
  const table = checkTableName(given.table ?? 'stompbox_outbox', 'The option table');
  const { order = 'group', notify = false, traceContext } = given;
  return { table, order, notify, traceContext };
}

/**
 * What a message says to the outbox itself, and what it says to the broker.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function splitMessageOptions(raw: OutboxMessageOptions): {
  readonly orderKey: string | undefined;
  readonly message: MessageOptions;
} {
  const { orderKey, ...message } = raw;
  for (const name of ['timeoutMs', 'signal']) {
    if (Reflect.get(message, name) === undefined) continue;
    throw refusal(`${name} has no meaning here, because the message is sent later: leave it out`);
  }
  if (orderKey === undefined || (typeof orderKey === 'string' && orderKey.trim() !== '')) {
    return { orderKey, message };
  }
  throw refusal('orderKey must be a text that is not empty');
}

function refusal(why: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `The option ${why}`);
}
