/** What people and dashboards ask of an outbox, and what they decide about messages that have failed. */
import type { SqlRow, SqlValue } from '../sql/sql-executor.js';
import { numberIn, optionalNumberIn, optionalTextIn, textIn } from '../sql/sql-row.js';
import { onlyRow, type SqlTable } from '../sql/sql-table.js';
import { placeholders } from '../sql/sql-text.js';

export interface OutboxStatus {
  /** Messages that are still to be sent, those that relays have now among them. */
  readonly pendingCount: number;
  /** How long the oldest of these has waited; 0 without any. */
  readonly oldestPendingAgeMs: number;
  /** Messages that were given up, and wait for `retryFailed` or `discardFailed`. */
  readonly failedCount: number;
}

export interface FailedMessage {
  readonly id: string;
  readonly destination: string;
  readonly orderKey: string | undefined;
  readonly attempts: number;
  readonly error: string;
  /** When it was put in, and given up; ms since the epoch. */
  readonly createdAtMs: number;
  readonly failedAtMs: number;
}

export async function readStatus(table: SqlTable): Promise<OutboxStatus> {
  const pending = await onlyRow(
    table.run(`SELECT count(*) AS pending, :now - min(created_at_ms) AS age
FROM :table WHERE state = 'pending'`),
  );
  const failed = await onlyRow(
    table.run(`SELECT count(*) AS failed FROM :table WHERE state = 'failed'`),
  );
  return {
    pendingCount: numberIn(pending, 'pending'),
    oldestPendingAgeMs: Math.max(0, optionalNumberIn(pending, 'age') ?? 0),
    failedCount: numberIn(failed, 'failed'),
  };
}

/** The oldest first, at most `limit`. */
export async function readFailed(
  table: SqlTable,
  limit: number,
): Promise<readonly FailedMessage[]> {
  const rows = await table.run(
    `SELECT id, destination, order_key, attempts, error, created_at_ms, ended_at_ms
FROM :table WHERE state = 'failed' ORDER BY seq LIMIT ?`,
    [limit],
  );
  return rows.map(failedMessage);
}

function failedMessage(row: SqlRow): FailedMessage {
  return {
    id: textIn(row, 'id'),
    destination: textIn(row, 'destination'),
    orderKey: optionalTextIn(row, 'order_key'),
    attempts: numberIn(row, 'attempts'),
    error: optionalTextIn(row, 'error') ?? '',
    createdAtMs: numberIn(row, 'created_at_ms'),
    failedAtMs: numberIn(row, 'ended_at_ms'),
  };
}

/** Gives them all their attempts again; without ids, all that have failed. Resolves with how many. */
export async function retryFailed(
  table: SqlTable,
  ids: readonly string[] | undefined,
): Promise<number> {
  const [chosen, values] = choice(ids);
  const rows = await table.run(
    `UPDATE :table SET state = 'pending', attempts = 0, due_at_ms = :now, ended_at_ms = NULL
WHERE state = 'failed'${chosen} RETURNING id`,
    values,
  );
  return rows.length;
}

/** Deletes them. Resolves with how many. */
export async function discardFailed(table: SqlTable, ids: readonly string[]): Promise<number> {
  const [chosen, values] = choice(ids);
  const rows = await table.run(
    `DELETE FROM :table WHERE state = 'failed'${chosen} RETURNING id`,
    values,
  );
  return rows.length;
}

function choice(ids: readonly string[] | undefined): readonly [string, readonly SqlValue[]] {
  if (ids === undefined) return ['', []];
  // NULL is equal to nothing: an empty list chooses none.
  return [` AND id IN (${placeholders(ids.length) || 'NULL'})`, ids];
}
