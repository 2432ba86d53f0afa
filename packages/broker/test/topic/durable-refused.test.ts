/** How durable subscriptions end, and what is refused about them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import { RecordingStore } from '../destinations/recording-store.js';
import type { Headers, StompClient } from '../stomp-client.js';

const NAME = { 'activemq.subscriptionName': 'n' };

function owner(scene: BrokerScene, version: '1.0' | '1.1' | '1.2' = '1.2'): Promise<StompClient> {
  return scene.client(version, { 'client-id': 'c' });
}

describe('UNSUBSCRIBE', () => {
  test('by id ends the consumer and keeps the subscription; by name it deletes that', async (t) => {
    const scene = await brokerScene(t);
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await owner(scene, version);
      await client.subscribes('/topic/t', NAME);
      await client.unsubscribes();
      await client.sends('/topic/t', 'kept');
      await client.subscribes('/topic/t', NAME);
      assert.deepEqual(await client.nextBodies(1), ['kept']);
      await client.unsubscribes();
      await client.confirms('UNSUBSCRIBE', { id: 's', ...NAME });
      await client.sends('/topic/t', 'kept for nobody');
      await client.subscribes('/topic/t', NAME);
      await client.expectsNoFrame();
      await client.unsubscribes();
      await client.confirms('UNSUBSCRIBE', { id: 's', ...NAME });
      await client.disconnects();
    }
  });

  test('by destination keeps it too, in 1.0', async (t) => {
    const client = await owner(await brokerScene(t), '1.0');
    await client.confirms('SUBSCRIBE', { destination: '/topic/t', ...NAME });
    await client.confirms('UNSUBSCRIBE', { destination: '/topic/t' });
    await client.sends('/topic/t', 'kept');
    await client.confirms('SUBSCRIBE', { destination: '/topic/t', ...NAME });
    assert.deepEqual(await client.nextBodies(1), ['kept']);
    await client.confirms('UNSUBSCRIBE', { destination: '/topic/t' });
    // The client-id is "c", and not the name, as ActiveMQ would want in 1.0.
    await client.confirms('UNSUBSCRIBE', { destination: '/topic/t', ...NAME });
  });

  test('by name after a reconnect deletes each of two', async (t) => {
    const store = new RecordingStore();
    const scene = await brokerScene(t, { store });
    const first = await owner(scene);
    for (const name of ['one', 'two']) {
      await first.subscribes(`/topic/${name}`, { id: name, 'activemq.subscriptionName': name });
    }
    await first.disconnects();
    const client = await owner(scene);
    for (const name of ['one', 'two']) {
      await client.confirms('UNSUBSCRIBE', { id: name, 'activemq.subscriptionName': name });
    }
    assert.deepEqual(store.queueNames, []);
  });

  test('by the name of an active one is refused', async (t) => {
    const scene = await brokerScene(t);
    const client = await owner(scene);
    await client.subscribes('/topic/t', NAME);
    client.frame('UNSUBSCRIBE', { id: 's', receipt: '3', ...NAME });
    const { headers } = await client.expectsError('STOMP_PROTO_DURABLE_IN_USE');
    assert.equal(headers['receipt-id'], '3');
    assert.match(headers['message'] ?? '', /^Durable consumer is in use/);
    const again = await owner(scene);
    await again.confirms('UNSUBSCRIBE', { id: 's', ...NAME });
  });

  for (const [broker, headers] of [
    ['Artemis', { 'durable-subscription-name': 's' }],
    ['RabbitMQ', { durable: 'true' }],
  ] as ReadonlyArray<[string, Headers]>) {
    test(`by the header of ${broker} ends the consumer and deletes at once`, async (t) => {
      const store = new RecordingStore();
      const client = await owner(await brokerScene(t, { store }));
      await client.subscribes('/topic/t', headers);
      assert.equal(store.queueNames.length, 1);
      await client.confirms('UNSUBSCRIBE', { id: 's', ...headers });
      assert.deepEqual(store.queueNames, []);
      await client.sends('/topic/t', 'for nobody');
      await client.expectsNoFrame();
    });
  }

  test('by the headers of RabbitMQ ends a subscription to a queue, which needs no client-id', async (t) => {
    const client = await (await brokerScene(t)).client();
    const headers = { durable: 'true', 'auto-delete': 'false' };
    await client.subscribes('/queue/a', headers);
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).body, 'hello');
    await client.confirms('UNSUBSCRIBE', { id: 's', ...headers });
    await client.sends('/queue/a', 'kept');
    await client.expectsNoFrame();
  });

  test('by a name that is not there is refused', async (t) => {
    const client = await owner(await brokerScene(t));
    client.frame('UNSUBSCRIBE', { id: 's', ...NAME });
    const { headers } = await client.expectsError('STOMP_PROTO_NO_DURABLE');
    assert.equal(
      headers['message'],
      'No durable subscription exists for clientID: c and subscriptionName: n',
    );
  });

  test('deletes also what a transaction holds, which then may end either way', async (t) => {
    const store = new RecordingStore();
    const scene = await brokerScene(t, { store, redelivery: { maxRedeliveries: 0 } });
    for (const end of ['COMMIT', 'ABORT'] as const) {
      const client = await owner(scene);
      await client.subscribes('/topic/t', { ...NAME, ack: 'client-individual' });
      for (const body of ['1', '2', '3']) await client.sends('/topic/t', body);
      const [one = assert.fail(), two = assert.fail()] = await client.nextMessages(3);
      await client.confirms('BEGIN', { transaction: 'x' });
      await client.acks(one, { transaction: 'x' });
      await client.nacks(two, { transaction: 'x' });
      await client.unsubscribes();
      await client.confirms('UNSUBSCRIBE', { id: 's', ...NAME });
      await client.confirms(end, { transaction: 'x' });
      scene.clock.advance(120_000);
      await client.subscribes('/topic/t', NAME);
      await client.expectsNoFrame();
      await client.unsubscribes();
      await client.confirms('UNSUBSCRIBE', { id: 's', ...NAME });
      await client.disconnects();
    }
    assert.deepEqual(store.queueNames, []);
    assert.equal(scene.broker.counters.deadLettered, 0);
  });
});

describe('a durable SUBSCRIBE is refused', () => {
  test('while it is in use, on the same connection, and leaves it alone', async (t) => {
    const scene = await brokerScene(t);
    const client = await owner(scene);
    await client.subscribes('/topic/t', NAME);
    client.frame('SUBSCRIBE', { destination: '/topic/t', id: 'other', receipt: 'r', ...NAME });
    const { headers } = await client.expectsError('STOMP_PROTO_DURABLE_IN_USE');
    assert.equal(headers['receipt-id'], 'r');
    await (await scene.client()).sends('/topic/t', 'kept');
    const again = await owner(scene);
    await again.subscribes('/topic/t', NAME);
    assert.deepEqual(await again.nextBodies(1), ['kept']);
  });

  test('without a client-id, and so is its deletion', async (t) => {
    const scene = await brokerScene(t);
    for (const command of ['SUBSCRIBE', 'UNSUBSCRIBE'] as const) {
      const client = await scene.client();
      client.frame(command, { destination: '/topic/t', id: 's', ...NAME });
      const { headers } = await client.expectsError('STOMP_PROTO_MISSING_HEADER');
      assert.match(headers['message'] ?? '', /client-id/);
    }
  });

  for (const destination of [
    '/queue/a',
    'a',
    '/topic/a,/queue/b',
    '/temp-topic/a',
    '/temp-queue/a',
  ]) {
    test(`on ${destination}`, async (t) => {
      const client = await owner(await brokerScene(t));
      client.frame('SUBSCRIBE', { destination, id: 's', ...NAME });
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    });
  }

  test('as a browser', async (t) => {
    const client = await owner(await brokerScene(t));
    client.frame('SUBSCRIBE', { destination: '/topic/a', id: 's', browser: 'true', ...NAME });
    await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
  });

  test("in 1.0 by RabbitMQ's header without an id", async (t) => {
    const client = await owner(await brokerScene(t), '1.0');
    client.frame('SUBSCRIBE', { destination: '/topic/a', durable: 'true' });
    await client.expectsError('STOMP_PROTO_MISSING_HEADER');
  });
});

test('persistent:true alone makes nothing durable: programs for ActiveMQ send it by mistake', async (t) => {
  const store = new RecordingStore();
  const client = await (await brokerScene(t, { store })).client();
  await client.subscribes('/topic/t', { persistent: 'true' });
  assert.deepEqual(store.queueNames, []);
});

describe('a client-id', () => {
  test('is refused while another connection has it, and free when that has gone', async (t) => {
    const scene = await brokerScene(t);
    for (const way of ['disconnects', 'vanishes'] as const) {
      const first = await owner(scene);
      const second = scene.stranger();
      second.frame('CONNECT', { 'accept-version': '1.2', host: 'x', 'client-id': 'c' });
      const { headers } = await second.expectsError('STOMP_PROTO_CLIENT_ID_IN_USE');
      assert.match(headers['message'] ?? '', /Client: c already connected from memory/);
      await first.roundTrip();
      if (way === 'disconnects') await first.disconnects();
      else {
        const { length } = scene.eventsOf('disconnected');
        first.vanishes();
        await scene.hasTold('disconnected', length + 1);
      }
    }
    await owner(scene);
  });

  test('that is empty is none: two clients may send it', async (t) => {
    const scene = await brokerScene(t);
    for (let count = 0; count < 2; count++) {
      const client = scene.stranger();
      const { headers } = await client.connects('1.2', { 'client-id': ' ' });
      assert.match(headers['session'] ?? '', /^ID-/);
    }
  });
});
