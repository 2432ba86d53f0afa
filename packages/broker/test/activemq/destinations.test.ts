/** Names of destinations: prefixes, lists, virtual topics, and topics that come and go. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { sizeOf } from './queue-counts.js';
import { VERSIONS } from './versions.js';

describe('a subscription to a list', () => {
  for (const version of VERSIONS) {
    for (const [list, sent] of [
      ['/queue/A,/queue/B', ['/queue/A', '/queue/B']],
      ['/queue/B,/queue/A', ['/queue/A', '/queue/B']],
      ['/topic/A,/topic/B', ['/topic/A', '/topic/B']],
    ] as const) {
      test(`${list} gets what is sent to each in ${version}`, async (t) => {
        const scene = await brokerScene(t);
        const client = await scene.client(version);
        await client.subscribes(list);
        const producer = await scene.client();
        for (const destination of sent) await producer.sends(destination, destination);
        assert.deepEqual(await client.nextBodies(2), [...sent]);
        await client.expectsNoFrame();
      }); // StompCompositeDestinationTest.testSubscribeToCompositeQueue, StompCompositeDestinationTest.testSubscribeToCompositeTopics
    }

    test(`takes a name without a prefix for a queue in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/A,B');
      for (const name of ['A', 'B']) await client.sends(`/queue/${name}`, name);
      assert.deepEqual(await client.nextBodies(2), ['A', 'B']);
    }); // StompCompositeDestinationTest.testSubscribeToCompositeQueueTrailersDefault
  }
});

describe('a SEND to a list', () => {
  for (const version of VERSIONS) {
    for (const list of ['/queue/A,/queue/B', 'A,B']) {
      test(`${list} puts one message into each queue in ${version}`, async (t) => {
        const scene = await brokerScene(t);
        const client = await scene.client(version);
        await client.sends(list, 'to both');
        assert.deepEqual([sizeOf(scene, 'A'), sizeOf(scene, 'B')], [1, 1]);
        await client.subscribes('/queue/A', { id: 'A' });
        await client.subscribes('/queue/B', { id: 'B' });
        assert.deepEqual(await client.nextBodies(2), ['to both', 'to both']);
      }); // StompCompositeDestinationTest.testSendMessageToCompositeQueue, StompCompositeDestinationTest.testSendMessageToCompositeQueueNoPrefixes
    }

    test(`of topics reaches the subscribers of each in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/topic/A', { id: 'A' });
      await client.subscribes('/topic/B', { id: 'B' });
      await client.sends('/topic/A,/topic/B', 'to both');
      const messages = await client.nextMessages(2);
      assert.deepEqual(messages.map(({ headers }) => headers['destination']).sort(), [
        '/topic/A',
        '/topic/B',
      ]);
    }); // StompCompositeDestinationTest.testSendMessageToCompositeTopic
  }
});

describe('a destination', () => {
  for (const text of ['/queue/test', '/topic/test', '/temp-queue/test', '/temp-topic/test']) {
    test(`${text} is shown to its reader as it was written`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client();
      await client.subscribes(text);
      await client.sends(text, 'hello');
      assert.equal((await client.nextMessage()).headers['destination'], text);
    }); // LegacyFrameTranslatorTest: queue, topic, temp-queue, temp-topic
  }

  for (const kind of ['queue', 'topic'] as const) {
    test(`/remote-temp-${kind}/… is the one that its owner calls /temp-${kind}/…`, async (t) => {
      const scene = await brokerScene(t);
      const owner = await scene.client();
      await owner.subscribes(`/temp-${kind}/test`);
      const other = await scene.client();
      await other.subscribes('/queue/a');
      await owner.sends('/queue/a', '', { 'reply-to': `/temp-${kind}/test` });
      const { headers } = await other.nextMessage();
      await other.sends(headers['reply-to'] ?? '', 'for the owner');
      assert.equal((await owner.nextMessage()).body, 'for the owner');
    }); // LegacyFrameTranslatorTest: remote-temp-queue, remote-temp-topic
  }

  for (const [kinds, list] of [
    ['queues', '/queue/a,/queue/b'],
    ['topics', '/topic/a,/topic/b'],
    ['a queue and a topic', '/queue/a,/topic/b'],
    ['all four kinds', '/queue/a,/topic/b,/temp-queue/c,/temp-topic/d'],
  ] as const) {
    test(`that lists ${kinds} is each of them`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client();
      const elements = list.split(',');
      for (const element of elements) await client.subscribes(element, { id: element });
      await client.sends(list, 'hello');
      const messages = await client.nextMessages(elements.length);
      const shown = messages.map(({ headers }) => headers['destination']);
      assert.deepEqual(shown.sort(), elements.sort());
    }); // LegacyFrameTranslatorTest: composite queues, composite topics, queue and topic, all four
  }
});

describe('a virtual topic', () => {
  test('gives a queue of its consumers 30,000 messages, none of them twice', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await scene.client('1.0');
    const producer = await scene.client('1.0');
    await consumer.subscribes('/queue/Consumer.A.VirtualTopic.FOO', {
      id: undefined,
      ack: 'client',
    });
    const total = 30_000;
    const seen = new Set<string>();
    for (let sent = 0; sent < total; sent += 1000) {
      for (let number = sent; number < sent + 1000; number += 1) {
        producer.frame('SEND', { destination: '/topic/VirtualTopic.FOO' }, `Hello World ${number}`);
      }
      const messages = await consumer.nextMessages(1000);
      for (const message of messages) {
        seen.add(message.body);
        consumer.frame('ACK', { 'message-id': message.headers['message-id'] });
      }
    }
    await consumer.expectsNoFrame();
    assert.equal(seen.size, total);
    assert.equal(sizeOf(scene, 'Consumer.A.VirtualTopic.FOO'), 0);
  }); // StompVirtualTopicTest.testStompOnVirtualTopics
});

describe('a topic', () => {
  for (const durable of [false, true]) {
    const what = durable ? 'durable subscribers' : 'subscribers';
    test(`misses none of 500 ${what} that come and go, each confirmed before the SEND`, async (t) => {
      await comeAndGo(t, durable);
    }); // StompMissingMessageTest.testProducerConsumerLoop, StompMissingMessageTest.testProducerDurableConsumerLoop
  }
});

async function comeAndGo(t: TestContext, durable: boolean): Promise<void> {
  const scene = await brokerScene(t, LISTENING);
  const durableName = durable ? { 'activemq.subscriptionName': 'sub' } : {};
  for (let round = 0; round < 500; round += 1) {
    const consumer = await scene.strangerOverTcp();
    await consumer.connects('1.1', { 'client-id': 'consumer' });
    await consumer.subscribes('/topic/a', { id: 'sub', ...durableName });
    const producer = await scene.clientOverTcp('1.1');
    await producer.sends('/topic/a', `message ${round}`);
    assert.equal((await consumer.nextMessage()).body, `message ${round}`);
    await consumer.unsubscribes('sub');
    await consumer.disconnects();
    await producer.disconnects();
  }
}
