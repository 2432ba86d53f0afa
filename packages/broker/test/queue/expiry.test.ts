/** Messages that expire in a queue: at their delivery, at a look through memory, at one through the store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Queue } from '../../dist/queue/queue.js';
import { brokerScene } from '../broker-scene.js';
import { sessionParts } from '../session/session-parts.js';
import { bodiesCome, fill, numbersCome, subscriber } from './queue-clients.js';

const NO_DEAD_LETTERS = { policies: [{ destination: '/queue/>', deadLetter: { expired: false } }] };

describe('a message that has expired', () => {
  test('is given to nobody, and what follows it is', async (t) => {
    const scene = await brokerScene(t);
    const soon = scene.clock.now() + 1000;
    const producer = await scene.client();
    await fill(producer, 10, { headersOf: (n) => (n % 2 === 0 ? { expires: soon } : {}) });
    scene.clock.advance(1000);
    assert.deepEqual(await numbersCome(await subscriber(scene)), [1, 3, 5, 7, 9]);
    assert.equal(scene.broker.counters.expired, 5);
  });

  test('is given to no consumer that looks for matches, of a group, or paged', async (t) => {
    const scene = await brokerScene(t, NO_DEAD_LETTERS);
    const soon = scene.clock.now() + 1000;
    const headersOf = (n: number) => ({
      JMSXGroupID: `g${n % 3}`,
      ...(n % 2 === 0 && { expires: soon }),
    });
    await fill(await scene.client(), 9000, { headersOf });
    scene.clock.advance(1000);
    const consumer = await subscriber(scene, { selector: 'number > 8990' });
    assert.equal((await consumer.nextMessage()).headers['number'], '8991');
    const others = (await consumer.nextMessages(4)).map(({ headers }) => headers['number']);
    assert.deepEqual(others, ['8993', '8995', '8997', '8999']);
    assert.equal(scene.broker.counters.expired, 4500);
  });

  test('while a consumer held it does not come again', async (t) => {
    const scene = await brokerScene(t);
    await (await scene.client()).sends('/queue/a', 'x', { expires: scene.clock.now() + 1000 });
    const first = await subscriber(scene, { ack: 'client' });
    assert.deepEqual(await bodiesCome(first), ['x']);
    scene.clock.advance(1000);
    await first.disconnects();
    await (await subscriber(scene)).expectsNoFrame();
    assert.equal(scene.broker.counters.expired, 1);
  });

  test('while it waited for its redelivery does not come again', async (t) => {
    const scene = await brokerScene(t, { redelivery: { initialDelayMs: 2000 } });
    await (await scene.client()).sends('/queue/a', 'x', { expires: scene.clock.now() + 1000 });
    const consumer = await subscriber(scene, { ack: 'client' });
    await consumer.nacks(await consumer.nextMessage());
    scene.clock.advance(2000);
    await consumer.expectsNoFrame();
    assert.equal(scene.broker.counters.expired, 1);
  });

  test('is taken out in turns where there are many of them', async (t) => {
    const scene = await brokerScene(t, NO_DEAD_LETTERS);
    const soon = scene.clock.now() + 1000;
    await fill(await scene.client(), 20_000, { headersOf: () => ({ expires: soon }) });
    scene.clock.advance(1000);
    const [other, consumer] = [await scene.client(), await scene.client()];
    consumer.frame('SUBSCRIBE', { destination: '/queue/a', id: 's' });
    await other.roundTrip();
    assert(scene.broker.counters.expired < 20_000, 'the answer came after all had expired');
    await other.sends('/queue/a', 'alive');
    assert.equal((await consumer.nextMessage()).body, 'alive');
    assert.equal(scene.broker.counters.expired, 20_000);
  });
});

/** A queue with so many messages, every third of which expires in a second; nobody consumes. */
async function queueWith(count: number, headersOf: (n: number) => string) {
  const parts = sessionParts();
  const queue = parts.router.queues.queue('a');
  parts.transport.gets('CONNECT\naccept-version:1.2\nhost:h\n\n\0');
  await turns();
  for (let n = 0; n < count; n++) {
    parts.transport.gets(`SEND\ndestination:/queue/a\n${headersOf(n)}\n${n}\0`);
    if (n % 500 === 0) await turns();
  }
  await turns();
  assert.equal(queue.depth, count);
  return { ...parts, queue };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const EXPIRES = 'expires:1001000\n';
const everyThird = (n: number) => (n % 3 === 0 ? EXPIRES : '');

/** Calls until it is done; how often. */
function sweep(queue: Queue, limit: number): number {
  let calls = 1;
  while (queue.expirePaged(limit)) calls += 1;
  return calls;
}

describe('a queue that nobody consumes', () => {
  test('gives up what has expired in memory', async () => {
    const { queue, clock } = await queueWith(300, everyThird);
    assert.equal(queue.expireWaiting(), 0);
    clock.advance(1000);
    assert.equal(queue.expireWaiting(), 100);
    assert.equal(queue.depth, 200);
    assert.equal(queue.counters.expired, 100);
  });

  test('gives up what has expired in the store, so many at a time', async () => {
    const { queue, clock, router } = await queueWith(9000, everyThird);
    clock.advance(1000);
    const inMemory = queue.expireWaiting();
    const calls = sweep(queue, 100);
    assert(calls > 45 && calls < 60, `${calls} calls for 4,904 paged messages`);
    assert.equal(queue.depth, 6000);
    assert.equal(queue.counters.expired, 3000);
    assert(inMemory > 1000 && inMemory < 1500);
    assert.equal(router.queues.get('DLQ.a')?.depth, 3000);
  });

  test('looks through all priorities', async () => {
    const { queue, clock } = await queueWith(12_000, (n) => `priority:${n % 2}\n${everyThird(n)}`);
    clock.advance(1000);
    queue.expireWaiting();
    sweep(queue, 500);
    assert.equal(queue.depth, 8000);
  });

  test('is not looked at again when nothing in it can expire', async () => {
    const { queue, clock, transport } = await queueWith(5000, (n) => (n === 4999 ? EXPIRES : ''));
    assert(queue.mayHoldExpiring);
    sweep(queue, 1000);
    assert(queue.mayHoldExpiring, 'it holds one still');
    clock.advance(1000);
    assert(queue.expirePaged(1000) || queue.depth === 4999);
    sweep(queue, 1000);
    sweep(queue, 1000);
    assert.equal(queue.depth, 4999);
    assert(!queue.mayHoldExpiring);
    transport.gets('SEND\ndestination:/queue/a\nexpires:9999999\n\n\0');
    assert(queue.mayHoldExpiring);
  });

  test('says while a look is not over that there is more to do', async () => {
    const { queue } = await queueWith(6000, () => '');
    assert(!queue.mayHoldExpiring, 'nothing expires, and it was made in this run');
    assert(queue.expirePaged(10));
    assert(queue.mayHoldExpiring);
    sweep(queue, 1000);
    assert(!queue.mayHoldExpiring);
  });
});

describe('what a queue counts', () => {
  test('is right whenever it is read', async () => {
    const { queue, transport, clock } = await queueWith(10, everyThird);
    const sent = queue.countNow().bytes;
    assert(sent > 1000);
    transport.gets(
      'SUBSCRIBE\ndestination:/queue/a\nid:s\nack:client-individual\nprefetch-count:4\n\n\0',
    );
    await turns();
    const { size, inflight, consumers, dispatched, bytes } = queue.countNow();
    assert.deepEqual(
      { size, inflight, consumers, dispatched },
      { size: 10, inflight: 4, consumers: 1, dispatched: 4 },
    );
    assert.equal(bytes, sent);
    const ack = (serial: number) => transport.gets(`ACK\nid:1-${serial}\n\n\0`);
    clock.advance(200);
    ack(1);
    ack(2);
    const later = queue.countNow();
    assert.deepEqual([later.size, later.inflight, later.dequeued], [8, 4, 2]);
    assert.deepEqual([later.heldCount, later.heldMs, later.heldMaxMs], [2, 400, 200]);
    assert(later.bytes < sent);
    transport.gets('NACK\nid:1-3\n\n\0');
    assert.deepEqual([queue.countNow().size, queue.countNow().inflight], [8, 4]);
    clock.advance(1000);
    queue.expireWaiting();
    transport.gets('UNSUBSCRIBE\nid:s\n\n\0');
    await turns();
    const last = queue.countNow();
    assert.deepEqual([last.inflight, last.consumers], [0, 0]);
    assert.equal(last.size, queue.depth);
    assert.equal(last.enqueued, last.dequeued + last.expired + last.size);
    assert(last.enqueuedBytes >= sent);
  });
});
