/** Prefetch of subscriptions that name none, by policy. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { VERSIONS } from './versions.js';

const PREFETCH = 10;
const policies = ['/queue/>', '/topic/>'].map((destination) => ({
  destination,
  prefetch: PREFETCH,
}));

describe('a policy', () => {
  for (const version of VERSIONS) {
    for (const [what, destination, headers] of [
      ['topic', '/topic/a', {}],
      ['durable', '/topic/a', { 'activemq.subscriptionName': 'sub' }],
      ['queue', '/queue/a', {}],
    ] as const) {
      test(`gives a ${what} subscription of ${version} ten messages until it settles some`, async (t) => {
        const scene = await brokerScene(t, { policies });
        const client = await scene.client(version, { 'client-id': 'test' });
        await client.subscribes(destination, { ack: 'client', ...headers });
        for (let number = 0; number <= PREFETCH; number += 1) {
          await client.sends(destination, `${number}`);
        }
        const messages = await client.nextMessages(PREFETCH);
        await client.expectsNoFrame();
        const last = messages.at(-1);
        assert(last);
        await client.acks(last);
        assert.equal((await client.nextMessage()).body, String(PREFETCH));
      }); // StompPrefetchTest.testTopicSubPrefetch, StompPrefetchTest.testDurableSubPrefetch, StompPrefetchTest.testQueueSubPrefetch
    }
  }

  // What a browser is shown it need not settle, so that there is nothing to limit.
  test('does not keep a browser from seeing all', async (t) => {
    const scene = await brokerScene(t, { policies });
    const client = await scene.client('1.1');
    for (let number = 0; number <= PREFETCH; number += 1) await client.sends('/queue/a');
    await client.subscribes('/queue/a', { browser: 'true', ack: 'client' });
    const messages = await client.nextMessages(PREFETCH + 2);
    assert.equal(messages.at(-1)?.headers['browser'], 'end');
  }); // StompPrefetchTest.testQBrowserSubPrefetch
});
