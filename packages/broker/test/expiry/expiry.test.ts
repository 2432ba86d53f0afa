/** Messages that nobody took in time: where they go, and how they are found where nobody looks. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { RecordingStore } from '../destinations/recording-store.js';
import type { Headers, StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const SCANNING = { expiryScanMs: 30_000 };

/** Moves time on, and waits until the writes that come of it are on disk. */
async function passes(scene: BrokerScene, client: StompClient, ms: number): Promise<void> {
  scene.clock.advance(ms);
  await client.sends('/queue/of-the-clock');
}

async function isEmpty(client: StompClient, destination: string): Promise<void> {
  await client.subscribes(destination, { id: 'looks', browser: 'true' });
  const { headers } = await client.nextMessage();
  assert.equal(headers['browser'], 'end');
  await client.unsubscribes('looks');
}

describe('a message that has expired when it is sent', () => {
  for (const [version, options] of [
    ['1.0', {}],
    ['1.2', {}],
    ['1.1', LISTENING],
  ] as const) {
    const way = options === LISTENING ? 'TCP' : 'memory';
    test(`over ${way} in ${version} is in the dead letter queue at once, with its cause`, async (t) => {
      const scene = await brokerScene(t, options);
      const client =
        options === LISTENING ? await scene.clientOverTcp(version) : await scene.client(version);
      await client.subscribes('/queue/a', { id: 'a' });
      await client.sends('/queue/a', 'late', { persistent: 'true', expires: 1000, foo: 'bar' });
      await client.subscribes('/queue/DLQ.a', { id: 'dead' });
      const { headers, body } = await client.nextMessage();
      assert.equal(body, 'late');
      assert.deepEqual(
        [headers['destination'], headers['original-destination'], headers['originalExpiration']],
        ['/queue/DLQ.a', '/queue/a', '1000'],
      );
      assert.equal(headers['dlqDeliveryFailureCause'], 'Message Expired. Expiration:1000');
      assert.deepEqual(
        [headers['expires'], headers['persistent'], headers['foo'], headers['redelivered']],
        ['0', 'true', 'bar', undefined],
      );
      await client.expectsNoFrame();
      assert.deepEqual([scene.broker.counters.expired, scene.broker.counters.deadLettered], [1, 1]);
    });
  }

  for (const [what, headers, deadLetter, mode] of [
    ['is discarded when it is not persistent', { persistent: 'false' }, {}, undefined],
    ['is discarded when the policy says so', {}, { expired: false }, undefined],
    [
      'is kept for good though it is not persistent, when the policy says so',
      { persistent: 'false' },
      { nonPersistentExpired: true },
      'NON_PERSISTENT',
    ],
    ['goes where the policy says', {}, { queue: 'ActiveMQ.DLQ' }, 'persistent'],
  ] as ReadonlyArray<[string, Headers, object, string | undefined]>) {
    test(`${what}, and is counted`, async (t) => {
      const scene = await brokerScene(t, { deadLetter });
      const client = await scene.client();
      await client.sends('/queue/a', 'late', { ...headers, expires: 1 });
      await isEmpty(client, '/queue/a');
      assert.equal(scene.broker.counters.expired, 1);
      assert.equal(scene.broker.counters.deadLettered, mode === undefined ? 0 : 1);
      await client.subscribes('/queue/DLQ.a,/queue/ActiveMQ.DLQ');
      if (mode === undefined) await client.expectsNoFrame();
      else {
        const dead = await client.nextMessage();
        assert.equal(dead.headers['originalDeliveryMode'] ?? 'persistent', mode);
        assert.equal(dead.headers['persistent'], 'true');
      }
    });
  }

  test('to a dead letter queue, or left there, does not go round', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.sends('/queue/DLQ.a', 'late', { expires: 1 });
    await isEmpty(client, '/queue/>');
    assert.deepEqual([scene.broker.counters.expired, scene.broker.counters.deadLettered], [1, 0]);
  });
});

