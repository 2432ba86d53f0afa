/** Messages that live too long. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { sizeOf } from './queue-counts.js';
import { VERSIONS } from './versions.js';

describe('a message that has expired', () => {
  for (const version of VERSIONS) {
    // In ActiveMQ the queue for all is ActiveMQ.DLQ; a policy says so here.
    for (const [queue, deadLetter] of [
      ['DLQ.a', {}],
      ['ActiveMQ.DLQ', { queue: 'ActiveMQ.DLQ' }],
    ] as const) {
      test(`is on ${queue} within 35 seconds although nobody asks for it, in ${version}`, async (t) => {
        const scene = await brokerScene(t, { deadLetter });
        const client = await scene.client(version);
        await client.subscribes(`/queue/${queue}`);
        const expires = scene.clock.now() - 2000;
        await client.sends('/queue/a', 'expired', { persistent: 'true', expires });
        scene.clock.advance(35_000);
        const { body, headers } = await client.nextMessage();
        assert.deepEqual([body, headers['original-destination']], ['expired', '/queue/a']);
        assert.equal(headers['originalExpiration'], String(expires));
        assert.equal(sizeOf(scene, 'a'), 0);
      }); // StompTest.testExpire
    }
  }

  // Instead of the plugin that rewrites timestamps, a policy gives messages their time by the broker's clock.
  test('by the time that a policy gives it is not delivered; one that has not is', async (t) => {
    const scene = await brokerScene(t, {
      policies: [{ destination: '/queue/a', maxTimeToLiveMs: 5000 }],
    });
    const client = await scene.client('1.0');
    const yesterday = scene.clock.now() - 86_400_000;
    const headers = { timestamp: Math.max(1, yesterday), expires: scene.clock.now() + 86_400_000 };
    await client.sends('/queue/a', 'in time', headers);
    scene.clock.advance(4999);
    await client.subscribes('/queue/a', { id: undefined });
    assert.equal((await client.nextMessage()).body, 'in time');
    await client.confirms('UNSUBSCRIBE', { destination: '/queue/a' });
    await client.sends('/queue/a', 'too late', headers);
    scene.clock.advance(5000);
    await client.subscribes('/queue/a', { id: undefined });
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.expired, 1);
  }); // StompTimeStampingBrokerPluginTest.testSendMessage
});
