/** Browsing: a look at what a queue holds, which takes nothing and ends with a marker. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import type { Headers, Received, StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import {
  bodiesCome,
  consumed,
  fill,
  numberOf,
  numbers,
  sendAll,
  subscriber,
} from './queue-clients.js';

async function browser(
  scene: BrokerScene,
  headers: Headers = {},
  destination = '/queue/a',
): Promise<StompClient> {
  const client = await scene.client();
  await client.subscribes(destination, { browser: 'true', ...headers });
  return client;
}

/** All that it shows before the marker. */
async function shown(client: StompClient): Promise<Received[]> {
  const messages: Received[] = [];
  for (;;) {
    const message = await client.nextMessage();
    if (message.headers['browser'] === 'end') return messages;
    messages.push(message);
  }
}

const shownBodies = async (client: StompClient) => (await shown(client)).map(({ body }) => body);

describe('a browser', () => {
  test('gets all messages, then a marker, and takes nothing, over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    await sendAll(await scene.clientOverTcp(), ['1', '2', '3']);
    for (const version of ['1.1', '1.2'] as const) {
      const client = await scene.clientOverTcp(version);
      await client.subscribes('/queue/a', { id: 'b', browser: 'true' });
      const messages = await client.nextMessages(3);
      assert.deepEqual(
        messages.map(({ body }) => body),
        ['1', '2', '3'],
      );
      assert.equal(messages[0]?.headers['redelivered'], undefined);
      const { headers, bytes } = await client.nextMessage();
      assert.deepEqual(
        { ...headers },
        {
          subscription: 'b',
          destination: '/queue/a',
          'message-id': '0',
          browser: 'end',
        },
      );
      assert.equal(bytes.length, 0);
      await client.unsubscribes('b');
    }
    const consumer = await scene.clientOverTcp();
    await consumer.subscribes('/queue/a');
    const messages = await consumer.nextMessages(3);
    assert(messages.every(({ headers }) => headers['redelivered'] === undefined));
    await scene.close();
  });

  test('of an empty queue gets the marker alone', async (t) => {
    const client = await browser(await brokerScene(t));
    assert.deepEqual(await shown(client), []);
    await client.expectsNoFrame();
  });

  test('gets nothing that comes later', async (t) => {
    const scene = await brokerScene(t);
    const client = await browser(scene);
    assert.deepEqual(await shown(client), []);
    await sendAll(await scene.client(), ['later']);
    await client.expectsNoFrame();
  });

  test('sees what consumers hold and what waits for its redelivery, in the order of all', async (t) => {
    const scene = await brokerScene(t);
    await sendAll(await scene.client(), ['1', '2', '3', '4', '5']);
    const one = { ack: 'client-individual', 'prefetch-count': 1 };
    const refusing = await subscriber(scene, { ...one });
    await refusing.nacks(await refusing.nextMessage());
    await refusing.nextMessage();
    const acking = await subscriber(scene, { ...one });
    await acking.acks(await acking.nextMessage());
    await acking.nextMessage();
    assert.deepEqual(await shownBodies(await browser(scene)), ['1', '2', '4', '5']);
  });

  test('sees higher priorities first', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    for (const priority of [1, 9, 5]) await producer.sends('/queue/a', `${priority}`, { priority });
    assert.deepEqual(await shownBodies(await browser(scene)), ['9', '5', '1']);
  });

  test('sees what its selector matches', async (t) => {
    const scene = await brokerScene(t);
    await fill(await scene.client(), 10);
    const messages = await shown(await browser(scene, { selector: 'number > 6' }));
    assert.deepEqual(messages.map(numberOf), [7, 8, 9]);
  });

  test('sees nothing that has expired', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    await producer.sends('/queue/a', 'short', { expires: scene.clock.now() + 1000 });
    await producer.sends('/queue/a', 'long', { expires: scene.clock.now() + 2000 });
    scene.clock.advance(1000);
    assert.deepEqual(await shownBodies(await browser(scene)), ['long']);
  });

  test('sees nothing that is not durable before it is', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const producer = await scene.client();
    await sendAll(producer, ['1']);
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/a' }, '2');
    const { release } = await commit;
    const client = await scene.client();
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', browser: 'true' });
    assert.equal((await client.nextMessage()).body, '1');
    await client.expectsNoFrame();
    release();
    assert.deepEqual(await shownBodies(client), ['2']);
  });

  test('that acknowledges gets receipts, and removes nothing', async (t) => {
    const scene = await brokerScene(t);
    await sendAll(await scene.client(), ['1', '2', '3']);
    for (const ack of ['client', 'client-individual']) {
      const client = await browser(scene, { ack });
      const messages = await shown(client);
      assert.equal(messages.length, 3);
      await client.acks(messages[0] as Received);
      await client.acks(messages[2] as Received);
      await client.disconnects();
    }
    assert.deepEqual(await bodiesCome(await subscriber(scene)), ['1', '2', '3']);
  });

  for (const transaction of [undefined, 't']) {
    test(`cannot refuse a message${transaction ? ' in a transaction' : ''}`, async (t) => {
      const scene = await brokerScene(t);
      await sendAll(await scene.client(), ['1']);
      const client = await browser(scene, { ack: 'client' });
      const [message] = await shown(client);
      assert(message);
      if (transaction) await client.confirms('BEGIN', { transaction });
      client.frame('NACK', { ...client.nameOf(message), transaction });
      await client.expectsError('STOMP_PROTO_NOT_ALLOWED');
      assert.deepEqual(await bodiesCome(await subscriber(scene)), ['1']);
    });
  }

  test('with a prefetch goes on as it acknowledges', async (t) => {
    const scene = await brokerScene(t);
    await sendAll(await scene.client(), ['1', '2', '3']);
    const client = await browser(scene, { ack: 'client', 'activemq.prefetchSize': 2 });
    const [, second] = await client.nextMessages(2);
    await client.expectsNoFrame();
    await client.acks(second as Received);
    assert.deepEqual(await shownBodies(client), ['3']);
  });

  test('sees all queues of a pattern or a list, and gets one marker', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    for (const name of ['x.1', 'x.2', 'y']) await producer.sends(`/queue/${name}`, name);
    assert.deepEqual((await shownBodies(await browser(scene, {}, '/queue/x.*'))).sort(), [
      'x.1',
      'x.2',
    ]);
    const list = await browser(scene, {}, '/queue/y,/queue/x.2');
    assert.deepEqual((await shownBodies(list)).sort(), ['x.2', 'y']);
    await list.expectsNoFrame();
    const none = await browser(scene, {}, '/queue/z.>');
    const { headers } = await none.nextMessage();
    assert.deepEqual([headers['browser'], headers['destination']], ['end', '/queue/z.>']);
  });

  test('cannot look at a topic', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SUBSCRIBE', { destination: '/topic/a', id: 's', browser: 'true', receipt: 'r' });
    const { headers } = await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    assert.equal(headers['receipt-id'], 'r');
  });

  test('cannot be of 1.0', async (t) => {
    const client = await (await brokerScene(t)).client('1.0');
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', browser: 'true' });
    await client.expectsError('STOMP_PROTO_UNSUPPORTED');
  });

  test('is no consumer: the others get everything, and it owns no group', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    await producer.sends('/queue/a', '1', { JMSXGroupID: 'g' });
    const client = await browser(scene, { 'activemq.exclusive': 'true' });
    assert.deepEqual(await shownBodies(client), ['1']);
    await producer.sends('/queue/a', '2', { JMSXGroupID: 'g' });
    assert.deepEqual(await bodiesCome(await subscriber(scene)), ['1', '2']);
  });
});

