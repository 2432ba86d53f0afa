/** What is put into an outbox, and what is refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidBodyError, OptionsError, queue, withCorrelationId } from 'stompbox';
import { createOutbox, type SqlExecutor, sqlExecutor, startRelay } from 'stompbox/outbox';
import * as v from 'valibot';
import { memorySqlite } from '../sql/sqlite.js';
import { FakeMessaging, stage } from './stage.js';

const orders = queue('orders', { schema: v.object({ id: v.number() }) });
const slowOrders = queue('orders', {
  schema: v.pipeAsync(
    v.object({ id: v.number() }),
    v.checkAsync(async ({ id }) => id > 0),
  ),
});

const invalid = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OptionsError);
  assert.ok(['STOMP_OPT_INVALID', 'STOMP_OPT_UNKNOWN'].includes(error.code), error.code);
  assert.match(error.message, text);
  return true;
};

describe('a message that is put in', () => {
  test('is there when its transaction commits', async (t) => {
    const { database, outbox, column } = await stage(t);
    database.exec('CREATE TABLE orders (id integer)');
    database.transaction(() => {
      database.prepare('INSERT INTO orders VALUES (?)').run(7);
      outbox.sendNow(database, orders, { id: 7 });
    })();
    assert.deepEqual(column('body_text'), ['{"id":7}']);
    assert.deepEqual(await outbox.status(), {
      pendingCount: 1,
      oldestPendingAgeMs: 0,
      failedCount: 0,
    });
  });

  test('is not there when its transaction is rolled back', async (t) => {
    const { database, outbox, column } = await stage(t);
    const work = database.transaction(() => {
      outbox.sendNow(database, orders, { id: 7 });
      throw new Error('no stock');
    });
    assert.throws(work, /no stock/);
    assert.deepEqual(column('id'), []);
  });

  test('may be awaited in a transaction that waits', async (t) => {
    const { database, outbox, column } = await stage(t);
    for (const end of ['ROLLBACK', 'COMMIT']) {
      database.exec('BEGIN IMMEDIATE');
      await outbox.send(database, slowOrders, { id: 1 });
      database.exec(end);
    }
    assert.equal(column('id').length, 1);
  });

  test('is refused when its transaction has ended while its schema was asked', async (t) => {
    const { database, outbox, column } = await stage(t);
    let sending: Promise<string> | undefined;
    database.transaction(() => {
      sending = outbox.send(database, slowOrders, { id: 1 });
    })();
    assert.ok(sending);
    await assert.rejects(sending, invalid(/transaction ended .* use outbox\.sendNow\(\)/));
    assert.deepEqual(column('id'), []);
  });

  test('keeps text as text and bytes as bytes', async (t) => {
    const { database, outbox, column } = await stage(t);
    await outbox.send(database, '/queue/a', 'grüße');
    await outbox.send(database, '/queue/a', { n: 1 });
    await outbox.send(database, '/queue/a', Buffer.from([0, 255]));
    await outbox.send(database, '/queue/a', 'a\0b', { bodyType: 'bytes' });
    await outbox.send(database, '/queue/a', Buffer.from('grüße'), { bodyType: 'text' });
    assert.deepEqual(column('body_text'), ['grüße', '{"n":1}', null, null, 'grüße']);
    assert.deepEqual(column('hex(body_bytes)'), ['', '', '00FF', '610062', '']);
    assert.deepEqual(column('body_type'), ['text', 'text', 'bytes', 'bytes', 'text']);
  });

  test('keeps its headers, and the time of now for its expiry', async (t) => {
    const { clock, database, outbox, column } = await stage(t);
    const options = { priority: 7, timeToLiveMs: 500, groupId: 'g', headers: { shop: 3 } };
    await withCorrelationId('c-1', () => outbox.send(database, '/queue/a', 'x', options));
    assert.deepEqual(JSON.parse(String(column('headers')[0])), {
      'content-type': 'text/plain',
      'correlation-id': 'c-1',
      JMSXGroupID: 'g',
      expires: clock.now() + 500,
      persistent: true,
      priority: 7,
      shop: 3,
    });
  });

  test('gets its order key by the option order, or its own', async (t) => {
    for (const [order, expected] of [
      ['group', [null, '/queue/a g', 'mine']],
      ['destination', ['/queue/a', '/queue/a', 'mine']],
      ['none', [null, null, 'mine']],
    ] as const) {
      const { database, outbox, column } = await stage(t, { order });
      await outbox.send(database, '/queue/a', 1);
      await outbox.send(database, '/queue/a', 1, { groupId: 'g' });
      await outbox.send(database, '/queue/a', 1, { groupId: 'g', orderKey: 'mine' });
      assert.deepEqual(column('order_key'), expected);
    }
  });

  test('has the id that comes back', async (t) => {
    const { database, outbox, column } = await stage(t);
    const ids = [
      await outbox.send(database, '/queue/a', 1),
      outbox.sendNow(database, '/queue/a', 1),
    ];
    assert.deepEqual(column('id'), ids);
  });
});

describe('nothing is put in', () => {
  test('when the schema refuses the body', async (t) => {
    const { database, outbox, column } = await stage(t);
    const wrong = { id: 'x' } as unknown as { id: number };
    await assert.rejects(outbox.send(database, orders, wrong), InvalidBodyError);
    await assert.rejects(outbox.send(database, slowOrders, { id: 0 }), InvalidBodyError);
    assert.throws(() => outbox.sendNow(database, orders, wrong), InvalidBodyError);
    assert.deepEqual(column('id'), []);
  });

  test('at once, when the schema answers later', async (t) => {
    const { database, outbox, column } = await stage(t);
    const send = () => outbox.sendNow(database, slowOrders, { id: 0 });
    assert.throws(send, invalid(/the schema of \/queue\/orders does not answer at once/));
    assert.deepEqual(column('id'), []);
  });

  test('at once, when the database answers later', async (t) => {
    const { outbox } = await stage(t);
    const later: SqlExecutor = { dialect: 'sqlite', query: async () => [] };
    assert.throws(() => outbox.sendNow(later, '/queue/a', 1), invalid(/does not answer at once/));
    const postgres: SqlExecutor = { dialect: 'postgres', query: async () => [] };
    assert.throws(() => outbox.sendNow(postgres, '/queue/a', 1), invalid(/answer at once/));
  });

  for (const [what, options, text] of [
    ['timeoutMs', { timeoutMs: 1 }, /timeoutMs has no meaning here/],
    ['signal', { signal: AbortSignal.abort() }, /signal has no meaning here/],
    ['an empty orderKey', { orderKey: '' }, /orderKey must be a text/],
    ['an unknown option', { prioritaet: 1 }, /prioritaet/],
    ['an option out of range', { priority: 10 }, /priority of send\(\) must be a whole number/],
  ] as const) {
    test(`with ${what}`, async (t) => {
      const { database, outbox, column } = await stage(t);
      await assert.rejects(outbox.send(database, '/queue/a', 1, options as object), invalid(text));
      assert.deepEqual(column('id'), []);
    });
  }
});

describe('an outbox', () => {
  test('makes its table once, by migrate or by its SQL', async (t) => {
    const database = memorySqlite(t);
    const outbox = createOutbox(database, { table: 'app_out' });
    database.exec(outbox.createTableSql('sqlite'));
    await outbox.migrate();
    await outbox.migrate();
    await outbox.send(database, '/queue/a', 1);
    assert.equal((await outbox.status()).pendingCount, 1);
    assert.equal(outbox.tableName, 'app_out');
    assert.match(outbox.createTableSql('postgres'), /app_out .*bytea/s);
  });

  for (const [what, options] of [
    ['an unknown order', { order: 'fifo' }],
    ['a table name with a quote', { table: 'a"b' }],
    ['a table name whose indexes would be one', { table: `${'s'.repeat(30)}.${'t'.repeat(30)}` }],
    ['an unknown option', { tables: 'a' }],
    ['a notify that is no boolean', { notify: 1 }],
  ] as const) {
    test(`is not made with ${what}`, (t) => {
      const make = () => createOutbox(memorySqlite(t), options as object);
      assert.throws(make, invalid(/createOutbox\(\)|name of a table/));
    });
  }

  test('knows databases by what they can do', (t) => {
    assert.equal(sqlExecutor(memorySqlite(t)).dialect, 'sqlite');
    assert.equal(sqlExecutor({ query: async () => ({ rows: [] }) }).dialect, 'postgres');
    for (const [source, text] of [
      [undefined, /not undefined/],
      [{}, /not an object/],
      [{ $queryRawUnsafe: () => undefined }, /prismaExecutor/],
      [{ execute: () => undefined }, /drizzleExecutor/],
    ] as const) {
      assert.throws(() => sqlExecutor(source as unknown as SqlExecutor), invalid(text));
    }
  });

  test('is what a relay needs', () => {
    const other = {} as ReturnType<typeof createOutbox>;
    const start = () => startRelay(new FakeMessaging().messaging, other);
    assert.throws(start, invalid(/createOutbox/));
  });

  for (const options of [
    { batchSize: 0 },
    { leaseMs: 10 },
    { wakeUp: {} },
    { afterFailed: 'stop' },
    { retryDelayMs: 10, maxRetryDelayMs: 5 },
    { lease: 5 },
  ]) {
    test(`has no relay with ${JSON.stringify(options)}`, async (t) => {
      const { outbox } = await stage(t);
      const start = () => startRelay(new FakeMessaging().messaging, outbox, options as object);
      assert.throws(start, invalid(/startRelay\(\)/));
    });
  }
});
