/** What the policies of destinations do, each setting for names that match a pattern. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DestinationPolicyEntry } from '@stompbox/broker';
import { brokerScene } from '../broker-scene.js';
import type { Headers, StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

type Context = Parameters<typeof brokerScene>[0];

/** A broker with one policy for the queues `x.>`. */
function withPolicy(t: Context, policy: Omit<DestinationPolicyEntry, 'destination'>) {
  return brokerScene(t, { policies: [{ destination: '/queue/x.>', ...policy }] });
}

/** The header that a message to each of two queues gets. */
async function shown(client: StompClient, header: string, headers: Headers = {}) {
  await client.subscribes('/queue/x.a,/queue/other');
  await client.sends('/queue/x.a', '', headers);
  await client.sends('/queue/other', '', headers);
  const messages = await client.nextMessages(2);
  return messages.map(({ headers }) => headers[header]);
}

describe('redelivery', () => {
  test('has the number and the waits of its queue', async (t) => {
    const scene = await withPolicy(t, {
      redelivery: { maxRedeliveries: 2, initialDelayMs: 100, multiplier: 3, maxDelayMs: 250 },
    });
    const client = await scene.client();
    await client.subscribes('/queue/x.a', { ack: 'client' });
    await client.sends('/queue/x.a', 'bad');
    for (const wait of [100, 250]) {
      await client.nacks(await client.nextMessage());
      scene.clock.advance(wait - 1);
      await client.expectsNoFrame();
      scene.clock.advance(1);
    }
    await client.nacks(await client.nextMessage());
    await client.subscribes('/queue/DLQ.x.a', { id: 'dead' });
    const { headers } = await client.nextMessage();
    assert.equal(headers['dlqDeliveryCount'], '3');
    assert.match(headers['dlqDeliveryFailureCause'] ?? '', /refused by its consumers 3 times/);
  });

  for (const [chance, waitMs] of [
    [0, 800],
    [0.5, 1000],
    [0.999, 1199.6],
  ] as const) {
    test(`waits ${waitMs} ms with a jitter of 0.2 and a chance of ${chance}`, async (t) => {
      const scene = await brokerScene(t, {
        random: () => chance,
        policies: [{ destination: 'x.>', redelivery: { jitter: 0.2 } }],
      });
      const client = await scene.client();
      await client.subscribes('/queue/x.a', { ack: 'client' });
      await client.sends('/queue/x.a', 'bad');
      await client.nacks(await client.nextMessage());
      scene.clock.advance(waitMs - 0.1);
      await client.expectsNoFrame();
      scene.clock.advance(0.2);
      await client.nextMessage();
    });
  }

  test('ends after so many deliveries to consumers that died with the message', async (t) => {
    const scene = await withPolicy(t, { redelivery: { maxDeliveries: 3 } });
    for (const queue of ['/queue/x.a', '/queue/other']) {
      await (await scene.client()).sends(queue, 'poison');
      for (let count = 1; count <= 3; count++) {
        const consumer = await scene.client();
        await consumer.subscribes(queue, { ack: 'client' });
        await consumer.nextMessage();
        await consumer.disconnects();
      }
    }
    const client = await scene.client();
    await client.subscribes('/queue/x.a,/queue/other,/queue/DLQ.>');
    const messages = await client.nextMessages(2);
    assert.deepEqual(messages.map(({ headers }) => headers['destination']).sort(), [
      '/queue/DLQ.x.a',
      '/queue/other',
    ]);
  });
});

describe('a dead letter queue', () => {
  for (const [queue, expected] of [
    ['ActiveMQ.DLQ', 'ActiveMQ.DLQ'],
    ['DLQ.*', 'DLQ.x.a'],
    ['*.dead', 'x.a.dead'],
    ['dead.*.of.*', 'dead.x.a.of.x.a'],
  ] as const) {
    test(`"${queue}" is ${expected} for x.a, and keeps what is refused there`, async (t) => {
      const scene = await withPolicy(t, {
        deadLetter: { queue },
        redelivery: { maxRedeliveries: 0 },
      });
      const client = await scene.client();
      await client.subscribes('/queue/x.a', { ack: 'client' });
      await client.sends('/queue/x.a', 'bad');
      await client.nacks(await client.nextMessage());
      await client.subscribes(`/queue/${expected}`, { id: 'dead', ack: 'client' });
      for (let count = 0; count < 10; count++) {
        const message = await client.nextMessage();
        assert.equal(message.headers['destination'], `/queue/${expected}`);
        await client.nacks(message);
        scene.clock.advance(60_000);
      }
    });
  }
});

