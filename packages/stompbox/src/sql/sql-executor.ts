/**
 * The one thing that outbox and inbox need of a database: something that runs a statement. It may be a
 * pool, a connection or a transaction; a statement runs in whatever it is. It takes values for placeholders and
 * gives back rows; it builds no SQL and begins no transaction.
 */
export type SqlDialect = 'postgres' | 'sqlite';

export type SqlValue = string | number | null | Uint8Array;
/** By the name of the column. */
export type SqlRow = Readonly<Record<string, unknown>>;
/** At once from a database that answers at once (better-sqlite3, libsql, node:sqlite). */
export type SqlResult = readonly SqlRow[] | Promise<readonly SqlRow[]>;

export interface SqlExecutor {
  readonly dialect: SqlDialect;
  /**
   * Runs one statement.
   *
   * @param sql with the dialect's placeholders: `$1` for PostgreSQL, `?` for SQLite.
   */
  query(sql: string, values: readonly SqlValue[]): SqlResult;
  /** True while a transaction is open on it; missing where that cannot be known. */
  isInTransaction?(): boolean;
}

export function isSqlExecutor(value: unknown): value is SqlExecutor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'query' in value &&
    typeof value.query === 'function' &&
    'dialect' in value &&
    (value.dialect === 'postgres' || value.dialect === 'sqlite')
  );
}
