/**
 * better-sqlite3, libsql and node:sqlite, whose APIs are alike: a statement is prepared, and asked for
 * its rows or run. The two that are not Node's own take the values as one list.
 */
import type { SqlExecutor, SqlRow } from './sql-executor.js';

export interface SqliteStatement {
  all(...values: readonly unknown[]): readonly unknown[];
  run(...values: readonly unknown[]): unknown;
  /** False when it gives no rows; unknown to node:sqlite, where `all` may run anything. */
  readonly reader?: boolean;
}

export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  /** Of better-sqlite3 and libsql. */
  readonly inTransaction?: boolean;
  /** Of node:sqlite. */
  readonly isTransaction?: boolean;
}

export function isSqliteDatabase(value: object): value is SqliteDatabase {
  return (
    'prepare' in value &&
    typeof value.prepare === 'function' &&
    'exec' in value &&
    typeof value.exec === 'function'
  );
}

export function sqliteExecutor(database: SqliteDatabase): SqlExecutor {
  const takesList = 'pragma' in database;
  const executor: SqlExecutor = {
    dialect: 'sqlite',
    query(sql, values) {
      const statement = database.prepare(sql);
      const bound = takesList ? [values] : values;
      if (statement.reader !== false) return statement.all(...bound) as readonly SqlRow[];
      statement.run(...bound);
      return [];
    },
  };
  const knowsTransactions = 'inTransaction' in database || 'isTransaction' in database;
  if (!knowsTransactions) return executor;
  const isInTransaction = () => database.inTransaction ?? database.isTransaction ?? false;
  return { ...executor, isInTransaction };
}
