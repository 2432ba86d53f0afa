/** Durable subscriptions: made, left, resumed, deleted. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { StompVersion } from '@stompbox/protocol';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';
import { VERSIONS } from './versions.js';

const LATER_VERSIONS = ['1.1', '1.2'] as const;
const MARKER = 'sent to all that is there';

/** The client with the id that owns the subscriptions. */
function owner(scene: BrokerScene, version: StompVersion = '1.2'): Promise<StompClient> {
  return scene.client(version, { 'client-id': 'test' });
}

function subscribe(client: StompClient, topic: string, id: string): Promise<void> {
  return client.subscribes(`/topic/${topic}`, { id, 'activemq.subscriptionName': `sub-${id}` });
}

function deletes(client: StompClient, id: string, headers = {}): Promise<void> {
  return client.confirms('UNSUBSCRIBE', {
    id,
    'activemq.subscriptionName': `sub-${id}`,
    ...headers,
  });
}

/** Shows by what comes of a new message that nothing was kept of the old ones. */
async function keepsNothing(scene: BrokerScene, topic: string, id: string): Promise<void> {
  const client = await owner(scene);
  await subscribe(client, topic, id);
  await client.sends(`/topic/${topic}`, MARKER);
  assert.equal((await client.nextMessage()).body, MARKER);
  await client.unsubscribes(id);
  await client.disconnects();
}

describe('a durable subscription', () => {
  for (const version of VERSIONS) {
    test(`is deleted by its name after its client was away, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const first = await owner(scene, version);
      await subscribe(first, 'a', '1');
      await first.disconnects();
      const producer = await scene.client();
      await producer.sends('/topic/a', 'kept meanwhile');
      const second = await owner(scene, version);
      await deletes(second, '1', { destination: '/topic/a' });
      await second.disconnects();
      await keepsNothing(scene, 'a', '1');
    }); // StompTest.testDurableUnsub, Stomp12Test.testDurableSubAndUnSub
  }

  for (const version of LATER_VERSIONS) {
    test(`to one topic is another one than that to a second topic, in ${version}`, async (t) => {
      const scene = await withTwoOffline(t, version);
      const second = await owner(scene, version);
      await deletes(second, '1');
      await subscribe(second, 'b', '2');
      assert.equal((await second.nextMessage()).body, 'for b');
      await second.unsubscribes('2');
      await deletes(second, '2');
      await second.disconnects();
      for (const id of ['1', '2']) await keepsNothing(scene, id === '1' ? 'a' : 'b', id);
    }); // Stomp11Test.testDurableSubAndUnSubOnTwoTopics

    test(`that is active is not deleted in ${version}`, async (t) => {
      const { client } = await subscribed(t, version);
      client.frame('UNSUBSCRIBE', { id: '1', 'activemq.subscriptionName': 'sub-1', receipt: '3' });
      // ActiveMQ leaves the connection open after it.
      const { headers } = await client.expectsError('STOMP_PROTO_DURABLE_IN_USE');
      assert.equal(headers['receipt-id'], '3');
    }); // Stomp11Test.testDurableSubAndUnSubFlow

    test(`ends by its id first and is deleted by its name then, in ${version}`, async (t) => {
      const { scene, client } = await subscribed(t, version);
      await client.unsubscribes('1');
      await client.sends('/topic/a', 'kept');
      await deletes(client, '1');
      await client.expectsNoFrame();
      await client.disconnects();
      await keepsNothing(scene, 'a', '1');
    }); // Stomp11Test.testDurableSubAndUnSubFlow

    test(`has its messages from offline after its receipt, each its own, in ${version}`, async (t) => {
      const scene = await withTwoOffline(t, version);
      const second = await owner(scene, version);
      for (const [topic, id] of [
        ['a', '1'],
        ['b', '2'],
      ] as const) {
        const headers = { id, 'activemq.subscriptionName': `sub-${id}`, receipt: `r${id}` };
        second.frame('SUBSCRIBE', { destination: `/topic/${topic}`, ...headers });
        assert.equal((await second.nextFrame()).headers['receipt-id'], `r${id}`);
        const message = await second.nextFrame();
        assert.deepEqual([message.body, message.headers['subscription']], [`for ${topic}`, id]);
      }
      await second.disconnects();
    }); // Stomp11Test.testMultipleDurableSubsWithOfflineMessages
  }

  for (const version of VERSIONS) {
    test(`to a queue is refused in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await owner(scene, version);
      const headers = { id: '1', 'activemq.subscriptionName': 'sub-1' };
      client.frame('SUBSCRIBE', { destination: '/queue/a', ...headers });
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    }); // StompTest.testDurableSubAttemptOnQueueFails
  }
});

async function subscribed(t: TestContext, version: StompVersion) {
  const scene = await brokerScene(t);
  const client = await owner(scene, version);
  await subscribe(client, 'a', '1');
  return { scene, client };
}

/** A broker that keeps a message of each of two topics for a client that is away. */
async function withTwoOffline(t: TestContext, version: StompVersion): Promise<BrokerScene> {
  const scene = await brokerScene(t);
  const client = await owner(scene, version);
  await subscribe(client, 'a', '1');
  await subscribe(client, 'b', '2');
  await client.disconnects();
  const producer = await scene.client();
  await producer.sends('/topic/a', 'for a');
  await producer.sends('/topic/b', 'for b');
  return scene;
}
