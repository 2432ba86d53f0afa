/** Listeners in a test: what happens to their messages is awaited, and time passes by the clock. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAILURE_HEADERS, listener, type MessageListener, queue, topic } from 'stompbox';
import { type TestMessaging, testBroker, testMessaging } from 'stompbox/testing';

interface Order {
  readonly id: number;
}

const orders = queue<Order>('orders');
const invoices = queue<Order>('invoices');

/** Sends an invoice for each order. */
const billing = listener(orders, { name: 'billing' }, async ({ id }, context) => {
  await context.messaging.send(invoices, { id });
});

/** Fails so many times. */
function failing(times: number) {
  let failures = 0;
  return listener(orders, { name: 'failing' }, () => {
    failures += 1;
    if (failures <= times) throw new Error('no luck');
  });
}

test('a listener’s work can be awaited, and what it sends', async () => {
  await using t = await testMessaging({ listeners: [billing] });
  await t.send(orders, { id: 1 });
  await t.send(orders, { id: 2 });
  const consumed = await t.consumed(orders, ({ id }) => id === 2);
  assert.deepEqual([consumed.listener, consumed.attempt, consumed.body], ['billing', 1, { id: 2 }]);
  assert.equal(consumed.message.destination, '/queue/orders');
  assert.deepEqual((await t.sent(invoices, ({ id }) => id === 2)).body, { id: 2 });
  await t.idle();
  assert.equal((await t.messages(invoices)).length, 2);
  assert.deepEqual(await t.messages(orders), []);
});

test('a class and a function are started with their options', async () => {
  const got: unknown[] = [];
  class NewsListener implements MessageListener<string> {
    onMessage(body: string): void {
      got.push(body);
    }
  }
  await using t = await testMessaging({
    settings: { queue: 'own' },
    listeners: [
      [new NewsListener(), { topic: 'news' }],
      [(body: number) => void got.push(body), { queue: 'numbers' }],
    ],
  });
  await t.send(topic<string>('news'), 'hello');
  await t.send('numbers', 5);
  await t.consumed('/topic/news');
  await t.consumed('numbers');
  assert.deepEqual(got, ['hello', 5]);
});

for (const options of [
  { profile: 'stompbox' },
  { profile: 'activemq' },
  { profile: 'activemq', scheduler: false },
  { profile: 'artemis' },
  { profile: 'rabbitmq' },
] as const) {
  describe(`with ${JSON.stringify(options)}`, () => {
    test('a message is retried when its time has come', async () => {
      await using t = await testMessaging({ ...options, listeners: [failing(4)] });
      await t.send(orders, { id: 1 });
      // At once, 0 ms and 200 ms later; then the broker keeps it for 10 s.
      await t.advance(200);
      const { error, delayMs, attempt } = await t.retried(orders, ({ id }) => id === 1);
      assert.deepEqual([String(error), delayMs, attempt], ['Error: no luck', 10_000, 3]);
      await t.advance(9_999);
      assert.equal(t.events.filter(({ type }) => type === 'consumed').length, 0);
      await t.advance(1);
      await t.advance(60_000);
      assert.equal((await t.consumed(orders)).attempt, 5);
    });

    test('a message that always fails is dead-lettered with its reason', async () => {
      await using t = await testMessaging({ ...options, listeners: [failing(100)] });
      await t.send(orders, { id: 1 });
      await t.advance(400_000);
      const dead = await t.deadLettered(orders);
      assert.deepEqual([dead.queue, dead.attempt, dead.body], ['/queue/DLQ.orders', 6, { id: 1 }]);
      assert.equal(await t.deadLettered('DLQ.orders'), dead);
      const [letter] = await t.messages('DLQ.orders');
      assert.deepEqual(letter?.body, { id: 1 });
      assert.equal(letter?.headers.get(FAILURE_HEADERS.failureMessage), 'no luck');
      assert.deepEqual(await t.messages(orders), []);
    });
  });
}

describe('idle', () => {
  test('waits for handlers that wait for something real', async () => {
    let isHandled = false;
    const slow = listener(orders, {}, async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      isHandled = true;
    });
    await using t = await testMessaging({ listeners: [slow] });
    await t.send(orders, { id: 1 });
    await t.idle();
    assert.equal(isHandled, true);
  });

  test('fails when a handler waits for the clock, and says so', async () => {
    await using t = await testMessaging({ listeners: [failing(1)], inactivityMs: 20 });
    const clocked = listener('/queue/clocked', { name: 'clocked' }, async () => {
      await new Promise<void>((resolve) => t.clock.setTimer(resolve, 60_000));
    });
    await t.messaging.consume(clocked);
    await t.send('/queue/clocked', 1);
    await assert.rejects(t.idle(), {
      code: 'STOMP_TEST_TIMEOUT',
      message: /clocked on \/queue\/clocked: 1 in handlers, 0 waiting for one, 0 not confirmed yet/,
    });
    await t.advance(60_000);
    await t.idle();
  });
});

test('what fails is in the report of a failed await', async () => {
  await using t = await testMessaging({ listeners: [failing(100)], inactivityMs: 20 });
  await t.send(orders, { id: 1 });
  await assert.rejects(t.consumed(orders), (error: Error) => {
    assert.match(error.message, /something was consumed from \/queue\/orders\.$/m);
    assert.match(error.message, /\/queue\/orders: 1 sent, 1 received$/m);
    assert.match(error.message, /failing: attempt 2 on .* from \/queue\/orders: Error: no luck/);
    assert.match(error.message, /the next timer is due in 200 ms: await t\.advance\(200\)/);
    return true;
  });
});

test('tests in parallel on one broker do not meet', async () => {
  await using broker = await testBroker({ profile: 'rabbitmq' });
  const run = async (id: number): Promise<void> => {
    await using t: TestMessaging = await testMessaging({ broker, listeners: [billing] });
    await t.send(orders, { id });
    await t.sent(invoices, (invoice) => invoice.id === id);
    await t.idle();
    assert.deepEqual(
      (await t.messages(invoices)).map(({ body }) => body),
      [{ id }],
    );
  };
  await Promise.all([1, 2, 3, 4, 5].map(run));
});

test('closing says when a handler never ends, and ends all the same', async () => {
  const stuck = listener(orders, { name: 'stuck' }, () => new Promise(() => undefined));
  const t = await testMessaging({ listeners: [stuck] });
  await t.send(orders, { id: 1 });
  await t.advance(0);
  await assert.rejects(t.close(), { code: 'STOMP_NET_TIMEOUT_CLOSE', message: /stuck/ });
  assert.equal(t.broker.broker.state, 'closed');
});
