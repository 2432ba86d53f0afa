/** Fast and slow peers: nobody gets more than its share, and nobody fills the memory of the broker. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import { endOfTurn, sessionParts } from './session-parts.js';

const KIB = 1024;
const CONNECT = 'CONNECT\naccept-version:1.2\nhost:x\n\n\0';
const SUBSCRIBE = 'SUBSCRIBE\nid:s\ndestination:/queue/a\n\n\0';
const sendFrame = (body: string) => `SEND\ndestination:/queue/a\npersistent:false\n\n${body}\0`;

describe('a consumer whose transport takes no more', () => {
  test('gets its share of one turn, and more when it has drained', async () => {
    const { transport } = sessionParts();
    transport.gets(CONNECT);
    transport.gets(sendFrame('x'.repeat(10 * KIB)).repeat(100));
    await endOfTurn();
    transport.takesMore = false;
    const before = transport.writtenBytes;
    transport.gets(SUBSCRIBE);
    await endOfTurn();
    const share = transport.writtenBytes - before;
    assert(share >= 256 * KIB && share < 300 * KIB, `${share} bytes`);

    await endOfTurn();
    assert.equal(transport.writtenBytes - before, share);
    transport.takesMore = false;
    transport.drains();
    transport.takesMore = false;
    await endOfTurn();
    assert(transport.writtenBytes - before >= 512 * KIB);

    transport.drains();
    for (let turns = 0; turns < 10; turns++) await endOfTurn();
    assert.equal(transport.text.split('MESSAGE\n').length - 1, 100);
  });

  test('still gets its heart-beats and receipts', async () => {
    const { transport, clock } = sessionParts();
    transport.gets(CONNECT.replace('host:x', 'heart-beat:0,1000'));
    await endOfTurn();
    transport.takesMore = false;
    transport.gets(sendFrame('hello').replace('SEND\n', 'SEND\nreceipt:r\n'));
    await endOfTurn();
    assert.match(transport.text, /RECEIPT\nreceipt-id:r\n/);
    clock.advance(1000);
    assert(transport.text.endsWith('\0\n\n'));
  });

  test('leaves the rest of its queue to others', async (t) => {
    const scene = await brokerScene(t);
    const slow = await scene.client();
    await slow.subscribes('/queue/a');
    slow.stopsReading();
    const fast = await scene.client();
    await fast.subscribes('/queue/a');
    const producer = await scene.client();
    const count = 600;
    for (let number = 0; number < count; number++) {
      const frame = { destination: '/queue/a', persistent: 'false', number };
      producer.frame('SEND', frame, 'x'.repeat(10 * KIB));
      if (number % 20 === 0) await producer.roundTrip();
    }
    await producer.roundTrip();
    await fast.roundTrip();
    slow.readsOn();
    await slow.roundTrip();
    const numbers = [slow, fast].map(({ waitingFrames }) =>
      waitingFrames.map(({ headers }) => Number(headers['number'])),
    );
    const [slowNumbers = [], fastNumbers = []] = numbers;
    assert.equal(new Set([...slowNumbers, ...fastNumbers]).size, count);
    // A megabyte in the pipe and a quarter of one on the way to it.
    assert(slowNumbers.length * 10 < 1400, `${slowNumbers.length} messages`);
    for (const list of [slowNumbers, fastNumbers]) {
      assert.deepEqual(
        list,
        list.toSorted((a, b) => a - b),
      );
    }
    await producer.sends('/queue/a', 'more', { number: count });
    await producer.sends('/queue/a', 'more', { number: count });
    await slow.nextMessages(slowNumbers.length + 1);
  });

  test('is served on over TCP when it reads on', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const consumer = await scene.clientOverTcp();
    await consumer.subscribes('/queue/a');
    consumer.stopsReading();
    const producer = await scene.client();
    for (let count = 0; count < 40; count++) {
      await producer.sends('/queue/a', String(count).padEnd(512 * KIB, '.'));
    }
    consumer.readsOn();
    const bodies = await consumer.nextBodies(40);
    assert.deepEqual(
      bodies.map((body) => Number.parseInt(body, 10)),
      Array.from({ length: 40 }, (_, index) => index),
    );
  });
});

describe('a consumer with a long queue', () => {
  test('does not keep another connection waiting', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    for (let count = 0; count < 40; count++) {
      await producer.sends('/queue/long', 'x'.repeat(256 * KIB));
    }
    await producer.sends('/queue/short', 'hello');
    const greedy = await scene.client();
    const modest = await scene.client();
    greedy.frame('SUBSCRIBE', { destination: '/queue/long', id: 's' });
    modest.frame('SUBSCRIBE', { destination: '/queue/short', id: 's' });
    await modest.nextMessage();
    assert(greedy.receivedBytes < 2 * KIB * KIB, `${greedy.receivedBytes} bytes came first`);
    await greedy.nextMessages(40);
  });

  test('does not keep another subscription of its own waiting', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    for (let count = 0; count < 40; count++) {
      await producer.sends('/queue/long', 'x'.repeat(256 * KIB));
    }
    await producer.sends('/queue/short', 'hello');
    const client = await scene.client();
    client.frame('SUBSCRIBE', { destination: '/queue/long', id: 'long' });
    client.frame('SUBSCRIBE', { destination: '/queue/short', id: 'short' });
    const subscriptions = (await client.nextMessages(41)).map(
      ({ headers }) => headers['subscription'],
    );
    assert(
      subscriptions.indexOf('short') < 8,
      `it came as number ${subscriptions.indexOf('short')}`,
    );
  });
});

describe('a producer that is faster than the disk', () => {
  test('is not read from until the disk has caught up', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const listener = await scene.client();
    await listener.subscribes('/topic/news');
    const producer = await scene.client();
    const commit = store.nextCommit();
    for (let count = 0; count < 17; count++) {
      producer.frame('SEND', { destination: '/queue/a' }, 'x'.repeat(KIB * KIB));
    }
    const { release } = await commit;
    await scene.client();
    producer.frame('SEND', { destination: '/topic/news' }, 'behind the disk');
    await scene.client();
    assert.deepEqual(listener.waitingFrames, []);
    assert.equal(producer.writes('\n'.repeat(KIB * KIB)), false);

    release();
    assert.equal((await listener.nextMessage()).body, 'behind the disk');
    await producer.roundTrip();
  });

  test('is not dropped as silent meanwhile', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const producer = await scene.client('1.2', { 'heart-beat': '1000,0' });
    const commit = store.nextCommit();
    for (let count = 0; count < 17; count++) {
      producer.frame('SEND', { destination: '/queue/a' }, 'x'.repeat(KIB * KIB));
    }
    const { release } = await commit;
    await scene.client();
    scene.clock.advance(10_000);
    await scene.client();
    assert.equal(producer.isClosed, false);
    release();
    await producer.expectsNoFrame();
  });
});

describe('a client that does not read its receipts', () => {
  test('is not read either, until it reads on', async () => {
    const { transport } = sessionParts({ memoryLimits: { maxConnectionBytes: 64 * KIB } });
    transport.gets(CONNECT);
    await endOfTurn();
    transport.takesMore = false;
    const beginAndAbort = (receipt: string) =>
      `BEGIN\ntransaction:t\nreceipt:${receipt}\n\n\0ABORT\ntransaction:t\n\n\0`;
    const long = 'r'.repeat(8 * KIB);
    for (let count = 0; count < 7; count++) {
      transport.gets(beginAndAbort(long));
      await endOfTurn();
    }
    assert.equal(transport.reading, 'reading');
    transport.gets(beginAndAbort(long).repeat(2));
    await endOfTurn();
    assert.equal(transport.reading, 'paused');
    transport.drains();
    assert.equal(transport.reading, 'reading');
  });
});

describe('a client that is not read', () => {
  test('is read again when its connection ends, so that its own end is noticed', async () => {
    const { transport } = sessionParts({ memoryLimits: { maxConnectionBytes: 64 * KIB } });
    transport.gets(CONNECT);
    await endOfTurn();
    transport.takesMore = false;
    const receipt = 'r'.repeat(8 * KIB);
    transport.gets(`BEGIN\ntransaction:t\nreceipt:${receipt}\n\n\0`);
    for (let count = 0; count < 10; count++) {
      transport.gets(`SEND\ndestination:/topic/t\nreceipt:${receipt}\n\n\0`);
    }
    await endOfTurn();
    assert.equal(transport.reading, 'paused');
    transport.gets('COMMIT\ntransaction:unknown\n\n\0');
    await endOfTurn();
    assert.match(transport.text, /ERROR\n/);
    assert.equal(transport.state, 'ended');
    assert.equal(transport.reading, 'reading');
  });
});