describe('a browser of a long queue', () => {
  test('that reads slowly sees all 100,000 messages, once and in order', async (t) => {
    const data = temporaryDirectory(t);
    const scene = await brokerScene(t, { data });
    await fill(await scene.client(), 100_000);
    const client = await scene.client();
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', browser: 'true' });
    const got: Received[] = [];
    while (got.at(-1)?.headers['browser'] !== 'end') {
      client.stopsReading();
      const other = await scene.client();
      await other.disconnects();
      client.readsOn();
      got.push(...(await client.nextMessages(Math.max(1, client.waitingFrames.length))));
    }
    got.pop();
    assert.deepEqual(got.map(numberOf), numbers(100_000));
    await scene.close();
  });

  test('sees also what consumers have come to hold since it began', async (t) => {
    const scene = await brokerScene(t);
    await fill(await scene.client(), 20_000, { body: 'x'.repeat(100) });
    const client = await scene.client();
    client.stopsReading();
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', browser: 'true' });
    const consumer = await subscriber(scene, { ack: 'client', 'prefetch-count': 20_000 });
    const held = await consumer.nextMessages(20_000);
    client.readsOn();
    assert.deepEqual((await shown(client)).map(numberOf), numbers(20_000));
    await consumer.acks(held.at(-1) as Received);
    assert.deepEqual(await shown(await browser(scene)), []);
  });

  test('sees what is left by consumers that work meanwhile, in order', async (t) => {
    const scene = await brokerScene(t);
    await fill(await scene.client(), 20_000, { body: 'x'.repeat(100) });
    const client = await scene.client();
    client.stopsReading();
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', browser: 'true' });
    const consumer = await subscriber(scene, { selector: 'number >= 5000 AND number < 15000' });
    assert.deepEqual(await consumed(consumer, 10_000), numbers(10_000, 5000));
    client.readsOn();
    const got = (await shown(client)).map(numberOf);
    assert.deepEqual(
      [...got].sort((a, b) => a - b),
      got,
    );
    const left = [...numbers(5000), ...numbers(5000, 15_000)];
    const isLeft = new Set(left);
    assert.deepEqual(
      got.filter((number) => isLeft.has(number)),
      left,
    );
  });
});
