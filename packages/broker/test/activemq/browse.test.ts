/** Looking at a queue without taking anything. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { sizeOf } from './queue-counts.js';

for (const version of ['1.1', '1.2'] as const) {
  describe(`a browser in ${version}`, () => {
    test('is shown all messages and a marker at their end; none is taken', async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      const bodies = Array.from({ length: 10 }, (_, number) => `message ${number}`);
      for (const body of bodies) await client.sends('/queue/a', body);
      await client.subscribes('/queue/a', { id: '12345', browser: 'true' });
      assert.deepEqual(await client.nextBodies(10), bodies);
      const { headers, body } = await client.nextMessage();
      assert.deepEqual(
        [headers['browser'], headers['subscription'], headers['destination'], body],
        ['end', '12345', '/queue/a', ''],
      );
      await client.expectsNoFrame();
      await client.unsubscribes('12345');
      await client.subscribes('/queue/a', { id: '6789' });
      assert.deepEqual(await client.nextBodies(10), bodies);
    }); // Stomp11Test.testQueueBrowerSubscription, Stomp12Test.testQueueBrowerSubscription

    for (const ack of ['client', 'client-individual']) {
      test(`of an empty queue gets the marker, in ${ack} mode as well`, async (t) => {
        const scene = await brokerScene(t);
        const client = await scene.client(version);
        await client.subscribes('/queue/a', { id: '12345', browser: 'true', ack });
        const { headers } = await client.nextMessage();
        assert.deepEqual([headers['browser'], headers['subscription']], ['end', '12345']);
        assert.equal(headers['destination'], '/queue/a');
        await client.unsubscribes('12345');
      }); // Stomp12Test.testQueueBrowerNotInAutoAckMode
    }

    test('is shown large headers, which count as bytes of the queue', async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      const large = 'X'.repeat(4 * 1024);
      for (let number = 0; number < 10; number += 1) {
        await client.sends('/queue/a', `${number}`, { large });
      }
      const { destinations } = scene.broker.statistics();
      const queue = destinations.find(({ destination }) => destination.name === 'a');
      assert((queue?.counters.bytes ?? 0) > 40 * 1024);
      await client.subscribes('/queue/a', { browser: 'true' });
      for (const { headers } of await client.nextMessages(10))
        assert.equal(headers['large'], large);
      assert.equal((await client.nextMessage()).headers['browser'], 'end');
      assert.equal(sizeOf(scene, 'a'), 10);
    }); // Stomp12Test.testSizeAndBrokerUsage
  });
}
