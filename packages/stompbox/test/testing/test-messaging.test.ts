/** The service in a test: what can be awaited, and what a failed await says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { queue } from 'stompbox';
import { createOutbox, startRelay } from 'stompbox/outbox';
import { testBroker, testMessaging } from 'stompbox/testing';
import { memorySqlite } from '../sql/sqlite.js';

interface Order {
  readonly id: number;
}

const orders = queue<Order>('orders');
const invoices = queue<Order>('invoices');

describe('what the service has sent', () => {
  test('can be awaited before and after', async () => {
    await using t = await testMessaging();
    const before = t.sent(orders, ({ id }) => id === 1);
    await t.send(orders, { id: 1 }, { correlationId: 'c-1' });
    const { destination, body, correlationId } = await before;
    assert.deepEqual([destination, body, correlationId], ['/queue/orders', { id: 1 }, 'c-1']);
    assert.equal((await t.sent('orders')).body, body);
  });

  test('is found by its expectation', async () => {
    await using t = await testMessaging();
    for (const id of [1, 2, 3]) await t.send(orders, { id });
    assert.deepEqual((await t.sent(orders, ({ id }) => id > 1)).body, { id: 2 });
  });

  test('is what it says, also when an outbox has written it as JSON', async (context) => {
    await using t = await testMessaging();
    const database = memorySqlite(context);
    const outbox = createOutbox(database);
    await outbox.migrate();
    for (const body of [{ id: 7 }, '{"id":8}']) await outbox.send(database, 'orders', body);
    await using _relay = startRelay(t.messaging, outbox);
    assert.deepEqual((await t.sent(orders, ({ id }) => id === 7)).body, { id: 7 });
    const text = await t.sent('orders', (body) => body === '{"id":8}');
    assert.equal(text.body, '{"id":8}', 'a text stays a text');
  });

  test('lies in its queue while nobody takes it', async () => {
    await using t = await testMessaging({ settings: { queue: 'own' } });
    await t.sendToQueue({ id: 1 });
    await t.sendToTopic({ id: 2 });
    assert.deepEqual(
      (await t.messages('own')).map(({ body }) => body),
      [{ id: 1 }],
    );
  });

  test('does not depend on the environment', async () => {
    process.env['MQ_URL'] = 'nowhere.example.org:1';
    try {
      await using t = await testMessaging();
      await t.send(orders, { id: 1 });
      assert.equal(t.messaging.settings.url, 'stomp://test-broker:61613');
    } finally {
      delete process.env['MQ_URL'];
    }
  });
});

describe('what does not happen', () => {
  test('is told with what was seen and what waits', async () => {
    await using t = await testMessaging({ inactivityMs: 20 });
    await t.send(orders, { id: 1 });
    await t.send(orders, { id: 2 });
    await assert.rejects(
      t.sent(orders, ({ id }) => id === 3),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'STOMP_TEST_TIMEOUT');
        assert.match(
          error.message,
          /^Nothing has happened for 20 ms while waiting until something/,
        );
        assert.match(error.message, /was sent to \/queue\/orders as expected \(2 was not\)\.$/m);
        assert.match(error.message, /^Seen so far:\n {2}\/queue\/orders: 2 sent$/m);
        assert.match(error.message, /^Failures:\n {2}nothing$/m);
        assert.match(error.message, /^ {2}\/queue\/orders: 2 messages, no consumer$/m);
        assert.match(error.message, /the next timer is due in \d+ ms: await t\.advance\(\d+\)$/m);
        return true;
      },
    );
  });

  test('is told with the sends that failed', async () => {
    await using t = await testMessaging({ inactivityMs: 20 });
    t.faults.refuseConnections();
    await assert.rejects(t.send(orders, { id: 1 }), { code: 'STOMP_NET_REFUSED' });
    assert.match(t.describe(), /^Failures:\n {2}SEND to \/queue\/orders: ConnectionError: /m);
    assert.match(t.describe(), /^ {2}the connection: none$/m);
  });

  test('is not waited for longer than ten times the inactivity, whatever goes on', async () => {
    await using t = await testMessaging({ inactivityMs: 50 });
    let isOver = false;
    const busy = (async () => {
      while (!isOver) await t.send(invoices, { id: 0 });
    })();
    await assert.rejects(t.sent(orders), { message: /^There was no end of it while waiting/ });
    isOver = true;
    await busy;
  });
});

describe('tests that share a broker', () => {
  test('have names of their own without noticing', async () => {
    await using broker = await testBroker();
    await using one = await testMessaging({ broker });
    await using two = await testMessaging({ broker });
    await one.send(orders, { id: 1 });
    await two.send(orders, { id: 2 });
    const bodiesOf = async (t: typeof one) => (await t.messages(orders)).map(({ body }) => body);
    assert.deepEqual([await bodiesOf(one), await bodiesOf(two)], [[{ id: 1 }], [{ id: 2 }]]);
    assert.equal((await broker.messages(`/queue/${one.prefix}orders`)).length, 1);
    assert.match(one.describe(), /\/queue\/orders: 1 messages/);
    await one.close();
    assert.equal(broker.broker.state, 'running');
  });

  test('keep topics, replies and virtual topics apart', async () => {
    await using broker = await testBroker();
    await using one = await testMessaging({ broker });
    await using two = await testMessaging({ broker });
    const got: string[] = [];
    for (const [name, t] of [
      ['one', one],
      ['two', two],
    ] as const) {
      const connection = await t.messaging.getConnection();
      for (const destination of ['/topic/news', '/queue/Consumer.a.VirtualTopic.b']) {
        await connection.subscribe(destination, {}, (message) => {
          got.push(`${name} ${message.destination} ${message.text()}`);
        });
      }
      await connection.subscribe('/queue/questions', {}, async (message) => {
        const to = message.headers.get('reply-to') ?? '';
        const correlation = message.headers.get('correlation-id') ?? '';
        await connection.send(to, `"${name}"`, { headers: { 'correlation-id': correlation } });
      });
    }
    assert.equal(await two.request('/queue/questions', 'who?'), 'two');
    await one.send('/topic/news', 'x');
    await one.send('/topic/VirtualTopic.b', 'y');
    await broker.clock.advance(0);
    assert.deepEqual(got, ['one /topic/news x', 'one /queue/Consumer.a.VirtualTopic.b y']);
  });
});

describe('the options of testMessaging', () => {
  test('of the broker belong to the broker, if it is given', async () => {
    await using broker = await testBroker();
    await assert.rejects(testMessaging({ broker, profile: 'artemis' }), {
      code: 'STOMP_OPT_INVALID',
      message: "The option profile of testMessaging() is the broker's: give it to testBroker()",
    });
  });

  test('are refused when they are unknown or wrong', async () => {
    const wrong = { inactivity: 5 } as object;
    await assert.rejects(testMessaging(wrong), { code: 'STOMP_OPT_UNKNOWN' });
    await assert.rejects(testMessaging({ broker: {} as never }), { code: 'STOMP_OPT_INVALID' });
  });

  test('cannot lead to another broker', async () => {
    const settings = { url: 'mq.example.org' } as object;
    await assert.rejects(testMessaging({ settings }), {
      code: 'STOMP_OPT_INVALID',
      message: "The option settings.url of testMessaging() is the test broker's: leave it out",
    });
  });

  test('may hold settings for production: a login, TLS, a client id', async () => {
    const settings = {
      ...{ user: 'shop', password: 'secret', clientId: 'shop-1' },
      tls: { rejectUnauthorized: false },
      connection: { heartBeatMs: 5_000 },
    };
    await using t = await testMessaging({ settings });
    await t.send(orders, { id: 1 });
    assert.equal((await t.messages(orders)).length, 1);
  });

  test('say what is wrong with a listener, and leave nothing open', async () => {
    await assert.rejects(testMessaging({ listeners: [5 as never] }), { code: 'STOMP_OPT_INVALID' });
  });
});
