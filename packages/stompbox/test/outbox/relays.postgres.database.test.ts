/** Many relays over a real PostgreSQL, some of which die, and the embedded broker. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Messaging } from 'stompbox';
import {
  createOutbox,
  type Outbox,
  type OutboxOptions,
  pgWakeUp,
  type RelayOptions,
  startRelay,
} from 'stompbox/outbox';
import { openClient, openPool, type PgPool, postgresDatabase } from '../sql/postgres.js';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { bodiesUntilEnd, consumer, END } from './consumer.js';
import { relayProcess } from './relay-process.js';

const GROUPS = 7;

async function setUp(t: TestContext, options: OutboxOptions = {}) {
  const database = await postgresDatabase(t);
  const pool = openPool(t, database, { max: 4 });
  const outbox = createOutbox(pool, options);
  await outbox.migrate();
  const { url, messaging } = await embeddedBroker(t);
  const arrived = await consumer(messaging, 'a');
  return { database, pool, outbox, url, messaging, arrived };
}

/** Numbers from 0, half of them in groups, a hundred in each transaction. */
async function fill(pool: PgPool, outbox: Outbox, count: number): Promise<void> {
  const client = await pool.connect();
  for (let n = 0; n < count; n += 1) {
    if (n % 100 === 0) await client.query('BEGIN');
    await outbox.send(client, '/queue/a', n, { groupId: groupOf(n) });
    if (n % 100 === 99 || n === count - 1) await client.query('COMMIT');
  }
  client.release();
}

function groupOf(n: number): string | undefined {
  return n % 2 === 0 ? undefined : `g${n % GROUPS}`;
}

/** A relay with a pool and a name of its own. */
function relayOn(
  t: TestContext,
  { messaging, database, name }: { messaging: Messaging; database: string; name: string },
  options: RelayOptions = {},
) {
  const pool = openPool(t, database, { max: 2, application_name: name });
  const logger = new MemoryLogger();
  const settings = { batchSize: 25, pollMs: 10, retryDelayMs: 10, ...options };
  const relay = startRelay(messaging, createOutbox(pool), settings, { logger });
  const sent = new Inbox<string>();
  relay.onEvent((event) => {
    if (event.type === 'sent') sent.add(event.id);
  });
  t.after(() => relay.stop());
  return { relay, sent, name };
}

function assertOrder(bodies: readonly number[]): void {
  for (let group = 0; group < GROUPS; group += 1) {
    const ofGroup = bodies.filter((n) => groupOf(n) === `g${group}`);
    assert.deepEqual(
      ofGroup,
      ofGroup.toSorted((a, b) => a - b),
      `group ${group}`,
    );
  }
}

describe('four relays over PostgreSQL', () => {
  test('send 3,000 messages once each, in the order of their groups', async (t) => {
    const { database, pool, outbox, messaging, arrived } = await setUp(t);
    const count = 3_000;
    await fill(pool, outbox, count);
    const relays = ['r1', 'r2', 'r3', 'r4'].map((name) =>
      relayOn(t, { messaging, database, name }),
    );
    await arrived.until(count);
    await Promise.all(relays.map(({ relay }) => relay.stop()));
    const bodies = arrived.items.map(({ body }) => Number(body));
    assert.equal(bodies.length, count);
    assert.equal(new Set(bodies).size, count);
    assertOrder(bodies);
    // Nothing was even sent twice, so nothing was left for the broker to drop.
    const sent = relays.flatMap(({ sent: { items } }) => items);
    assert.equal(sent.length, count);
    assert.equal(new Set(sent).size, count);
    assert.ok(relays.every(({ sent: { items } }) => items.length > 0));
    assert.equal((await outbox.status()).pendingCount, 0);
  });

  test('lose nothing and double nothing when connections to the database are cut', async (t) => {
    const { database, pool, outbox, messaging, arrived } = await setUp(t);
    const count = 2_000;
    await fill(pool, outbox, count);
    const relays = ['r1', 'r2', 'r3', 'r4'].map((name) =>
      relayOn(t, { messaging, database, name }, { leaseMs: 2_000 }),
    );
    const cut = (name: string) =>
      pool.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [name],
      );
    for (const [index, { name, sent }] of relays.entries()) {
      await sent.until(50 * (index + 1));
      await cut(name);
    }
    await arrived.until(count);
    await outbox.send(pool, '/queue/a', END, { orderKey: 'end' });
    const bodies = (await bodiesUntilEnd(arrived)).map(Number);
    assert.equal(bodies.length, count);
    assert.equal(new Set(bodies).size, count);
    assertOrder(bodies);
  });
});

