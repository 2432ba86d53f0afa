/** Outbox, relays and the embedded broker together, over SQLite; also in several processes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { createOutbox, startRelay } from 'stompbox/outbox';
import { fileSqlite } from '../sql/sqlite.js';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { bodiesUntilEnd, consumer, END } from './consumer.js';
import { relayProcess } from './relay-process.js';

describe('through the outbox', () => {
  test('a message arrives as if it had been sent at once', async (t) => {
    const { messaging } = await embeddedBroker(t);
    const { database } = fileSqlite(t);
    const outbox = createOutbox(database);
    await outbox.migrate();
    const arrived = await consumer(messaging, 'a');
    await using _relay = startRelay(messaging, outbox, { pollMs: 5, batchSize: 1 });
    const ownHeaders = ['message-id', 'subscription', 'timestamp', 'dedup-id', 'ack'];
    for (const [body, more] of [
      ['grüße', { priority: 7, headers: { shop: 3, 'content-type': 'text/csv' } }],
      [{ n: [1, 2] }, { type: 't', groupId: 'g' }],
      [Buffer.from([0, 1, 255]), { persistent: false }],
      [Buffer.alloc(0), {}],
      ['a\0b', { bodyType: 'bytes' }],
      ['', { replyTo: '/queue/b' }],
    ] as const) {
      arrived.items.length = 0;
      // Otherwise the service makes one up for each.
      const options = { ...more, correlationId: 'c' };
      await messaging.send('/queue/a', body, options);
      await arrived.until(1);
      await outbox.send(database, '/queue/a', body, options);
      const [direct, relayed] = await arrived.until(2);
      assert.deepEqual(relayed?.body, direct?.body);
      const headers = (all: ReadonlyMap<string, string> = new Map()) =>
        [...all].filter(([name]) => !ownHeaders.includes(name)).sort();
      assert.deepEqual(headers(relayed?.headers), headers(direct?.headers));
    }
  });

  test('a message that the broker refuses is given up, and stops nobody', async (t) => {
    const { messaging } = await embeddedBroker(t, { limits: { maxHeaders: 20 } });
    const { database } = fileSqlite(t);
    const outbox = createOutbox(database);
    await outbox.migrate();
    const arrived = await consumer(messaging, 'a');
    const headers = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`h${n}`, n]));
    await outbox.send(database, '/queue/a', 'poison', { headers });
    for (let n = 0; n < 20; n += 1) await outbox.send(database, '/queue/a', n);
    const logger = new MemoryLogger();
    const options = { pollMs: 5, maxAttempts: 3, retryDelayMs: 1 };
    await using relay = startRelay(messaging, outbox, options, { logger });
    const failed = new Inbox<string>();
    relay.onEvent((event) => {
      if (event.type === 'failed') failed.add(event.id);
    });
    await failed.until(1);
    const items = await arrived.until(20);
    assert.equal(new Set(items.map(({ body }) => body)).size, 20);
    assert.equal((await outbox.failedMessages()).length, 1);
  });
});

test('a broker that is started again gets at once what had to wait for it', async (t) => {
  const options = { memory: true } as const;
  const first = await startBroker({ ...options, connectors: [{ port: 0 }] });
  const url = first.connectors[0]?.url ?? '';
  const port = Number(new URL(url).port);
  const logger = new MemoryLogger();
  const messaging = createMessaging(resolveSettings({ url }, { env: {} }), { logger });
  t.after(() => messaging.close());
  const { database } = fileSqlite(t);
  const outbox = createOutbox(database);
  await outbox.migrate();
  await messaging.getConnection();
  const lost = new Inbox<string>();
  messaging.onEvent((event) => {
    if (event.type === 'connection' && event.status.type === 'reconnecting') lost.add('lost');
  });
  await first.close();
  await lost.until(1);
  await outbox.send(database, '/queue/a', 1);
  // The test would not outlast a whole pause.
  await using relay = startRelay(messaging, outbox, { retryDelayMs: 300_000 }, { logger });
  const happened = new Inbox<string>();
  relay.onEvent(({ type }) => {
    if (type === 'trouble' || type === 'sent') happened.add(type);
  });
  await happened.until(1);
  const second = await startBroker({ ...options, connectors: [{ port }] });
  t.after(() => second.close());
  assert.deepEqual(await happened.until(2), ['trouble', 'sent']);
});

describe('relays in several processes', () => {
  test('send each message once, in the order of its group', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const { path, database } = fileSqlite(t);
    const outbox = createOutbox(database);
    await outbox.migrate();
    const arrived = await consumer(messaging, 'a');
    const count = 300;
    database.transaction(() => {
      for (let n = 0; n < count; n += 1) {
        outbox.sendNow(database, '/queue/a', n, { groupId: n % 2 ? `g${n % 6}` : undefined });
      }
    })();
    const processes = [1, 2].map(() => relayProcess(t, { url, database: path, leaseMs: 30_000 }));
    const bodies = (await arrived.until(count)).map(({ body }) => Number(body));
    const codes = await Promise.all(processes.map((one) => one.end('SIGTERM')));
    assert.deepEqual(codes, [0, 0]);
    await outbox.send(database, '/queue/a', END);
    await using relay = startRelay(messaging, outbox, { pollMs: 5 });
    assert.equal((await bodiesUntilEnd(arrived)).length, count);
    assert.equal(new Set(bodies).size, count);
    for (const rest of [1, 3, 5]) {
      const group = bodies.filter((n) => n % 6 === rest);
      assert.deepEqual(
        group,
        group.toSorted((a, b) => a - b),
      );
    }
    assert.equal((await relay.status()).failedCount, 0);
  });

  test('send again what one has not marked, and the broker drops it', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const { path, database } = fileSqlite(t);
    const outbox = createOutbox(database);
    await outbox.migrate();
    const arrived = await consumer(messaging, 'a');
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(await outbox.send(database, '/queue/a', n));
    const options = { url, database: path, leaseMs: 1_500 };
    const dying = relayProcess(t, { ...options, diesBeforeMark: true });
    await dying.lines.until(1);
    await arrived.until(1);
    assert.equal(await dying.end('SIGKILL'), null);
    assert.equal((await outbox.status()).pendingCount, 20);
    const heir = relayProcess(t, options);
    const told = await heir.lines.until(20);
    assert.deepEqual(new Set(told), new Set(ids.map((id) => `sent ${id}`)));
    await outbox.send(database, '/queue/a', END);
    const bodies = await bodiesUntilEnd(arrived);
    assert.equal(bodies.length, 20);
    assert.equal(new Set(bodies).size, 20);
  });
});
