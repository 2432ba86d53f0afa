/**
 * The database as this service needs it. It is an `SqlExecutor`, so outbox and idempotency work with it,
 * and adds transactions, which both libraries begin in their own ways.
 *
 * SQL of this service has the placeholders `$1`, `$2` … in their order, which both databases understand.
 */
import type { SqlExecutor } from 'stompbox/outbox';
import { PostgresDatabase } from './postgres-database.js';
import { SqliteDatabase } from './sqlite-database.js';

export interface Database extends SqlExecutor {
  /**
   * Commits when `work` resolves, rolls back when it rejects. Inside, use `tx` alone: the database
   * itself may be waiting for this transaction to end.
   */
  transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param url of PostgreSQL; undefined: SQLite in `file` */
export function openDatabase(url: string | undefined, file: string): Database {
  return url === undefined ? SqliteDatabase.open(file) : new PostgresDatabase(url);
}
