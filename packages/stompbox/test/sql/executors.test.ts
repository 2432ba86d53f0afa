/** The executors over SQLite, with the real libraries where they can be had without a server. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import {
  type DrizzleTag,
  drizzleExecutor,
  type PrismaClientLike,
  prismaExecutor,
  type SqliteDatabase,
  sqlExecutor,
} from 'stompbox/outbox';
import { byStatements, executorSuite } from './executor-suite.js';
import { type Kysely, kysely, sql } from './postgres.js';
import { memorySqlite, type Sqlite } from './sqlite.js';

const require = createRequire(import.meta.url);

executorSuite('libsql, with the API of better-sqlite3', async (t) => {
  const database = memorySqlite(t);
  return { database, transaction: byStatements(sqlExecutor(database), database) };
});

executorSuite('kysely over SQLite', async (t) => {
  const database: Kysely = new kysely.Kysely({
    dialect: new kysely.SqliteDialect({ database: memorySqlite(t) }),
    // It would rename our columns.
    plugins: [new kysely.CamelCasePlugin()],
  });
  return { database, transaction: (work) => database.transaction().execute(work) };
});

/** drizzle's own database over better-sqlite3, without the package, whose API libsql has. */
function drizzleSqlite(client: Sqlite): { all(query: object): unknown } {
  const { BetterSQLiteSession } = require('drizzle-orm/better-sqlite3/session');
  const { BaseSQLiteDatabase, SQLiteSyncDialect } = require('drizzle-orm/sqlite-core');
  const dialect = new SQLiteSyncDialect();
  return new BaseSQLiteDatabase('sync', dialect, new BetterSQLiteSession(client, dialect));
}

executorSuite('drizzle over SQLite', async (t) => {
  const database = drizzleExecutor(drizzleSqlite(memorySqlite(t)), sql);
  return { database, transaction: byStatements(database) };
});

/** What prisma's client does with raw statements; the real one needs an engine of its own. */
function prismaLike(database: Sqlite): PrismaClientLike {
  return {
    $queryRawUnsafe: async (text, ...values) => {
      const statement = database.prepare(text);
      assert.equal(statement.reader, true, 'prisma reads rows here');
      return statement.all(values);
    },
    $executeRawUnsafe: async (text, ...values) => {
      const statement = database.prepare(text);
      assert.equal(statement.reader, false, 'prisma counts rows here');
      statement.run(values);
      return 0;
    },
  };
}

executorSuite('prisma, its shape only', async (t) => {
  const database = prismaExecutor(prismaLike(memorySqlite(t)), 'sqlite');
  return { database, transaction: byStatements(database) };
});

/** Of Node itself, from 22.13 without a flag. */
function nodeSqlite(): (new (path: string) => SqliteDatabase & { close(): void }) | undefined {
  try {
    return require('node:sqlite').DatabaseSync;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ERR_UNKNOWN_BUILTIN_MODULE');
    return undefined;
  }
}

const DatabaseSync = nodeSqlite();
if (DatabaseSync !== undefined) {
  executorSuite('node:sqlite', async (t) => {
    const database = new DatabaseSync(':memory:');
    t.after(() => database.close());
    return { database, transaction: byStatements(sqlExecutor(database), database) };
  });
}

describe('an executor', () => {
  test('binds the values of node:sqlite one by one, those of the others as a list', () => {
    const bound: unknown[][] = [];
    const statement = {
      all: (...values: readonly unknown[]) => {
        bound.push([...values]);
        return [];
      },
      run: () => undefined,
    };
    const native = { prepare: () => statement, exec: () => undefined };
    sqlExecutor(native).query('SELECT ?, ?', [1, 2]);
    sqlExecutor({ ...native, pragma: () => undefined } as SqliteDatabase).query('SELECT ?', [1]);
    assert.deepEqual(bound, [[1, 2], [[1]]]);
  });

  test('knows of a transaction where the library tells it', (t) => {
    const database = memorySqlite(t);
    const executor = sqlExecutor(database);
    assert.equal(executor.isInTransaction?.(), false);
    database.exec('BEGIN');
    assert.equal(executor.isInTransaction?.(), true);
    database.exec('ROLLBACK');
    const native: SqliteDatabase = {
      prepare: database.prepare.bind(database),
      exec: () => undefined,
      isTransaction: true,
    };
    assert.equal(sqlExecutor(native).isInTransaction?.(), true);
  });

  test('of kysely is refused for a database that is neither PostgreSQL nor SQLite', () => {
    class MysqlAdapter {}
    const mysql = {
      executeQuery: async () => ({ rows: [] }),
      withoutPlugins: () => mysql,
      getExecutor: () => ({ adapter: new MysqlAdapter() }),
    };
    assert.throws(() => sqlExecutor(mysql as unknown as Kysely), /MysqlAdapter is neither/);
  });

  test('of drizzle takes rows in either of its shapes', async () => {
    const tag: DrizzleTag<unknown[]> = (strings, ...values) => [[...strings], values];
    const asked: unknown[] = [];
    for (const shape of [(rows: unknown[]) => rows, (rows: unknown[]) => ({ rows })]) {
      const database = {
        execute: async (query: unknown[]) => {
          asked.push(query);
          return shape([{ n: 1 }]);
        },
      };
      const rows = await drizzleExecutor(database, tag).query('SELECT $1, $2 x', [7, null]);
      assert.deepEqual(rows, [{ n: 1 }]);
    }
    assert.deepEqual(asked[0], [
      ['SELECT ', ', ', ' x'],
      [7, null],
    ]);
  });
});
