/** How a queue gives its messages out: kept until consumed, in order, in turn, within the prefetch. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import type { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

async function sendAll(client: StompClient, bodies: readonly string[], headers = {}) {
  for (const body of bodies) client.frame('SEND', { destination: '/queue/a', ...headers }, body);
  await client.roundTrip();
}

async function consumers(scene: BrokerScene, count: number, headers = {}): Promise<StompClient[]> {
  const all: StompClient[] = [];
  while (all.length < count) {
    const client = await scene.client();
    await client.subscribes('/queue/a', headers);
    all.push(client);
  }
  return all;
}

describe('a queue', () => {
  test('keeps messages until somebody consumes them, in their order', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await sendAll(client, numbers(1, 10));
    await client.disconnects();
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a');
    assert.deepEqual(await consumer.nextBodies(10), numbers(1, 10));
    await sendAll(consumer, numbers(11, 20));
    assert.deepEqual(await consumer.nextBodies(10), numbers(11, 20));
  });

  test('keeps persistent ones over a restart of the broker, in the same order', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    const producer = await first.client();
    for (const number of numbers(1, 10)) {
      const persistent = Number(number) % 3 === 0 ? 'false' : undefined;
      producer.frame('SEND', { destination: '/queue/a', persistent, number }, number);
    }
    await producer.subscribes('/queue/a', { ack: 'client', 'activemq.prefetchSize': 2 });
    await producer.acks(await producer.nextMessage());
    await first.close();

    const second = await brokerScene(t, { data });
    const [consumer] = await consumers(second, 1);
    const expected = ['2', '4', '5', '7', '8', '10'];
    assert.deepEqual(await consumer?.nextBodies(6), expected);
    await consumer?.expectsNoFrame();
    await second.close();
  });

  test('gives each message to one consumer', async (t) => {
    const scene = await brokerScene(t);
    const [one, two] = await consumers(scene, 2);
    await sendAll(await scene.client(), numbers(1, 100));
    await one?.roundTrip();
    await two?.roundTrip();
    const bodies = [one, two].flatMap((client) => client?.waitingFrames.map(({ body }) => body));
    assert.deepEqual(
      bodies.toSorted((a, b) => Number(a) - Number(b)),
      numbers(1, 100),
    );
  });

  for (const [kind, headers] of [
    ['persistent', {}],
    ['non-persistent', { persistent: 'false' }],
  ] as const) {
    for (const count of [2, 3]) {
      test(`serves ${count} consumers in turn with ${kind} messages that come one by one`, async (t) => {
        const scene = await brokerScene(t);
        const all = await consumers(scene, count);
        const producer = await scene.client();
        for (let number = 0; number < count * 4; number++) {
          await producer.sends('/queue/a', String(number), headers);
        }
        for (const client of all) await client.roundTrip();
        const shares = all.map(({ waitingFrames }) => waitingFrames.length);
        assert.deepEqual(
          shares,
          all.map(() => 4),
        );
      });
    }
  }

  test('serves consumers in turn with messages that come together', async (t) => {
    const scene = await brokerScene(t);
    const all = await consumers(scene, 3);
    await sendAll(await scene.client(), numbers(0, 8));
    const shares = await Promise.all(all.map((client) => client.nextBodies(3)));
    const sorted = shares.toSorted(([a], [b]) => Number(a) - Number(b));
    assert.deepEqual(sorted, [
      ['0', '3', '6'],
      ['1', '4', '7'],
      ['2', '5', '8'],
    ]);
  });

  test('goes on in turn when a consumer leaves', async (t) => {
    const scene = await brokerScene(t);
    const [one, two, three] = await consumers(scene, 3);
    const producer = await scene.client();
    await producer.sends('/queue/a', 'first');
    await one?.unsubscribes();
    await sendAll(producer, numbers(1, 8));
    await two?.roundTrip();
    await three?.roundTrip();
    const shares = [two, three].map((client) => client?.waitingFrames.length ?? 0);
    assert.equal((shares[0] ?? 0) + (shares[1] ?? 0) + (one?.waitingFrames.length ?? 0), 9);
    for (const share of shares) assert(share >= 4 && share <= 5, `${share} of 8`);
  });

  test('is another one than a topic of the same name', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/topic/a', { id: 'topic' });
    await sendAll(client, ['for the queue']);
    await client.expectsNoFrame();
  });

  test('may have two subscriptions of one connection, each message with its own id', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a', { id: 'one', ack: 'client' });
    await client.subscribes('/queue/a', { id: 'two', ack: 'client' });
    await sendAll(client, ['x', 'y']);
    const messages = await client.nextMessages(2);
    const ids = messages.map(({ headers }) => headers['subscription']);
    assert.deepEqual(ids.toSorted(), ['one', 'two']);
    for (const message of messages) await client.acks(message);
  });

  test('works over TCP, in order, for many messages', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const consumer = await scene.clientOverTcp();
    await consumer.subscribes('/queue/a');
    const producer = await scene.clientOverTcp();
    await sendAll(producer, numbers(1, 3000));
    assert.deepEqual(await consumer.nextBodies(3000), numbers(1, 3000));
  });
});

describe('a message', () => {
  test('is not delivered before it is durable', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const [consumer] = await consumers(scene, 1);
    const producer = await scene.client();
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/a', receipt: 'r' }, 'hello');
    const { release } = await commit;
    await consumer?.expectsNoFrame();
    assert.deepEqual(producer.waitingFrames, []);
    release();
    await producer.receipt('r');
    assert.equal((await consumer?.nextMessage())?.body, 'hello');
  });

  test('that is not persistent does not overtake one that is not durable yet', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const [consumer] = await consumers(scene, 1);
    const producer = await scene.client();
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/a' }, 'first');
    producer.frame('SEND', { destination: '/queue/a', persistent: 'false' }, 'second');
    const { release } = await commit;
    await consumer?.expectsNoFrame();
    release();
    assert.deepEqual(await consumer?.nextBodies(2), ['first', 'second']);
  });

  test('that is not persistent needs no commit', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const [consumer] = await consumers(scene, 1);
    const producer = await scene.client();
    await producer.sends('/queue/b', 'makes both queues');
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/b' }, 'held');
    const { release } = await commit;
    await (await scene.client()).sends('/queue/a', 'quick', { persistent: 'false' });
    assert.equal((await consumer?.nextMessage())?.body, 'quick');
    release();
  });

  test('that is consumed is gone from the store after the next commit', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await scene.client();
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'hello');
    await client.acks(await client.nextMessage());
    assert.equal(store.recordCount(0), 0);
  });

  test('that was settled without a receipt is gone from the store 50 ms later', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await scene.client();
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello');
    await client.nextMessage();
    assert.equal(store.recordCount(0), 1);
    const commit = store.nextCommit();
    scene.clock.advance(50);
    (await commit).release();
    await client.roundTrip();
    assert.equal(store.recordCount(0), 0);
  });
});

describe('the receipt of a SUBSCRIBE', () => {
  test('comes before the first message', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    for (let round = 0; round < 20; round++) {
      await client.sends('/queue/a', String(round));
      client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', receipt: 'r' });
      assert.equal((await client.nextFrame()).headers['receipt-id'], 'r');
      assert.equal((await client.nextFrame()).body, String(round));
      await client.unsubscribes();
    }
  });

  test('comes before the first message also when it waits for the disk', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await scene.client();
    await client.sends('/queue/a', 'old', { persistent: 'false' });
    const commit = store.nextCommit();
    client.frame('SEND', { destination: '/queue/b' }, 'held');
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', receipt: 'r' });
    const { release } = await commit;
    assert.deepEqual(client.waitingFrames, []);
    release();
    assert.equal((await client.nextFrame()).headers['receipt-id'], 'r');
    assert.equal((await client.nextFrame()).body, 'old');
  });

  test('is not needed to get messages', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.sends('/queue/a', 'hello');
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's' });
    assert.equal((await client.nextFrame()).body, 'hello');
  });
});

describe('prefetch', () => {
  for (const name of ['activemq.prefetchSize', 'prefetch-count']) {
    test(`1 by ${name} gives one message per ACK`, async (t) => {
      const client = await (await brokerScene(t)).client();
      await sendAll(client, numbers(1, 5));
      await client.subscribes('/queue/a', { ack: 'client', [name]: 1 });
      for (const number of numbers(1, 5)) {
        const message = await client.nextMessage();
        assert.equal(message.body, number);
        await client.expectsNoFrame();
        await client.acks(message);
      }
      await client.expectsNoFrame();
    });
  }

  test('is 1,000 unless the client says otherwise', async (t) => {
    const client = await (await brokerScene(t)).client();
    await sendAll(client, numbers(1, 1001));
    await client.subscribes('/queue/a', { ack: 'client' });
    const messages = await client.nextMessages(1000);
    await client.expectsNoFrame();
    client.frame('ACK', client.nameOf(messages[499] ?? assert.fail()));
    assert.equal((await client.nextMessage()).body, '1001');
  });

  test('0 gives nothing, in no mode', async (t) => {
    const client = await (await brokerScene(t)).client();
    await sendAll(client, ['hello']);
    for (const ack of ['auto', 'client', 'client-individual']) {
      await client.subscribes('/queue/a', { id: ack, ack, 'activemq.prefetchSize': 0 });
    }
    await client.expectsNoFrame();
  });

  test('does not limit auto mode', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a', { 'activemq.prefetchSize': 1 });
    await sendAll(client, numbers(1, 50));
    assert.deepEqual(await client.nextBodies(50), numbers(1, 50));
  });

  test('leaves to others what one consumer may not have', async (t) => {
    const scene = await brokerScene(t);
    const [busy] = await consumers(scene, 1, { ack: 'client', 'prefetch-count': 2 });
    const [free] = await consumers(scene, 1);
    await sendAll(await scene.client(), numbers(1, 10));
    assert.deepEqual(await busy?.nextBodies(2), ['1', '3']);
    assert.equal((await free?.nextBodies(8))?.length, 8);
    await busy?.expectsNoFrame();
  });

  test('in bytes lets messages follow while fewer are unsettled, as with Artemis', async (t) => {
    const client = await (await brokerScene(t)).client();
    await sendAll(client, ['x'.repeat(1000), 'y'.repeat(1000), 'z'.repeat(1000)]);
    const ack = 'client-individual';
    await client.subscribes('/queue/a', { ack, 'consumer-window-size': 1500 });
    const [first] = await client.nextMessages(2);
    await client.expectsNoFrame();
    await client.acks(first ?? assert.fail());
    assert.equal((await client.nextMessage()).body, 'z'.repeat(1000));
  });

  test('in bytes of -1 is no limit', async (t) => {
    const client = await (await brokerScene(t)).client();
    await sendAll(client, numbers(1, 50));
    await client.subscribes('/queue/a', { ack: 'client', 'consumer-window-size': -1 });
    assert.deepEqual(await client.nextBodies(50), numbers(1, 50));
  });

  for (const value of ['-1', 'x', '1.5', '']) {
    test(`"${value}" is refused`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame('SUBSCRIBE', {
        destination: '/queue/a',
        id: 's',
        'activemq.prefetchSize': value,
      });
      const { headers } = await client.expectsError('STOMP_PROTO_BAD_HEADER');
      assert.match(headers['message'] ?? '', /activemq\.prefetchSize must be a whole number/);
    });
  }
});