describe('a message that expires while it waits', () => {
  test('is found by the scan, where nobody consumes', async (t) => {
    const scene = await brokerScene(t, SCANNING);
    const client = await scene.client();
    await client.sends('/queue/a', 'mortal', { expires: scene.clock.now() + 10_000 });
    await client.sends('/queue/a', 'immortal');
    await passes(scene, client, 29_999);
    assert.equal(scene.broker.counters.expired, 0);
    await passes(scene, client, 1);
    assert.equal(scene.broker.counters.expired, 1);
    await client.subscribes('/queue/DLQ.a', { id: 'dead' });
    assert.equal((await client.nextMessage()).body, 'mortal');
    await client.subscribes('/queue/a');
    assert.equal((await client.nextMessage()).body, 'immortal');
  });

  test('is found again and again, also after a scan that found nothing', async (t) => {
    const scene = await brokerScene(t, { expiryScanMs: 1000 });
    const client = await scene.client();
    for (let round = 1; round <= 3; round++) {
      await client.sends('/queue/a', '', { expires: scene.clock.now() + 1500 });
      await passes(scene, client, 1000);
      assert.equal(scene.broker.counters.expired, round - 1);
      await passes(scene, client, 1000);
      assert.equal(scene.broker.counters.expired, round);
    }
  });

  test('is found in the store, too, and those between stay in their order', async (t) => {
    const scene = await brokerScene(t, { ...SCANNING, data: temporaryDirectory(t) });
    const client = await scene.client();
    const expires = scene.clock.now() + 1000;
    for (let count = 0; count < 12_000; count++) {
      const headers = { destination: '/queue/a', ...(count % 3 === 0 ? {} : { expires }) };
      client.frame('SEND', headers, String(count));
    }
    await client.roundTrip();
    await passes(scene, client, 30_000);
    assert.equal(scene.broker.counters.expired, 8000);
    await client.subscribes('/queue/a', { id: 'a', 'activemq.prefetchSize': 20_000 });
    const left = Array.from({ length: 4000 }, (_, count) => String(count * 3));
    assert.deepEqual(await client.nextBodies(4000), left);
    await client.subscribes('/queue/DLQ.a', { id: 'd', 'activemq.prefetchSize': 20_000 });
    assert.equal(new Set(await client.nextBodies(8000)).size, 8000);
    await client.expectsNoFrame();
  });

  test('is found after a restart', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    await (await first.client()).sends('/queue/a', 'late', { expires: first.clock.now() + 1000 });
    await first.close();
    const scene = await brokerScene(t, { data, ...SCANNING });
    const client = await scene.client();
    await passes(scene, client, 30_000);
    assert.equal(scene.broker.counters.expired, 1);
    await client.subscribes('/queue/DLQ.a');
    assert.equal((await client.nextMessage()).body, 'late');
  });

  test('of a durable subscription goes to the dead letter queue of the topic', async (t) => {
    const scene = await brokerScene(t, SCANNING);
    const client = await scene.client('1.2', { 'client-id': 'c' });
    await client.subscribes('/topic/news.>', { 'activemq.subscriptionName': 'n' });
    await client.unsubscribes();
    await client.sends('/topic/news.uk', 'late', { expires: scene.clock.now() + 1000 });
    await passes(scene, client, 30_000);
    await client.subscribes('/queue/DLQ.news.uk');
    const { headers, body } = await client.nextMessage();
    assert.deepEqual([headers['original-destination'], body], ['/topic/news.uk', 'late']);
  });

  test('of a temporary queue is discarded, and counted', async (t) => {
    const scene = await brokerScene(t, SCANNING);
    const client = await scene.client();
    await client.sends('/temp-queue/x', 'late', { expires: scene.clock.now() + 1000 });
    await passes(scene, client, 30_000);
    assert.deepEqual([scene.broker.counters.expired, scene.broker.counters.deadLettered], [1, 0]);
    await isEmpty(client, '/temp-queue/x');
  });

  test('is left alone while a consumer has it', async (t) => {
    const scene = await brokerScene(t, SCANNING);
    const client = await scene.client();
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'in time', { expires: scene.clock.now() + 1000 });
    const message = await client.nextMessage();
    await passes(scene, client, 60_000);
    await client.acks(message);
    assert.equal(scene.broker.counters.expired, 0);
  });

  test('expires when it comes back too late', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'late', { expires: scene.clock.now() + 1000 });
    await client.nextMessage();
    await passes(scene, client, 1000);
    await client.unsubscribes();
    await client.subscribes('/queue/a,/queue/DLQ.a');
    const { headers } = await client.nextMessage();
    assert.equal(headers['destination'], '/queue/DLQ.a');
    await client.expectsNoFrame();
  });

  test('is not looked for with a scan of 0, only when it would be delivered', async (t) => {
    const scene = await brokerScene(t, { expiryScanMs: 0 });
    const client = await scene.client();
    await client.sends('/queue/a', 'late', { expires: scene.clock.now() + 1000 });
    await passes(scene, client, 3_600_000);
    assert.equal(scene.broker.counters.expired, 0);
    await client.subscribes('/queue/a');
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.expired, 1);
  });

  test('on a topic is not delivered to who had no room in time, and is counted', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/topic/a', { ack: 'client', 'activemq.prefetchSize': 1 });
    const expires = scene.clock.now() + 1000;
    for (const body of ['1', '2']) await client.sends('/topic/a', body, { expires });
    await client.sends('/topic/a', '3');
    const first = await client.nextMessage();
    scene.clock.advance(1000);
    await client.acks(first);
    assert.equal((await client.nextMessage()).body, '3');
    assert.equal(scene.broker.counters.expired, 1);
  });
});

test('a scan writes nothing where nothing can expire', async (t) => {
  const store = new RecordingStore();
  const scene = await brokerScene(t, { store, ...SCANNING });
  const client = await scene.client();
  for (let count = 0; count < 100; count++) await client.sends(`/queue/${count}`);
  const before = store.puts.durable;
  scene.clock.advance(300_000);
  assert.equal(store.puts.durable, before);
});
