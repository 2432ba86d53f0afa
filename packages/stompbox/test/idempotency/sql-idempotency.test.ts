/** The store in SQLite, and the inbox in the application's own transaction. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionsError } from 'stompbox';
import { type SqlExecutor, sqlExecutor, sqlIdempotency } from 'stompbox/idempotency';
import { FakeClock } from '../outbox/fake-clock.js';
import { fileSqlite, memorySqlite, openSqlite } from '../sql/sqlite.js';
import { storeSuite } from './store-suite.js';

const TTL_MS = 100_000;

storeSuite('sqlIdempotency in memory, one connection', async (t) => {
  const database = memorySqlite(t);
  let nowMs = 1_000;
  const make = () => sqlIdempotency(database, { ttlMs: TTL_MS }, { now: () => nowMs });
  await make().migrate();
  return {
    ttlMs: TTL_MS,
    pass: (ms) => {
      nowMs += ms;
    },
    stores: (count) => Array.from({ length: count }, make),
  };
});

storeSuite('sqlIdempotency in a file, several connections and the real time', async (t) => {
  const { path, database } = fileSqlite(t);
  await sqlIdempotency(database).migrate();
  const ttlMs = 300;
  const open = () => {
    const connection = openSqlite(path);
    t.after(() => connection.close());
    return sqlIdempotency(connection, { ttlMs });
  };
  return { ttlMs, stores: (count) => Array.from({ length: count }, open) };
});

describe('the table', () => {
  test('is made by migrate or by its SQL, under the name that is given', async (t) => {
    const database = memorySqlite(t);
    const store = sqlIdempotency(database, { table: 'app_seen' });
    database.exec(store.createTableSql());
    await store.migrate();
    await store.begin('m1', 1_000);
    const rows = database.prepare('SELECT key, state FROM app_seen').all();
    assert.deepEqual(
      rows.map(({ key, state }) => [key, state]),
      [['m1', 'busy']],
    );
  });

  test('loses what has ended, now and then by itself', async (t) => {
    const database = memorySqlite(t);
    const clock = new FakeClock();
    const store = sqlIdempotency(database, { ttlMs: 1_000 }, { now: clock.now });
    await store.migrate();
    const count = () =>
      Number(database.prepare('SELECT count(*) AS n FROM stompbox_idempotency').get()?.['n']);
    for (let n = 0; n < 999; n += 1) await store.begin(`${n}`, 500);
    await clock.advance(500);
    await store.begin('last', 500);
    assert.equal(count(), 1);
    await clock.advance(500);
    assert.equal(await store.deleteEnded(), 1);
    assert.equal(count(), 0);
  });

  test('is not made under a name that SQL could not hold', (t) => {
    for (const options of [{ table: 'a;b' }, { table: '' }, { name: 'a' }, { ttlMs: 0 }]) {
      assert.throws(() => sqlIdempotency(memorySqlite(t), options as object), OptionsError);
    }
  });
});

describe('finish', () => {
  test('may be called again when the database failed', async (t) => {
    const database = memorySqlite(t);
    const plain = sqlExecutor(database);
    let isBroken = false;
    const flaky: SqlExecutor = {
      dialect: 'sqlite',
      query(sql, values) {
        if (isBroken) throw new Error('gone');
        return plain.query(sql, values);
      },
    };
    const store = sqlIdempotency(flaky);
    await store.migrate();
    await store.begin('m1', 60_000);
    isBroken = true;
    await assert.rejects(store.finish('m1'), /gone/);
    isBroken = false;
    await store.finish('m1');
    assert.equal(await store.begin('m1', 60_000), 'done');
  });
});

describe('the inbox', () => {
  test('records a message together with what its handler does', async (t) => {
    const database = memorySqlite(t);
    const store = sqlIdempotency(database);
    await store.migrate();
    database.exec('CREATE TABLE stock (n integer)');
    const handle = database.transaction((key: string, fails: boolean) => {
      if (store.within(database).recordNow(key) === 'done') return 'done';
      database.prepare('INSERT INTO stock VALUES (?)').run(1);
      if (fails) throw new Error('no stock');
      return 'handled';
    });
    assert.throws(() => handle('m1', true), /no stock/);
    assert.equal(handle('m1', false), 'handled');
    assert.equal(handle('m1', false), 'done');
    assert.equal(database.prepare('SELECT count(*) AS n FROM stock').get()?.['n'], 1);
  });

  test('goes together with the claim of the listener', async (t) => {
    const database = memorySqlite(t);
    const store = sqlIdempotency(database);
    await store.migrate();
    assert.equal(await store.begin('m1', 60_000), 'new');
    assert.equal(await store.within(database).record('m1'), 'new');
    // The process dies here: nobody calls finish. The next delivery is not handled all the same.
    assert.equal(await sqlIdempotency(database).begin('m1', 60_000), 'done');
    // And a handler that fails after its commit is not handled again either.
    await store.forget('m1');
    assert.equal(await store.begin('m1', 60_000), 'done');
  });

  test('of two connections at once lets one through', async (t) => {
    const { path, database } = fileSqlite(t);
    const store = sqlIdempotency(database);
    await store.migrate();
    const other = openSqlite(path);
    t.after(() => other.close());
    database.exec('BEGIN IMMEDIATE');
    assert.equal(store.within(database).recordNow('m1'), 'new');
    database.exec('COMMIT');
    other.exec('BEGIN IMMEDIATE');
    assert.equal(store.within(other).recordNow('m1'), 'done');
    other.exec('COMMIT');
  });

  test('answers at once only where the database does', async (t) => {
    const database = memorySqlite(t);
    const plain = sqlExecutor(database);
    const store = sqlIdempotency(database);
    await store.migrate();
    const later: SqlExecutor = {
      dialect: 'sqlite',
      query: async (sql, values) => plain.query(sql, values),
    };
    assert.throws(() => store.within(later).recordNow('m1'), /use await record\(\)/);
    const asked: string[] = [];
    const postgres: SqlExecutor = {
      dialect: 'postgres',
      query: async (sql) => {
        asked.push(sql);
        return [];
      },
    };
    assert.throws(() => store.within(postgres).recordNow('m1'), /use await record\(\)/);
    assert.deepEqual(asked, [], 'what is refused is not recorded either');
  });
});
