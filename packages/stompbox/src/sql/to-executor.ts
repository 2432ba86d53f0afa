/** Finds out what an application holds in its hand, without an import of any database library. */
import { OptionsError } from '@stompbox/protocol';
import { show } from '../options.js';
import { isKyselyDatabase, type KyselyDatabase, kyselyExecutor } from './kysely-executor.js';
import { isPgQueryable, type PgQueryable, pgExecutor } from './pg-executor.js';
import { isSqlExecutor, type SqlExecutor } from './sql-executor.js';
import { isSqliteDatabase, type SqliteDatabase, sqliteExecutor } from './sqlite-executor.js';

/**
 * A pool, client or transaction of pg or kysely, a database of better-sqlite3, libsql or
 * node:sqlite, or anything else by an executor: `drizzleExecutor(…)`, `prismaExecutor(…)`, one of your own.
 */
export type SqlSource = SqlExecutor | PgQueryable | SqliteDatabase | KyselyDatabase;

/** @throws OptionsError `STOMP_OPT_INVALID` when it is none of these. */
export function toExecutor(source: SqlSource): SqlExecutor {
  const value: unknown = source;
  if (isSqlExecutor(value)) return value;
  if (typeof value !== 'object' || value === null) throw refusal(show(value));
  if (isKyselyDatabase(value)) return kyselyExecutor(value);
  if (isSqliteDatabase(value)) return sqliteExecutor(value);
  if ('$queryRawUnsafe' in value) throw refusal('a prisma client: use prismaExecutor(client, …)');
  if ('execute' in value || 'all' in value) {
    throw refusal('a drizzle database: use drizzleExecutor(database, sql)');
  }
  if (isPgQueryable(value)) return pgExecutor(value);
  throw refusal(show(value));
}

function refusal(what: string): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    'The database must be one of pg, kysely, better-sqlite3, libsql or node:sqlite, or an ' +
      `SqlExecutor, not ${what}`,
  );
}
