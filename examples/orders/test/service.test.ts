/** The whole service in this process: HTTP, database, outbox, listeners, a broker, and a clock that stands still. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { type TestMessaging, testMessaging } from 'stompbox/testing';
import { createApp } from '../dist/app.js';
import { SqliteDatabase } from '../dist/database/sqlite-database.js';
import { deadLetters, sendBack } from '../dist/dead-letters.js';
import { orderEvents, orders } from '../dist/destinations.js';
import { type PriceService, priceList } from '../dist/price-service.js';
import { GOLD, TWO_TEAS } from './support.js';

interface Service {
  readonly t: TestMessaging;
  readonly app: FastifyInstance;
  /** Resolves with the id of the order. */
  order(body: object, headers?: Record<string, string>): Promise<string>;
  read(path: string): Promise<Record<string, unknown>>;
}

async function startService(context: TestContext, prices: PriceService = priceList()) {
  // Ready means that all listeners have started, so that no test begins before.
  const t = await testMessaging({ settings: { connection: { startup: 'retry' } } });
  const { messaging, clock } = t;
  const database = SqliteDatabase.open(':memory:');
  const app = await createApp({ database, messaging, prices, logger: false, clock });
  context.after(async () => {
    await app.close();
    await t.close();
  });
  await app.ready();
  const service: Service = {
    t,
    app,
    async order(body, headers = {}) {
      const answer = await app.inject({ method: 'POST', url: '/orders', payload: body, headers });
      assert.equal(answer.statusCode, 202, answer.body);
      return answer.json<{ id: string }>().id;
    },
    read: async (path) => (await app.inject(path)).json(),
  };
  return service;
}

describe('an order', () => {
  test('is priced, paid and dispatched, and everybody hears of it', async (context) => {
    const { t, app, order, read } = await startService(context);

    const id = await order(TWO_TEAS, { 'x-request-id': 'c-7' });
    const { message } = await t.consumed(orders, (body) => body.id === id);
    assert.equal(message.headers.get('correlation-id'), 'c-7', 'through the outbox, too');
    const priced = await t.consumed(orderEvents, ({ type }) => type === 'priced');
    assert.equal(priced.message.headers.get('correlation-id'), 'c-7', 'from message to message');
    assert.equal((await read(`/orders/${id}`))['state'], 'priced');

    const payment = await app.inject({ method: 'POST', url: `/orders/${id}/payment` });
    assert.equal(payment.json()['outcome'], 'paid', payment.body);
    const isPaid = ({ type }: { readonly type: string }) => type === 'paid';
    await t.consumed(orderEvents, (event, { listener }) => {
      return isPaid(event) && listener === 'dispatch-orders';
    });
    await t.idle();
    assert.equal((await read(`/orders/${id}`))['state'], 'dispatched');
    assert.deepEqual((await read('/dashboard'))['events'], { priced: 1, paid: 1 });
  });

  test('that makes no sense is refused at the door', async (context) => {
    const { app } = await startService(context);
    const payload = { customer: 'Ada', items: [] };
    const answer = await app.inject({ method: 'POST', url: '/orders', payload });
    assert.equal(answer.statusCode, 400);
  });

  test('waits while the price service fails, and is priced later', async (context) => {
    const { t, order, read } = await startService(context, priceList(4));

    const id = await order(TWO_TEAS);
    await t.advance(200); // the retries at once are over
    const { attempt, delayMs } = await t.retried(orders);
    assert.deepEqual([attempt, delayMs], [3, 10_000]);
    assert.equal((await read(`/orders/${id}`))['state'], 'received');

    await t.advance(70_000); // the delayed ones: after 10 s, and a minute later
    const priced = await t.consumed(orders, (body) => body.id === id);
    assert.equal(priced.attempt, 5);
    assert.equal((await read(`/orders/${id}`))['state'], 'priced');
  });

  test('is accepted while the broker is away, and sent when it is back', async (context) => {
    const { t, order } = await startService(context);
    t.faults.dropLink();

    const id = await order(TWO_TEAS);

    await t.advance(5_000);
    await t.consumed(orders, (body) => body.id === id);
  });
});

test('a dead letter says why, and is priced after it was sent back', async (context) => {
  let goldCents: number | undefined;
  const prices: PriceService = { priceOf: async () => goldCents };
  const { t, order, read } = await startService(context, prices);

  const id = await order(GOLD);
  const { error, fingerprint } = await t.deadLettered(orders, (body) => body.id === id);
  assert.match(String(error), /wants gold, which is no article/);
  assert.equal((await read(`/orders/${id}`))['state'], 'rejected');

  const connection = await t.messaging.getConnection();
  const [letter] = await deadLetters(connection, 'orders');
  assert.equal(letter?.fingerprint, fingerprint);
  assert.match(letter?.reason ?? '', /no article/);
  assert.equal(await sendBack(connection, 'orders', 'another one'), 0);

  goldCents = 5;
  assert.equal(await sendBack(connection, 'orders', fingerprint), 1);
  const { attempt } = await t.consumed(orders, (body) => body.id === id);
  assert.equal(attempt, 1, 'its tries are counted anew');
  assert.equal((await read(`/orders/${id}`))['state'], 'priced');
  assert.deepEqual(await t.messages('DLQ.orders'), []);
});

test('a process that drains is not ready, and finishes what it has begun', async (context) => {
  let begin: () => void = () => undefined;
  let answer: (cents: number) => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const prices: PriceService = {
    priceOf: () => {
      begin();
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  };
  const { t, app, order } = await startService(context, prices);
  await order(TWO_TEAS);
  await begun;
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const readiness = async () => (await fetch(`${url}/health/ready`)).status;
  assert.equal(await readiness(), 200);

  const closing = app.close();
  let status = 200;
  while (status === 200) status = await readiness();
  assert.equal(status, 503);
  answer(450);
  await t.consumed(orders);
  await closing;

  assert.equal(t.messaging.snapshot().state, 'closed');
});
