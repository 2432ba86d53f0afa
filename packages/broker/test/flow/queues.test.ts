/** Queues when memory is short: their messages stay in the store, and nobody has to wait for that. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { KIB, MIB, memoryOf, smallScene } from './flow-scene.js';

const LIMIT = 256 * KIB;
const COUNT = 1000;
const VOLATILE = { persistent: 'false' };

/** A number, padded to 10 KiB. */
const body = (number: number) => String(number).padEnd(10 * KIB, '.');
const numbers = Array.from({ length: COUNT }, (_, index) => index);

describe('a flood of messages to a queue without consumers', () => {
  for (const kind of ['persistent', 'volatile'] as const) {
    test(`stays within memory, and comes complete and in order later: ${kind}`, async (t) => {
      const scene = await smallScene(t, LIMIT, { data: temporaryDirectory(t) });
      const producer = await scene.client();
      const headers = kind === 'volatile' ? VOLATILE : {};
      let most = 0;
      for (const number of numbers) {
        producer.frame('SEND', { destination: '/queue/a', ...headers }, body(number));
        if (number % 20 === 0) await producer.roundTrip();
        most = Math.max(most, memoryOf(scene).usedBytes);
      }
      await producer.roundTrip();
      assert(most > LIMIT / 2 && most < LIMIT, `${most} bytes`);
      assert.deepEqual(scene.eventsOf('memory-limit-reached'), []);

      const consumer = await scene.client();
      await consumer.subscribes('/queue/a');
      const bodies = await consumer.nextBodies(COUNT);
      assert.deepEqual(
        bodies.map((text) => Number.parseInt(text, 10)),
        numbers,
      );
      await consumer.disconnects();
      await producer.disconnects();
      assert.equal(memoryOf(scene).usedBytes, 0);
    });
  }

  test('to many queues stays within memory', async (t) => {
    const scene = await smallScene(t, LIMIT, { data: temporaryDirectory(t) });
    const producer = await scene.client();
    for (const number of numbers) {
      producer.frame('SEND', { destination: `/queue/q${number % 100}`, ...VOLATILE }, body(number));
      if (number % 20 === 0) await producer.roundTrip();
    }
    await producer.roundTrip();
    const { usedBytes } = memoryOf(scene);
    assert(usedBytes < LIMIT + 10 * KIB, `${usedBytes} bytes`);
    const consumer = await scene.client();
    for (let queue = 0; queue < 100; queue++) {
      await consumer.subscribes(`/queue/q${queue}`, { id: queue });
      const bodies = await consumer.nextBodies(COUNT / 100);
      assert.deepEqual(
        bodies.map((text) => Number.parseInt(text, 10)),
        numbers.filter((number) => number % 100 === queue),
      );
    }
  });

  test('is not slowed because topics have filled the memory', async (t) => {
    const scene = await smallScene(t, LIMIT, { data: temporaryDirectory(t) });
    const slow = await scene.client();
    await slow.subscribes('/topic/t', { ack: 'client', 'activemq.prefetchSize': 1 });
    const publisher = await scene.client();
    for (let number = 0; number < 40; number++) {
      publisher.frame('SEND', { destination: '/topic/t' }, body(number));
    }
    await scene.hasTold('memory-limit-reached');
    const producer = await scene.client();
    for (const number of numbers.slice(0, 100)) {
      await producer.sends('/queue/a', body(number), number % 2 === 0 ? VOLATILE : {});
    }
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a');
    assert.equal((await consumer.nextBodies(100)).length, 100);
  });
});

describe('what was given to a consumer', () => {
  test('counts until it is settled, and waits in memory again when the consumer goes', async (t) => {
    const scene = await smallScene(t, MIB);
    const producer = await scene.client();
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a', { ack: 'client-individual' });
    await producer.sends('/queue/a', body(0));
    await producer.sends('/queue/a', body(1));
    const first = await consumer.nextMessage();
    await consumer.nextMessage();
    const both = memoryOf(scene).usedBytes;
    assert(both > 20 * KIB);
    await consumer.acks(first);
    const one = memoryOf(scene).usedBytes;
    assert(Math.abs(one * 2 - both) < 10);
    await consumer.disconnects();
    assert.equal(memoryOf(scene).usedBytes, one);
    const next = await scene.client();
    await next.subscribes('/queue/a');
    await next.nextMessage();
    await next.roundTrip();
    assert.equal(memoryOf(scene).usedBytes, 0);
  });

  test('counts while it waits for its redelivery', async (t) => {
    const scene = await smallScene(t, MIB);
    const client = await scene.client();
    await client.subscribes('/queue/a', { ack: 'client-individual' });
    await client.sends('/queue/a', body(0));
    const message = await client.nextMessage();
    const { usedBytes } = memoryOf(scene);
    await client.nacks(message);
    assert.equal(memoryOf(scene).usedBytes, usedBytes);
    scene.clock.advance(1000);
    await client.acks(await client.nextMessage());
    assert.equal(memoryOf(scene).usedBytes, 0);
  });
});
