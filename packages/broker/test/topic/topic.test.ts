/** Topics: to all who are subscribed now, kept for nobody, with a limit for those who are slow. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';

async function publish(client: StompClient, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) client.frame('SEND', { destination: '/topic/a' }, body);
  await client.roundTrip();
}

const digits = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));

describe('a topic', () => {
  test('gives each message to all subscribers, with one message-id', async (t) => {
    const scene = await brokerScene(t);
    const subscribers: StompClient[] = [];
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await scene.client(version);
      await client.subscribes('/topic/a');
      subscribers.push(client);
    }
    await publish(await scene.client(), digits(10));
    const ids = new Set<string | undefined>();
    for (const client of subscribers) {
      const messages = await client.nextMessages(10);
      assert.deepEqual(
        messages.map(({ body }) => body),
        digits(10),
      );
      for (const { headers } of messages) ids.add(headers['message-id']);
    }
    assert.equal(ids.size, 10);
  });

  test('gives a publisher its own messages too', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a');
    await publish(client, ['hello']);
    assert.equal((await client.nextMessage()).body, 'hello');
  });

  test('keeps nothing for those who come later', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.sends('/topic/a', 'missed', { persistent: 'true' });
    await client.subscribes('/topic/a');
    await client.expectsNoFrame();
    await client.unsubscribes();
    await client.sends('/topic/a', 'missed as well');
    await client.subscribes('/topic/a');
    await client.expectsNoFrame();
  });

  test('misses nobody whose subscription was confirmed', async (t) => {
    const scene = await brokerScene(t);
    for (let round = 0; round < 100; round++) {
      const consumer = await scene.client();
      await consumer.subscribes('/topic/a');
      const producer = await scene.client();
      await producer.sends('/topic/a', String(round));
      assert.equal((await consumer.nextMessage()).body, String(round));
      await consumer.disconnects();
      await producer.disconnects();
    }
  });

  test('gives nothing to those who have left', async (t) => {
    const scene = await brokerScene(t);
    const leaver = await scene.client();
    await leaver.subscribes('/topic/a');
    const stayer = await scene.client();
    await stayer.subscribes('/topic/a');
    await leaver.unsubscribes();
    await publish(stayer, ['hello']);
    assert.equal((await stayer.nextMessage()).body, 'hello');
    await leaver.expectsNoFrame();
  });

  test('is another one than a queue of the same name', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    await publish(client, ['hello']);
    await client.expectsNoFrame();
  });

  test('gives each of two subscriptions of one connection its message', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a', { id: 'one', ack: 'client' });
    await client.subscribes('/topic/a', { id: 'two', ack: 'client' });
    await publish(client, ['hello']);
    const [one = assert.fail(), two = assert.fail()] = await client.nextMessages(2);
    assert.equal(one.headers['message-id'], two.headers['message-id']);
    assert.notEqual(one.headers['ack'], two.headers['ack']);
    assert.deepEqual([one.headers['subscription'], two.headers['subscription']], ['one', 'two']);
    await client.acks(two);
    await client.acks(one);
  });

  test('works over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const [one, two] = [await scene.clientOverTcp(), await scene.clientOverTcp('1.0')];
    for (const client of [one, two]) await client.subscribes('/topic/a');
    await publish(one, digits(1000));
    for (const client of [one, two]) assert.deepEqual(await client.nextBodies(1000), digits(1000));
  });
});

describe('a subscriber that acknowledges', () => {
  test('gets no more than its prefetch, and the rest as it acknowledges', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a', { ack: 'client-individual', 'activemq.prefetchSize': 2 });
    await publish(client, digits(5));
    const [one = assert.fail(), two = assert.fail()] = await client.nextMessages(2);
    await client.expectsNoFrame();
    await client.acks(two);
    assert.deepEqual(await client.nextBodies(1), ['3']);
    await client.acks(one);
    assert.deepEqual(await client.nextBodies(1), ['4']);
    await client.expectsNoFrame();
  });

  test('acknowledges cumulatively in client mode', async (t) => {
    const client = await (await brokerScene(t)).client('1.1');
    await client.subscribes('/topic/a', { ack: 'client', 'activemq.prefetchSize': 3 });
    await publish(client, digits(6));
    const messages = await client.nextMessages(3);
    await client.acks(messages[2] ?? assert.fail());
    assert.deepEqual(await client.nextBodies(3), ['4', '5', '6']);
  });

  test('has a prefetch of 32,767 unless it says otherwise', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a', { ack: 'client' });
    await publish(client, digits(32_768));
    await client.nextMessages(32_767);
    await client.expectsNoFrame();
  });

  test('loses by NACK what it refuses, which is counted', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/topic/a', { ack: 'client' });
    await publish(client, ['hello']);
    await client.nacks(await client.nextMessage());
    scene.clock.advance(60_000);
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.topicMessagesRefused, 1);
  });

  test('gets nothing again that it left unsettled', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a', { ack: 'client' });
    await publish(client, ['hello']);
    await client.nextMessage();
    await client.unsubscribes();
    await client.subscribes('/topic/a', { ack: 'client' });
    await client.expectsNoFrame();
  });

  test('acknowledges in transactions', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a', { ack: 'client-individual', 'prefetch-count': 10 });
    for (let round = 0; round < 5; round++) {
      await publish(client, digits(10));
      await client.confirms('BEGIN', { transaction: 't' });
      for (const message of await client.nextMessages(10)) {
        await client.acks(message, { transaction: 't' });
      }
      await client.confirms('COMMIT', { transaction: 't' });
    }
    await client.expectsNoFrame();
  });
});

describe('a subscriber that is too slow', () => {
  const slow = { ack: 'client-individual', 'activemq.prefetchSize': 1 };

  test('loses the oldest of more messages than may wait, which are counted', async (t) => {
    const scene = await brokerScene(t, { topicLimits: { maxBacklogMessages: 3 } });
    const client = await scene.client();
    await client.subscribes('/topic/a', slow);
    const quick = await scene.client();
    await quick.subscribes('/topic/a');
    await publish(quick, digits(8));
    assert.deepEqual(await quick.nextBodies(8), digits(8));
    const bodies: string[] = [];
    for (let count = 0; count < 4; count++) {
      const message = await client.nextMessage();
      bodies.push(message.body);
      await client.acks(message);
    }
    await client.expectsNoFrame();
    assert.deepEqual(bodies, ['1', '6', '7', '8']);
    assert.equal(scene.broker.counters.topicMessagesDropped, 4);
    const told = { type: 'topic-message-dropped', topic: 'a', peer: 'memory' };
    assert.deepEqual(scene.eventsOf('topic-message-dropped'), [told, told, told, told]);
  });

  test('loses the oldest of more bytes than may wait', async (t) => {
    const scene = await brokerScene(t, { topicLimits: { maxBacklogBytes: 2500 } });
    const client = await scene.client();
    await client.subscribes('/topic/a', slow);
    const bodies = digits(5).map((digit) => digit.repeat(1000));
    await publish(client, bodies);
    await client.acks(await client.nextMessage());
    const message = await client.nextMessage();
    assert.equal(message.body, bodies[3]);
    assert.equal(scene.broker.counters.topicMessagesDropped, 2);
  });

  test('may have no backlog at all', async (t) => {
    const scene = await brokerScene(t, { topicLimits: { maxBacklogMessages: 0 } });
    const client = await scene.client();
    await client.subscribes('/topic/a', slow);
    await publish(client, digits(3));
    await client.acks(await client.nextMessage());
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.topicMessagesDropped, 2);
  });

  test('because it does not read holds up nobody and gets the newest', async (t) => {
    const scene = await brokerScene(t, { topicLimits: { maxBacklogMessages: 10 } });
    const stuck = await scene.client();
    await stuck.subscribes('/topic/a');
    stuck.stopsReading();
    const quick = await scene.client();
    await quick.subscribes('/topic/a');
    for (const digit of digits(40)) await publish(quick, [digit.padEnd(100_000, '.')]);
    await quick.nextMessages(40);
    stuck.readsOn();
    const seen: string[] = [];
    while (seen.at(-1) !== '40')
      seen.push(Number.parseInt((await stuck.nextMessage()).body, 10).toString());
    assert.deepEqual(seen.slice(-10), digits(40).slice(-10));
    assert.equal(scene.broker.counters.topicMessagesDropped, 40 - seen.length);
  });
});
