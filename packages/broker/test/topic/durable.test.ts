/** Durable subscriptions: a topic keeps for them what comes while their client is away. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import type { Headers, StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const NAME = { 'activemq.subscriptionName': 'n' };

function owner(scene: BrokerScene, version: '1.0' | '1.1' | '1.2' = '1.2'): Promise<StompClient> {
  return scene.client(version, { 'client-id': 'c' });
}

/** Subscribes, and leaves. */
async function subscribed(scene: BrokerScene, headers: Headers = {}, topic = '/topic/t') {
  const client = await owner(scene);
  await client.subscribes(topic, { ...NAME, ...headers });
  await client.disconnects();
}

describe('a durable subscription', () => {
  for (const [broker, headers] of [
    ['ActiveMQ', NAME],
    ['Artemis', { 'durable-subscription-name': 'n' }],
    ['older Artemis', { 'durable-subscriber-name': 'n' }],
    ['RabbitMQ', { durable: 'true', 'auto-delete': 'false' }],
    ['older RabbitMQ', { persistent: 'true', 'auto-delete': 'false' }],
  ] as ReadonlyArray<[string, Headers]>) {
    test(`by the header of ${broker} gets what came while its client was away`, async (t) => {
      const scene = await brokerScene(t);
      for (const version of ['1.0', '1.1', '1.2'] as const) {
        const topic = `/topic/${version}`;
        const first = await owner(scene, version);
        await first.sends(topic, 'before it was there');
        await first.subscribes(topic, headers);
        await first.sends(topic, 'live');
        assert.equal((await first.nextMessage()).body, 'live');
        await first.disconnects();
        const sender = await scene.client();
        for (const body of ['1', '2', '3']) await sender.sends(topic, body);
        const second = await owner(scene, version);
        await second.subscribes(topic, headers);
        const messages = await second.nextMessages(3);
        assert.deepEqual(
          messages.map(({ headers, body }) => [headers['destination'], body]),
          ['1', '2', '3'].map((body) => [topic, body]),
        );
        await second.disconnects();
      }
    });
  }

  test('is confirmed before its first message', async (t) => {
    const scene = await brokerScene(t);
    await subscribed(scene);
    await (await scene.client()).sends('/topic/t', 'waiting');
    const client = await owner(scene);
    client.frame('SUBSCRIBE', { destination: '/topic/t', id: 's', receipt: 'r', ...NAME });
    assert.equal((await client.nextFrame()).command, 'RECEIPT');
    assert.equal((await client.nextFrame()).body, 'waiting');
  });

  test('is there after a restart, with its selector, no-local and messages', async (t) => {
    const data = temporaryDirectory(t);
    const wanted = { selector: "color = 'red'", 'no-local': 'true' };
    const first = await brokerScene(t, { data });
    await subscribed(first, wanted);
    const before = await first.client();
    for (const color of ['red', 'blue']) await before.sends('/topic/t', `${color} 1`, { color });
    await before.sends('/topic/t', 'red but not kept', { color: 'red', persistent: 'false' });
    await first.close();
    const scene = await brokerScene(t, { data });
    const sender = await scene.client();
    for (const color of ['red', 'blue']) await sender.sends('/topic/t', `${color} 2`, { color });
    const client = await owner(scene);
    await client.sends('/topic/t', 'red, and its own', { color: 'red' });
    await client.subscribes('/topic/t', { ...NAME, ...wanted });
    assert.deepEqual(await client.nextBodies(2), ['red 1', 'red 2']);
    await client.expectsNoFrame();
  });

  test('keeps its priorities, over a restart too', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    await subscribed(first);
    const sender = await first.client();
    for (const priority of [1, 9, 4])
      await sender.sends('/topic/t', String(priority), { priority });
    await first.close();
    const client = await owner(await brokerScene(t, { data }));
    await client.subscribes('/topic/t', NAME);
    assert.deepEqual(await client.nextBodies(3), ['9', '4', '1']);
  });

  test('to a pattern or a list of topics gets each message once, by its own name', async (t) => {
    const scene = await brokerScene(t);
    const topics = '/topic/news.>,/topic/news.uk,/topic/sport';
    await subscribed(scene, {}, topics);
    const sender = await scene.client();
    for (const name of ['news.uk', 'news.fr.paris', 'sport', 'other']) {
      await sender.sends(`/topic/${name}`, name);
    }
    const client = await owner(scene);
    await client.subscribes(topics, NAME);
    const messages = await client.nextMessages(3);
    assert.deepEqual(
      messages.map(({ headers }) => headers['destination']),
      ['/topic/news.uk', '/topic/news.fr.paris', '/topic/sport'],
    );
    await client.expectsNoFrame();
  });

  for (const [what, headers, topic] of [
    ['another selector', { selector: "color = 'red'" }, '/topic/t'],
    ['another topic', {}, '/topic/u'],
    ['no-local', { 'no-local': 'true' }, '/topic/t'],
  ] as const) {
    test(`that is resumed with ${what} begins anew`, async (t) => {
      const scene = await brokerScene(t);
      await subscribed(scene);
      const sender = await scene.client();
      await sender.sends('/topic/t', 'old', { color: 'red' });
      await subscribed(scene, headers, topic);
      await sender.sends(topic, 'new', { color: 'red' });
      const client = await owner(scene);
      await client.subscribes(topic, { ...NAME, ...headers });
      assert.deepEqual(await client.nextBodies(1), ['new']);
      await client.expectsNoFrame();
    });
  }

  test('is the same in another spelling of its topic, and keeps what it holds', async (t) => {
    const scene = await brokerScene(t);
    await subscribed(scene);
    await (await scene.client()).sends('/topic/t', 'kept');
    const client = await owner(scene);
    await client.subscribes(' /topic/t?consumer.prefetchSize=5', NAME);
    assert.deepEqual(await client.nextBodies(1), ['kept']);
  });

  test('leaves out what its own client sent, with no-local, also from an earlier connection', async (t) => {
    const scene = await brokerScene(t);
    const local = { 'no-local': 'true' };
    await subscribed(scene, local);
    const self = await owner(scene);
    await self.sends('/topic/t', 'own');
    await self.disconnects();
    await (await scene.client()).sends('/topic/t', 'foreign');
    const client = await owner(scene);
    await client.subscribes('/topic/t', { ...NAME, ...local });
    assert.deepEqual(await client.nextBodies(1), ['foreign']);
    await client.expectsNoFrame();
  });

  test('gives back what its client left unsettled, marked as redelivered', async (t) => {
    const scene = await brokerScene(t);
    await subscribed(scene);
    await (await scene.client()).sends('/topic/t', 'hello');
    for (const count of [undefined, '2', '3']) {
      const client = await owner(scene);
      await client.subscribes('/topic/t', { ...NAME, ack: 'client' });
      assert.equal((await client.nextMessage()).headers['JMSXDeliveryCount'], count);
      await client.disconnects();
    }
  });

  test('has a prefetch of 100 unless it or the policy says otherwise', async (t) => {
    for (const [policies, headers, expected] of [
      [[], {}, 100],
      [[], { 'activemq.prefetchSize': 7 }, 7],
      [[{ destination: '/topic/>', prefetch: 5 }], {}, 5],
    ] as const) {
      const scene = await brokerScene(t, { policies });
      const client = await owner(scene);
      await client.subscribes('/topic/t', { ...NAME, ack: 'client', ...headers });
      for (let count = 0; count < 101; count++) client.frame('SEND', { destination: '/topic/t' });
      await client.nextMessages(expected);
      await client.expectsNoFrame();
    }
  });

  test('dead-letters by NACK what it refuses, with the topic it was sent to', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const client = await owner(scene);
    await client.subscribes('/topic/news.>', { ...NAME, ack: 'client' });
    await client.sends('/topic/news.uk', 'bad');
    await client.nacks(await client.nextMessage());
    await client.subscribes('/queue/DLQ.news.uk', { id: 'dead' });
    const { headers, body } = await client.nextMessage();
    assert.deepEqual([headers['original-destination'], body], ['/topic/news.uk', 'bad']);
    const [told] = scene.eventsOf('dead-lettered');
    assert.equal(told?.queue, 'news.uk');
  });

  test('is one of several of a connection, each with its own messages', async (t) => {
    const scene = await brokerScene(t);
    for (let round = 1; round <= 2; round++) {
      const client = await owner(scene);
      for (const name of ['one', 'two']) {
        const headers = { id: name, 'activemq.subscriptionName': name };
        await client.subscribes(`/topic/${name}`, headers);
      }
      if (round === 2) {
        const messages = await client.nextMessages(2);
        assert.deepEqual(
          messages.map(({ headers, body }) => [headers['subscription'], body]),
          [
            ['one', '/topic/one'],
            ['two', '/topic/two'],
          ],
        );
      }
      await client.disconnects();
      const sender = await scene.client();
      for (const topic of ['/topic/one', '/topic/two']) await sender.sends(topic, topic);
    }
  });

  test('of the same name of another client is another one', async (t) => {
    const scene = await brokerScene(t);
    for (const clientId of ['c1', 'c2']) {
      const client = await scene.client('1.2', { 'client-id': clientId });
      await client.subscribes('/topic/t', NAME);
      await client.disconnects();
    }
    await (await scene.client()).sends('/topic/t', 'for both');
    for (const clientId of ['c1', 'c2']) {
      const client = await scene.client('1.2', { 'client-id': clientId });
      await client.subscribes('/topic/t', NAME);
      assert.deepEqual(await client.nextBodies(1), ['for both']);
    }
  });

  test('is written at COMMIT together with the rest', async (t) => {
    const scene = await brokerScene(t);
    const client = await owner(scene);
    await client.subscribes('/topic/t', NAME);
    for (const end of ['ABORT', 'COMMIT'] as const) {
      await client.confirms('BEGIN', { transaction: 'x' });
      await client.sends('/topic/t', end, { transaction: 'x' });
      await client.confirms(end, { transaction: 'x' });
    }
    assert.deepEqual(await client.nextBodies(1), ['COMMIT']);
    await client.expectsNoFrame();
  });

  test('works over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    for (const round of [1, 2]) {
      const client = await scene.strangerOverTcp();
      await client.connects('1.1', { 'client-id': 'c' });
      await client.subscribes('/topic/t', NAME);
      if (round === 2) assert.equal((await client.nextMessage()).body, 'kept');
      await client.disconnects();
      await (await scene.clientOverTcp()).sends('/topic/t', 'kept');
    }
  });
});
