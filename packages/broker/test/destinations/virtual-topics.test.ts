/** Virtual topics: each group of consumers has a queue that gets what is sent to the topic. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessage } from '../../dist/message.js';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { sessionParts } from '../session/session-parts.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const TOPIC = '/topic/VirtualTopic.FOO';
const QUEUE_A = '/queue/Consumer.A.VirtualTopic.FOO';
const QUEUE_B = '/queue/Consumer.B.VirtualTopic.FOO';

describe('a virtual topic', () => {
  test('gives a copy to each queue of consumers, and to subscribers of the topic', async (t) => {
    const client = await (await brokerScene(t)).client();
    for (const destination of [QUEUE_A, QUEUE_B, TOPIC]) {
      await client.subscribes(destination, { id: destination });
    }
    await client.sends(TOPIC, 'hello', { foo: 'bar' });
    const messages = await client.nextMessages(3);
    await client.expectsNoFrame();
    const shown = messages.map(({ headers }) => [
      headers['subscription'],
      headers['destination'],
      headers['original-destination'],
      headers['persistent'],
    ]);
    assert.deepEqual(shown, [
      [TOPIC, TOPIC, undefined, undefined],
      [QUEUE_A, QUEUE_A, TOPIC, 'true'],
      [QUEUE_B, QUEUE_B, TOPIC, 'true'],
    ]);
    assert.equal(new Set(messages.map(({ headers }) => headers['message-id'])).size, 1);
    for (const { headers, body } of messages) {
      assert.deepEqual([headers['foo'], body], ['bar', 'hello']);
    }
  });

  test('keeps for a queue what comes while nobody consumes it', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.sends(TOPIC, 'before there was a queue');
    await client.subscribes(QUEUE_A);
    await client.unsubscribes();
    await client.sends(TOPIC, 'kept');
    await client.subscribes(QUEUE_A);
    assert.equal((await client.nextMessage()).body, 'kept');
    await client.expectsNoFrame();
  });

  test('is shared by the consumers of one queue, 30,000 messages and none twice', async (t) => {
    const scene = await brokerScene(t);
    const consumers = [await scene.client(), await scene.client(), await scene.client()];
    for (const consumer of consumers) await consumer.subscribes(QUEUE_A);
    const whole = await scene.client();
    await whole.subscribes(QUEUE_B);
    const sender = await scene.client();
    for (let count = 0; count < 30_000; count++) {
      sender.frame('SEND', { destination: TOPIC }, String(count));
    }
    await sender.roundTrip();
    const all = Array.from({ length: 30_000 }, (_, count) => String(count));
    assert.deepEqual(await whole.nextBodies(30_000), all);
    for (const consumer of consumers) await consumer.roundTrip();
    const bodies = consumers.flatMap(({ waitingFrames }) => waitingFrames.map(({ body }) => body));
    assert.deepEqual(
      bodies.sort((one, other) => Number(one) - Number(other)),
      all,
    );
  });

  test('is one only by the name VirtualTopic', async (t) => {
    const client = await (await brokerScene(t)).client();
    for (const name of [
      'Consumer.A.plain',
      'Consumer.A.B.VirtualTopic.FOO',
      'A.VirtualTopic.FOO',
    ]) {
      await client.subscribes(`/queue/${name}`, { id: name });
    }
    await client.sends('/topic/plain');
    await client.sends(TOPIC);
    await client.expectsNoFrame();
  });

  test('is written to its queues at COMMIT, or not at all', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes(QUEUE_A, { id: 'a' });
    await client.subscribes(QUEUE_B, { id: 'b' });
    for (const end of ['ABORT', 'COMMIT'] as const) {
      await client.confirms('BEGIN', { transaction: 't' });
      for (const body of ['1', '2']) await client.sends(TOPIC, body, { transaction: 't' });
      await client.expectsNoFrame();
      await client.confirms(end, { transaction: 't' });
    }
    assert.deepEqual((await client.nextBodies(4)).sort(), ['1', '1', '2', '2']);
    await client.expectsNoFrame();
  });

  test('finds its queues again after a restart, with what they kept', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    const before = await first.client();
    await before.subscribes(QUEUE_A);
    await before.unsubscribes();
    await before.sends(TOPIC, 'kept');
    await before.sends(TOPIC, 'not kept', { persistent: 'false' });
    await first.close();
    const client = await (await brokerScene(t, { data })).client();
    await client.sends(TOPIC, 'new');
    await client.subscribes(QUEUE_A);
    assert.deepEqual(await client.nextBodies(2), ['kept', 'new']);
    await client.expectsNoFrame();
  });

  test('may have a queue for a pattern of topics, which is one literal queue', async (t) => {
    const client = await (await brokerScene(t)).client();
    const queue = '/queue/Consumer.A.VirtualTopic.FOO.>';
    await client.subscribes(queue);
    for (const name of ['FOO', 'FOO.1', 'FOO.1.2', 'BAR']) {
      await client.sends(`/topic/VirtualTopic.${name}`, name);
    }
    const messages = await client.nextMessages(3);
    await client.expectsNoFrame();
    assert.deepEqual(
      messages.map(({ headers, body }) => [headers['destination'], body]),
      ['FOO', 'FOO.1', 'FOO.1.2'].map((name) => [queue, name]),
    );
    assert.equal(messages[1]?.headers['original-destination'], '/topic/VirtualTopic.FOO.1');
  });

  test('may have queues that are read by a pattern of groups', async (t) => {
    const client = await (await brokerScene(t)).client();
    for (const name of [QUEUE_A, QUEUE_B]) {
      await client.subscribes(name);
      await client.unsubscribes();
    }
    await client.sends(TOPIC, 'hello');
    await client.subscribes('/queue/Consumer.*.VirtualTopic.FOO');
    assert.deepEqual(await client.nextBodies(2), ['hello', 'hello']);
    await client.expectsNoFrame();
  });

  test('as part of a list says in its queues which topic it was', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes(QUEUE_A);
    await client.sends(`/queue/other,${TOPIC}`, 'hello');
    const { headers } = await client.nextMessage();
    assert.equal(headers['original-destination'], TOPIC);
  });

  test('gives colons in names and headers to readers of every version', async (t) => {
    const scene = await brokerScene(t);
    const sender = await scene.client();
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await scene.client(version);
      await client.subscribes(`/queue/Consumer.${version.replace('.', '-')}.VirtualTopic.a:b`);
      await sender.sends('/topic/VirtualTopic.a:b', 'hello', { url: 'http://x' });
      const { headers } = await client.nextMessage();
      assert.equal(headers['original-destination'], '/topic/VirtualTopic.a:b');
      assert.equal(headers['url'], 'http://x');
    }
  });

  test('dead-letters from the queue that refused', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const client = await scene.client();
    await client.subscribes(QUEUE_A, { ack: 'client' });
    await client.sends(TOPIC, 'bad');
    await client.nacks(await client.nextMessage());
    await client.subscribes('/queue/DLQ.Consumer.A.VirtualTopic.FOO', { id: 'dead' });
    const { headers } = await client.nextMessage();
    assert.equal(headers['original-destination'], QUEUE_A);
  });

  test('works over TCP', async (t) => {
    const client = await (await brokerScene(t, LISTENING)).clientOverTcp('1.0');
    await client.subscribes(QUEUE_A);
    await client.sends(TOPIC, 'hello');
    assert.equal((await client.nextMessage()).body, 'hello');
  });

  test('feeds a queue no more once that is removed', () => {
    const { router } = sessionParts();
    const queue = router.queues.queue('Consumer.A.VirtualTopic.FOO');
    const target = router.target(TOPIC, 'ID-1');
    const sender = { connectionId: undefined, clientId: undefined };
    const message = createMessage({
      ...{ id: 'ID-2', traits: 0, priority: 4, body: new Uint8Array() },
      headerLines: target.destinationLines,
    });
    target.put(message, sender);
    assert.equal(queue.depth, 1);
    router.queues.remove(queue);
    target.put(message, sender);
    assert.equal(router.queues.get(queue.name), undefined);
    assert.equal(router.topics.get('VirtualTopic.FOO')?.isUnused, true);
  });
});