describe('time to live', () => {
  test('is the default one for messages that bring none', async (t) => {
    const scene = await withPolicy(t, { defaultTimeToLiveMs: 500 });
    const client = await scene.client();
    const now = scene.clock.now();
    assert.deepEqual(await shown(client, 'expires'), [String(now + 500), '0']);
    await client.unsubscribes();
    assert.deepEqual(await shown(client, 'expires', { expires: now + 9000 }), [
      String(now + 9000),
      String(now + 9000),
    ]);
  });

  test('is cut to the longest one that is allowed', async (t) => {
    const scene = await withPolicy(t, { maxTimeToLiveMs: 500 });
    const client = await scene.client();
    const now = scene.clock.now();
    for (const [asked, kept] of [
      [undefined, now + 500],
      [now + 501, now + 500],
      [now + 499, now + 499],
    ] as const) {
      const [expires] = await shown(client, 'expires', { expires: asked });
      assert.equal(expires, String(kept));
      await client.unsubscribes();
    }
  });

  test('is the default one, cut to the longest one', async (t) => {
    const scene = await withPolicy(t, { defaultTimeToLiveMs: 900, maxTimeToLiveMs: 500 });
    const [expires] = await shown(await scene.client(), 'expires');
    assert.equal(expires, String(scene.clock.now() + 500));
  });
});

describe('priority', () => {
  test('does not count where the policy says so, and is still shown', async (t) => {
    const scene = await withPolicy(t, { prioritized: false });
    const client = await scene.client();
    for (const queue of ['/queue/x.a', '/queue/other']) {
      for (const priority of [1, 9]) await client.sends(queue, '', { priority });
      await client.subscribes(queue, { id: queue });
      const messages = await client.nextMessages(2);
      const expected = queue === '/queue/x.a' ? ['1', '9'] : ['9', '1'];
      assert.deepEqual(
        messages.map(({ headers }) => headers['priority']),
        expected,
      );
    }
  });
});

describe('persistence', () => {
  test('always and never win over what the sender says, and hold over a restart', async (t) => {
    const data = temporaryDirectory(t);
    const policies = [
      { destination: '/queue/always', persistence: 'always' },
      { destination: '/queue/never', persistence: 'never' },
    ] as const;
    const first = await brokerScene(t, { data, policies });
    const before = await first.client();
    const queues = ['/queue/always', '/queue/never', '/queue/as-sent'];
    for (const queue of queues) {
      for (const persistent of ['true', 'false'])
        await before.sends(queue, persistent, { persistent });
    }
    await first.close();
    const client = await (await brokerScene(t, { data, policies })).client();
    await client.subscribes(queues.join());
    const messages = await client.nextMessages(3);
    assert.deepEqual(
      messages.map(({ headers, body }) => `${headers['destination']} ${body}`).sort(),
      ['/queue/always false', '/queue/always true', '/queue/as-sent true'],
    );
    for (const { headers } of messages) assert.equal(headers['persistent'], 'true');
    await client.expectsNoFrame();
  });
});

describe('prefetch', () => {
  test('is the one of the policy, unless the subscriber asks for its own', async (t) => {
    const policies = [
      { destination: '/queue/x.>', prefetch: 3 },
      { destination: '/topic/x.>', prefetch: 2 },
    ];
    for (const [destination, headers, expected] of [
      ['/queue/x.a', {}, 3],
      ['/topic/x.a', {}, 2],
      ['/queue/x.a', { 'activemq.prefetchSize': 4 }, 4],
      ['/queue/x.a', { 'prefetch-count': 1 }, 1],
    ] as const) {
      const client = await (await brokerScene(t, { policies })).client();
      await client.subscribes(destination, { ack: 'client', ...headers });
      for (let count = 0; count < 5; count++) await client.sends(destination);
      await client.nextMessages(expected);
      await client.expectsNoFrame();
    }
  });
});

describe('maxMessages', () => {
  test('refuses a SEND to a queue that is full, and takes it when there is room again', async (t) => {
    const scene = await withPolicy(t, { maxMessages: 2 });
    const client = await scene.client();
    for (const body of ['1', '2']) await client.sends('/queue/x.a', body);
    for (const destination of ['/queue/x.a', '/queue/other,/queue/x.a']) {
      const refused = await scene.client();
      refused.frame('SEND', { destination, receipt: 'r' }, '3');
      const { headers } = await refused.expectsError('STOMP_PROTO_QUEUE_FULL');
      assert.equal(headers['receipt-id'], 'r');
      assert.match(headers['message'] ?? '', /\/queue\/x\.a holds 2 messages/);
    }
    for (let count = 0; count < 3; count++) await client.sends('/queue/other');
    await client.subscribes('/queue/x.a', { ack: 'client' });
    const [first = assert.fail()] = await client.nextMessages(2);
    await client.acks(first);
    await client.sends('/queue/x.a', '3');
    assert.deepEqual(await client.nextBodies(1), ['3']);
  });

  test('counts for temporary queues, too', async (t) => {
    const policies = [{ destination: '/temp-queue/>', maxMessages: 1 }];
    const client = await (await brokerScene(t, { policies })).client();
    await client.sends('/temp-queue/x');
    client.frame('SEND', { destination: '/temp-queue/x' });
    await client.expectsError('STOMP_PROTO_QUEUE_FULL');
  });

  test('does not hold back dead letters', async (t) => {
    const scene = await brokerScene(t, { policies: [{ destination: 'DLQ.>', maxMessages: 1 }] });
    const client = await scene.client();
    for (const body of ['1', '2', '3']) await client.sends('/queue/a', body, { expires: 1 });
    await client.subscribes('/queue/DLQ.a');
    assert.deepEqual(await client.nextBodies(3), ['1', '2', '3']);
  });
});
