/** Exclusive consumers, consumers of a priority, and what one of them may hold. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { Received } from '../stomp-client.js';
import {
  bodiesCome,
  come,
  fill,
  numbers,
  numbersCome,
  sendAll,
  subscriber,
} from './queue-clients.js';

const EXCLUSIVE = { 'activemq.exclusive': 'true' };
const INDIVIDUAL = { ack: 'client-individual' };

describe('an exclusive consumer', () => {
  test('gets everything, the first one of them, over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const [plain, first, second] = [
      await scene.clientOverTcp(),
      await scene.clientOverTcp(),
      await scene.clientOverTcp(),
    ];
    await plain.subscribes('/queue/a');
    await first.subscribes('/queue/a', EXCLUSIVE);
    await second.subscribes('/queue/a', EXCLUSIVE);
    const producer = await scene.clientOverTcp();
    await sendAll(producer, ['1', '2', '3']);
    assert.deepEqual(await first.nextBodies(3), ['1', '2', '3']);
    await plain.expectsNoFrame();
    await second.expectsNoFrame();
    await scene.close();
  });

  test('is replaced by the next exclusive one, then by all others', async (t) => {
    const scene = await brokerScene(t);
    const plain = await subscriber(scene);
    const first = await subscriber(scene, EXCLUSIVE);
    const second = await subscriber(scene, EXCLUSIVE);
    const producer = await scene.client();
    await first.disconnects();
    await sendAll(producer, ['1', '2']);
    assert.deepEqual(await bodiesCome(second), ['1', '2']);
    await second.unsubscribes();
    await sendAll(producer, ['3', '4']);
    assert.deepEqual(await bodiesCome(plain), ['3', '4']);
  });

  test('leaves to the next one what it had not settled, in order', async (t) => {
    const scene = await brokerScene(t);
    const first = await subscriber(scene, { ...EXCLUSIVE, ...INDIVIDUAL, 'prefetch-count': 2 });
    const second = await subscriber(scene, EXCLUSIVE);
    await sendAll(await scene.client(), ['1', '2', '3', '4']);
    assert.deepEqual(await bodiesCome(first), ['1', '2']);
    first.vanishes();
    assert.deepEqual(await second.nextBodies(4), ['1', '2', '3', '4']);
  });

  test('of a higher priority comes before an earlier one', async (t) => {
    const scene = await brokerScene(t);
    const low = await subscriber(scene, EXCLUSIVE);
    const high = await subscriber(scene, { ...EXCLUSIVE, 'activemq.priority': 1 });
    await sendAll(await scene.client(), ['1', '2']);
    assert.deepEqual(await bodiesCome(high), ['1', '2']);
    await low.expectsNoFrame();
  });

  test('without credit keeps the others waiting; when it leaves they get everything', async (t) => {
    const scene = await brokerScene(t);
    const idle = await subscriber(scene, { ...EXCLUSIVE, ...INDIVIDUAL, 'prefetch-count': 0 });
    const plain = await subscriber(scene);
    await sendAll(await scene.client(), ['1', '2']);
    await plain.expectsNoFrame();
    await idle.unsubscribes();
    assert.deepEqual(await bodiesCome(plain), ['1', '2']);
  });
});

describe('a consumer of a higher priority', () => {
  test('gets all messages as long as it has credit', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const low = await scene.clientOverTcp();
    await low.subscribes('/queue/a', INDIVIDUAL);
    const high = await scene.clientOverTcp();
    await high.subscribes('/queue/a', {
      ...INDIVIDUAL,
      'activemq.priority': 10,
      'prefetch-count': 3,
    });
    await sendAll(await scene.client(), ['1', '2', '3', '4', '5']);
    const [first] = await high.nextMessages(3);
    assert.deepEqual(await low.nextBodies(2), ['4', '5']);
    await high.acks(first as Received);
    await sendAll(await scene.client(), ['6']);
    assert.deepEqual(await high.nextBodies(1), ['6']);
    await low.expectsNoFrame();
    await scene.close();
  });

  test('may have a negative one, and gets what others have no credit for', async (t) => {
    const scene = await brokerScene(t);
    const last = await subscriber(scene, { 'activemq.priority': -128 });
    const first = await subscriber(scene, { ...INDIVIDUAL, 'prefetch-count': 1 });
    await sendAll(await scene.client(), ['1', '2']);
    assert.deepEqual(await bodiesCome(first), ['1']);
    assert.deepEqual(await bodiesCome(last), ['2']);
  });

  test('shares with those of the same one, in turn', async (t) => {
    const scene = await brokerScene(t);
    const low = await subscriber(scene);
    const high = { 'activemq.priority': 127 };
    const [one, two] = [await subscriber(scene, high), await subscriber(scene, high)];
    await sendAll(await scene.client(), ['1', '2', '3', '4']);
    assert.deepEqual(await bodiesCome(one), ['1', '3']);
    assert.deepEqual(await bodiesCome(two), ['2', '4']);
    await low.expectsNoFrame();
  });

  test('with a selector leaves what it does not want to the others', async (t) => {
    const scene = await brokerScene(t);
    const low = await subscriber(scene);
    const high = await subscriber(scene, { 'activemq.priority': 1, selector: 'number > 2' });
    await fill(await scene.client(), 6);
    assert.deepEqual(await numbersCome(low), [0, 1, 2]);
    assert.deepEqual(await numbersCome(high), [3, 4, 5]);
  });

  test('is not one out of range', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', 'activemq.priority': 128 });
    await client.expectsError('STOMP_PROTO_BAD_HEADER');
  });
});

describe('one subscription to several queues', () => {
  test('settles by a cumulative ACK what came before, whatever queue it is of', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a,/queue/b', { ack: 'client' });
    const producer = await scene.client();
    for (const [index, queue] of ['a', 'b', 'b', 'a', 'b'].entries()) {
      await producer.sends(`/queue/${queue}`, String(index));
    }
    const messages = await come(consumer);
    assert.deepEqual(
      messages.map(({ body }) => body),
      ['0', '1', '2', '3', '4'],
    );
    await consumer.acks(messages[2] as Received);
    await consumer.disconnects();
    const other = await scene.client();
    await other.subscribes('/queue/a,/queue/b');
    assert.deepEqual((await bodiesCome(other)).sort(), ['3', '4']);
  });

  test('shares one prefetch among them', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a,/queue/b', { ...INDIVIDUAL, 'prefetch-count': 1 });
    const producer = await scene.client();
    await producer.sends('/queue/a', 'a');
    await producer.sends('/queue/b', 'b');
    const first = await consumer.nextMessage();
    await consumer.expectsNoFrame();
    await consumer.acks(first);
    assert.equal((await consumer.nextMessage()).body, 'b');
  });

  for (const version of ['1.0', '1.1'] as const) {
    test(`names copies of a message one after the other in ${version}, the oldest first`, async (t) => {
      const scene = await brokerScene(t);
      const consumer = await scene.client(version);
      await consumer.subscribes('/queue/a,/queue/b', { ...INDIVIDUAL });
      const producer = await scene.client();
      await producer.sends('/queue/a,/queue/b', 'copy');
      const [one, two] = await consumer.nextMessages(2);
      assert(one && two);
      assert.equal(one.headers['message-id'], two.headers['message-id']);
      assert.deepEqual([one.headers['destination'], two.headers['destination']].sort(), [
        '/queue/a',
        '/queue/b',
      ]);
      await consumer.acks(one);
      await consumer.unsubscribes();
      await consumer.subscribes(two.headers['destination'] ?? '');
      assert.deepEqual(await bodiesCome(consumer), ['copy']);
      const rest = await scene.client();
      await rest.subscribes('/queue/a,/queue/b');
      await rest.expectsNoFrame();
    });
  }

  test('names further copies after one that a transaction holds', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await scene.client('1.1');
    await consumer.subscribes('/queue/a,/queue/b', INDIVIDUAL);
    await (await scene.client()).sends('/queue/a,/queue/b', 'copy');
    const [one, two] = await consumer.nextMessages(2);
    assert(one && two);
    await consumer.confirms('BEGIN', { transaction: 't' });
    await consumer.acks(one, { transaction: 't' });
    await consumer.acks(two, { transaction: 't' });
    await consumer.confirms('COMMIT', { transaction: 't' });
    consumer.frame('ACK', { ...consumer.nameOf(one) });
    await consumer.expectsError('STOMP_PROTO_NO_MESSAGE');
  });

  test('that a 1.0 client has twice settles in each of them', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await scene.client('1.0');
    await consumer.subscribes('/queue/a', { id: '1', ack: 'client' });
    await consumer.subscribes('/queue/b', { id: '2', ack: 'client' });
    await (await scene.client()).sends('/queue/a,/queue/b', 'copy');
    const [one] = await consumer.nextMessages(2);
    assert(one);
    await consumer.confirms('BEGIN', { transaction: 't' });
    await consumer.acks(one, { transaction: 't' });
    await consumer.acks(one, { transaction: 't' });
    await consumer.confirms('COMMIT', { transaction: 't' });
    await consumer.disconnects();
    const rest = await scene.client();
    await rest.subscribes('/queue/a,/queue/b');
    await rest.expectsNoFrame();
  });
});

describe('what a subscription holds unsettled', () => {
  test('is limited to 64 MiB, besides a first message of any size', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await subscriber(scene, INDIVIDUAL);
    const producer = await scene.client();
    const body = 'x'.repeat(8 * 1024 * 1024);
    for (const number of numbers(10)) await producer.sends('/queue/a', body, { number });
    const held = [];
    while (held.length < 8) held.push(await consumer.nextMessage());
    await consumer.expectsNoFrame();
    // Each message has a head, too, so eight of them are more than 64 MiB.
    for (const message of held.slice(0, 2)) await consumer.acks(message);
    assert.deepEqual(
      (await consumer.nextMessages(2)).map(({ headers }) => headers['number']),
      ['8', '9'],
    );
  });

  test('in a transaction gives its credit back at once', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await subscriber(scene, { ack: 'client', 'prefetch-count': 1 });
    await sendAll(await scene.client(), ['1', '2', '3']);
    await consumer.confirms('BEGIN', { transaction: 't' });
    const first = await consumer.nextMessage();
    await consumer.acks(first, { transaction: 't' });
    assert.deepEqual(await bodiesCome(consumer), ['2']);
    await consumer.confirms('ABORT', { transaction: 't' });
    await consumer.expectsNoFrame();
    await consumer.acks(first);
    await consumer.expectsNoFrame();
    await consumer.disconnects();
    assert.deepEqual(await bodiesCome(await subscriber(scene)), ['2', '3']);
  });
});
