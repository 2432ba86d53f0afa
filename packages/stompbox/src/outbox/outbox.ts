/**
 * A transactional outbox: a message is a row that commits together with what it tells about, and a
 * relay sends it afterwards. So neither is there without the other, whatever dies in between.
 *
 *     await outbox.send(tx, orders, order);      // in the application's own transaction
 *     const relay = startRelay(messaging, outbox);
 *
 * It begins no transaction, sends nothing itself (relay.ts), and needs no database library.
 */
import { randomUUID } from 'node:crypto';
import { OptionsError } from '@stompbox/protocol';
import { checkBodyNow } from '../destination/check-body.js';
import {
  type Destination,
  type DestinationLike,
  isDestination,
} from '../destination/destination.js';
import type { SqlDialect, SqlExecutor, SqlResult } from '../sql/sql-executor.js';
import { SqlTable } from '../sql/sql-table.js';
import { type SqlSource, toExecutor } from '../sql/to-executor.js';
import {
  discardFailed,
  type FailedMessage,
  type OutboxStatus,
  readFailed,
  readStatus,
  retryFailed,
} from './outbox-control.js';
import { type OutboxMessage, outboxMessage } from './outbox-message.js';
import {
  type OutboxMessageOptions,
  type OutboxOptions,
  type OutboxPorts,
  type ResolvedOutbox,
  resolveOutboxOptions,
} from './outbox-options.js';
import { MESSAGE_COLUMNS, messageValues } from './outbox-row.js';
import { outboxTable } from './outbox-table.js';

export interface Outbox {
  /** Of the table, for whoever reads or migrates it. */
  readonly tableName: string;
  /** The SQL that `migrate` runs, for migrations of one's own; each statement ends with a semicolon. */
  createTableSql(dialect: SqlDialect): string;
  /** Makes the table and its indexes, if they are not there. */
  migrate(): Promise<void>;
  /**
   * Puts a message in, by whatever transaction is given: it will be sent when that commits, and never
   * if it does not. Everything is checked now, as by `messaging.send`.
   *
   * @param tx a transaction of the application; with a pool or a plain connection the message is in at once
   * @returns the id, which travels as `dedup-id`
   * @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_SCHEMA`, `STOMP_OPT_INVALID`,
   *   `STOMP_OPT_UNKNOWN`; what the database throws.
   */
  send<In>(
    tx: SqlSource,
    destination: Destination<In, unknown>,
    body: In,
    options?: OutboxMessageOptions,
  ): Promise<string>;
  send(
    tx: SqlSource,
    destination: string,
    body: unknown,
    options?: OutboxMessageOptions,
  ): Promise<string>;
  /**
   * `send` for databases that answer at once, whose transactions are functions that must not wait:
   * better-sqlite3, libsql, node:sqlite. The schema must answer at once, too.
   */
  sendNow<In>(
    tx: SqlSource,
    destination: Destination<In, unknown>,
    body: In,
    options?: OutboxMessageOptions,
  ): string;
  sendNow(
    tx: SqlSource,
    destination: string,
    body: unknown,
    options?: OutboxMessageOptions,
  ): string;
  status(): Promise<OutboxStatus>;
  /** Messages that were given up, the oldest first. Default limit 100. */
  failedMessages(limit?: number): Promise<readonly FailedMessage[]>;
  /** Lets them be tried again as new ones; without ids, all. Resolves with how many. */
  retryFailed(ids?: readonly string[]): Promise<number>;
  /** Deletes messages that have failed. Resolves with how many. */
  discardFailed(ids: readonly string[]): Promise<number>;
}

/** The table behind an outbox that `createOutbox` made, for the relay. */
const tables = new WeakMap<Outbox, SqlTable>();

/** @throws OptionsError `STOMP_OPT_INVALID` when it is no outbox. */
export function tableOf(outbox: Outbox): SqlTable {
  const table = tables.get(outbox);
  if (table !== undefined) return table;
  throw new OptionsError('STOMP_OPT_INVALID', 'The outbox must be what createOutbox() has given');
}