describe('relays in processes of their own', () => {
  test('lose nothing and double nothing when two of four are killed', async (t) => {
    const { database, pool, outbox, url, arrived } = await setUp(t);
    const count = 2_000;
    await fill(pool, outbox, count);
    const options = { url, database, leaseMs: 1_500 };
    const doomed = [
      relayProcess(t, options),
      relayProcess(t, { ...options, diesBeforeMark: true }),
    ];
    await Promise.all(doomed.map(({ lines }, index) => lines.until(index === 0 ? 200 : 1)));
    for (const one of doomed) assert.equal(await one.end('SIGKILL'), null);
    assert.ok((await outbox.status()).pendingCount > 0);
    const heirs = [relayProcess(t, options), relayProcess(t, options)];
    await arrived.until(count);
    for (;;) {
      const { pendingCount } = await outbox.status();
      if (pendingCount === 0) break;
    }
    await outbox.send(pool, '/queue/a', END);
    const bodies = (await bodiesUntilEnd(arrived)).map(Number);
    assert.equal(bodies.length, count);
    assert.equal(new Set(bodies).size, count);
    assertOrder(bodies);
    const codes = await Promise.all(heirs.map((one) => one.end('SIGTERM')));
    assert.deepEqual(codes, [0, 0]);
  });
});

describe('LISTEN and NOTIFY', () => {
  test('wake a relay at the commit, not before', async (t) => {
    const { database, outbox, pool, messaging, arrived } = await setUp(t, { notify: true });
    const wakeUp = pgWakeUp(await openClient(t, database), outbox);
    const { relay } = relayOn(
      t,
      { messaging, database, name: 'r1' },
      { pollMs: 3_600_000, wakeUp },
    );
    const idle = new Inbox<string>();
    relay.onEvent((event) => {
      if (event.type === 'state' && event.state === 'idle') idle.add('idle');
    });
    await idle.until(1);
    const client = await pool.connect();
    await client.query('BEGIN');
    await outbox.send(client, '/queue/a', 1);
    assert.equal(arrived.items.length, 0);
    await client.query('COMMIT');
    client.release();
    await arrived.until(1);
    await relay.stop();
  });

  test('are missed by a relay whose listening connection is cut, which says so', async (t) => {
    const { database, outbox, pool, messaging, arrived } = await setUp(t, { notify: true });
    const client = await openClient(t, database);
    const wakeUp = pgWakeUp(client, outbox);
    const { relay } = relayOn(t, { messaging, database, name: 'r1' }, { wakeUp });
    const failed = new Inbox<string>();
    relay.onEvent((event) => {
      if (event.type === 'wake-up-failed') failed.add(String(event.error));
    });
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']]);
    await failed.until(1);
    await outbox.send(pool, '/queue/a', 1);
    await arrived.until(1);
  });
});

test('the table may be in a schema of its own', async (t) => {
  const { pool, messaging, arrived } = await setUp(t);
  await pool.query('CREATE SCHEMA app');
  const outbox = createOutbox(pool, { table: 'app.outbox', notify: true });
  await outbox.migrate();
  await outbox.send(pool, '/queue/a', 1);
  await using _relay = startRelay(messaging, outbox);
  await arrived.until(1);
});
