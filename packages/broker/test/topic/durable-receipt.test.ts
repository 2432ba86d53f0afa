/** The receipt of a SUBSCRIBE waits until what it names is on disk, whoever has made it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';

const NAME = { 'activemq.subscriptionName': 'n' };

for (const [destination, headers] of [
  ['/topic/t', NAME],
  ['/queue/Consumer.A.VirtualTopic.T', {}],
] as const) {
  test(`one to ${destination} is confirmed after the sync, also when it was made a moment before`, async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const maker = await scene.client('1.2', { 'client-id': 'c' });
    const held = store.nextCommit();
    maker.frame('SUBSCRIBE', { destination, id: 's', ...headers });
    maker.frame('DISCONNECT');
    const client = scene.stranger();
    await client.connects('1.2', { 'client-id': 'c' });
    client.frame('SUBSCRIBE', { destination, id: 's', receipt: 'r', ...headers });
    const commit = await held;
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(client.waitingFrames, []);
    commit.release();
    await client.receipt('r');
  });
}

test('one to a topic waits for nothing', async (t) => {
  const store = new HeldStore();
  const scene = await brokerScene(t, { store });
  const [client, other] = [await scene.client(), await scene.client()];
  const held = store.nextCommit();
  other.frame('SEND', { destination: '/queue/a' });
  const commit = await held;
  await client.subscribes('/topic/t');
  commit.release();
});