/**
 * @param database what relays and dashboards work with: a pool, or a connection of its own
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function createOutbox(
  database: SqlSource,
  options: OutboxOptions = {},
  ports: OutboxPorts = {},
): Outbox {
  const resolved = resolveOutboxOptions(options);
  const table = new SqlTable(toExecutor(database), resolved.table, ports.now);
  const outbox = new SqlOutbox(table, resolved, ports);
  tables.set(outbox, table);
  return outbox;
}

class SqlOutbox implements Outbox {
  readonly #table: SqlTable;
  readonly #options: ResolvedOutbox;
  readonly #ports: Required<OutboxPorts>;

  constructor(table: SqlTable, options: ResolvedOutbox, ports: OutboxPorts) {
    this.#table = table;
    this.#options = options;
    this.#ports = { now: ports.now ?? Date.now, newId: ports.newId ?? randomUUID };
  }

  get tableName(): string {
    return this.#options.table;
  }

  createTableSql(dialect: SqlDialect): string {
    return outboxTable(this.#options.table, dialect)
      .map((statement) => `${statement};\n`)
      .join('');
  }

  async migrate(): Promise<void> {
    const { executor, name } = this.#table;
    await this.#table.create(outboxTable(name, executor.dialect));
  }

  async send(
    tx: SqlSource,
    to: DestinationLike,
    body: unknown,
    options: OutboxMessageOptions = {},
  ): Promise<string> {
    const executor = toExecutor(tx);
    const message = this.#prepare(to, body, options);
    const checked = isDestination(to) ? checkBodyNow(to, body) : undefined;
    if (checked instanceof Promise) {
      const wasInTransaction = executor.isInTransaction?.();
      await checked;
      // Otherwise the message would be in although the transaction may have been rolled back.
      if (wasInTransaction && !executor.isInTransaction?.()) throw transactionEnded();
    }
    await this.#insert(executor, message);
    return message.id;
  }

  sendNow(
    tx: SqlSource,
    to: DestinationLike,
    body: unknown,
    options: OutboxMessageOptions = {},
  ): string {
    const executor = toExecutor(tx);
    if (executor.dialect !== 'sqlite') throw notAtOnce('this database does not answer at once');
    const message = this.#prepare(to, body, options);
    const checked = isDestination(to) ? checkBodyNow(to, body) : undefined;
    if (checked instanceof Promise) {
      // Its answer comes too late; this refusal stands for it.
      checked.catch(() => undefined);
      throw notAtOnce(`the schema of ${message.destination} does not answer at once`);
    }
    if (!Array.isArray(this.#insert(executor, message))) {
      throw notAtOnce('this library for SQLite does not answer at once');
    }
    return message.id;
  }

  status(): Promise<OutboxStatus> {
    return readStatus(this.#table);
  }

  failedMessages(limit = 100): Promise<readonly FailedMessage[]> {
    return readFailed(this.#table, limit);
  }

  retryFailed(ids?: readonly string[]): Promise<number> {
    return retryFailed(this.#table, ids);
  }

  discardFailed(ids: readonly string[]): Promise<number> {
    return discardFailed(this.#table, ids);
  }

  #prepare(to: DestinationLike, body: unknown, options: OutboxMessageOptions): OutboxMessage {
    const { now, newId } = this.#ports;
    const { order, traceContext } = this.#options;
    const context = { order, id: newId(), nowMs: now(), trace: traceContext?.() };
    return outboxMessage(to, body, options, context);
  }

  #insert(executor: SqlExecutor, message: OutboxMessage): SqlResult {
    const values = messageValues(message);
    const insert = `INSERT INTO :table (${MESSAGE_COLUMNS}, state, attempts, due_at_ms, created_at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, :now, :now)`;
    const table = this.#table.within(executor);
    if (!this.#options.notify || executor.dialect !== 'postgres') return table.run(insert, values);
    // One statement, so that a transaction is not asked twice.
    const notify = `WITH put AS (${insert} RETURNING id) SELECT pg_notify(?, '') FROM put`;
    return table.run(notify, [...values, channelOf(this.#options.table)]);
  }
}

/** The channel of PostgreSQL on which a commit with messages is told. */
export function channelOf(tableName: string): string {
  return tableName.replaceAll('.', '_').toLowerCase();
}

function notAtOnce(why: string): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    `sendNow() is not possible, because ${why}: use await outbox.send() in a transaction that waits`,
  );
}

function transactionEnded(): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    'The transaction ended while outbox.send() was being prepared, so nothing was put in: await it ' +
      'inside the transaction; in a transaction that is a function, use outbox.sendNow()',
  );
}
