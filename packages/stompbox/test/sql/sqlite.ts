/** SQLite for tests, by libsql, whose API is that of better-sqlite3. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SqliteDatabase } from 'stompbox/outbox';
import { temporaryFolder } from '../support/temporary-folder.js';

export interface Sqlite extends SqliteDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): {
    readonly reader: boolean;
    all(...values: readonly unknown[]): Record<string, unknown>[];
    get(...values: readonly unknown[]): Record<string, unknown> | undefined;
    run(...values: readonly unknown[]): unknown;
  };
  transaction<A extends readonly unknown[], R>(work: (...args: A) => R): (...args: A) => R;
  close(): void;
}

const Database = createRequire(import.meta.url)('libsql') as new (
  path: string,
  options?: { readonly timeout: number },
) => Sqlite;

/** Opens a file as a process that shares it with others should. */
export function openSqlite(path: string): Sqlite {
  const database = new Database(path, { timeout: 10_000 });
  if (path !== ':memory:') database.exec('PRAGMA journal_mode = WAL');
  return database;
}

export function memorySqlite(context: Pick<TestContext, 'after'>): Sqlite {
  const database = openSqlite(':memory:');
  context.after(() => database.close());
  return database;
}

/** A file, gone afterwards, and a first connection to it. */
export function fileSqlite(context: Pick<TestContext, 'after'>): {
  readonly path: string;
  readonly database: Sqlite;
} {
  const path = join(temporaryFolder(context), 'test.db');
  const database = openSqlite(path);
  context.after(() => database.close());
  return { path, database };
}
