/** The store and the inbox in a real PostgreSQL. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { sqlIdempotency } from 'stompbox/idempotency';
import { openClient, openPool, postgresDatabase } from '../sql/postgres.js';
import { storeSuite } from './store-suite.js';

storeSuite('sqlIdempotency in PostgreSQL', async (t) => {
  const pool = openPool(t, await postgresDatabase(t));
  await sqlIdempotency(pool).migrate();
  const ttlMs = 300;
  return {
    ttlMs,
    stores: (count) => Array.from({ length: count }, () => sqlIdempotency(pool, { ttlMs })),
  };
});

test('the table may be made by many at once', async (t) => {
  const pool = openPool(t, await postgresDatabase(t));
  await Promise.all(Array.from({ length: 8 }, () => sqlIdempotency(pool).migrate()));
  assert.equal(await sqlIdempotency(pool).begin('m1', 1_000), 'new');
});

describe('the inbox, with two transactions at once', () => {
  const setUp = async (t: TestContext) => {
    const url = await postgresDatabase(t);
    const [first, second, watcher] = [
      await openClient(t, url),
      await openClient(t, url),
      await openClient(t, url),
    ];
    const store = sqlIdempotency(watcher);
    await store.migrate();
    /** Resolves when somebody waits for a lock. */
    const somebodyWaits = async () => {
      for (;;) {
        const { rows } = await watcher.query('SELECT 1 FROM pg_locks WHERE NOT granted');
        if (rows.length > 0) return;
      }
    };
    return { first, second, store, somebodyWaits };
  };

  for (const [end, expected] of [
    ['COMMIT', 'done'],
    ['ROLLBACK', 'new'],
  ] as const) {
    test(`lets the second wait; after ${end} of the first it is told '${expected}'`, async (t) => {
      const { first, second, store, somebodyWaits } = await setUp(t);
      await first.query('BEGIN');
      await second.query('BEGIN');
      assert.equal(await store.within(first).record('m1'), 'new');
      const answer = store.within(second).record('m1');
      await somebodyWaits();
      await first.query(end);
      assert.equal(await answer, expected);
      await second.query('COMMIT');
      assert.equal(await store.begin('m1', 1_000), 'done');
    });
  }
});
