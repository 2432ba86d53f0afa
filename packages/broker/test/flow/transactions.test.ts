/** Transactions when memory is short, and what one connection may hold. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { KIB, memoryOf, settled, smallScene, TURN_MS } from './flow-scene.js';

const LIMIT = 256 * KIB;
const body = 'x'.repeat(10 * KIB);
const COUNT = 20;

describe('transactions that fill the memory', () => {
  test('all come to their end, one after the other', async (t) => {
    const scene = await smallScene(t, LIMIT);
    const consumer = await scene.client();
    const producers = await Promise.all(Array.from({ length: 5 }, () => scene.client()));
    for (const producer of producers) producer.frame('BEGIN', { transaction: 't' });
    for (let number = 0; number < COUNT; number++) {
      for (const producer of producers) {
        producer.frame('SEND', { destination: '/queue/a', transaction: 't', number }, body);
      }
    }
    for (const producer of producers) producer.frame('COMMIT', { transaction: 't', receipt: 'c' });
    await scene.hasTold('memory-limit-reached');
    await settled();
    assert(memoryOf(scene).usedBytes < LIMIT + 5 * 11 * KIB);
    await consumer.subscribes('/queue/a');
    // A turn lasts as long as its transaction.
    for (let turns = 0; turns < producers.length; turns++) {
      await settled();
      scene.clock.advance(TURN_MS);
    }
    for (const producer of producers) await producer.receipt('c');
    const messages = await consumer.nextMessages(COUNT * producers.length);
    // Each transaction is one piece.
    const order = messages.map(({ headers }) => Number(headers['number']));
    assert.deepEqual(
      order,
      producers.flatMap(() => Array.from({ length: COUNT }, (_, index) => index)),
    );
    await consumer.roundTrip();
    assert.equal(memoryOf(scene).usedBytes, 0);
  });

  test('give back what they held when they are aborted, or their client goes', async (t) => {
    for (const end of ['abort', 'vanish'] as const) {
      const scene = await smallScene(t, LIMIT);
      const client = await scene.client();
      await client.confirms('BEGIN', { transaction: 't' });
      await client.sends('/queue/a', body, { transaction: 't' });
      assert(memoryOf(scene).usedBytes > body.length);
      if (end === 'abort') await client.confirms('ABORT', { transaction: 't' });
      else {
        client.vanishes();
        await scene.hasTold('disconnected');
      }
      assert.equal(memoryOf(scene).usedBytes, 0);
    }
  });

  test('hold what is acknowledged in them until they end', async (t) => {
    const scene = await smallScene(t, LIMIT);
    const client = await scene.client();
    await client.subscribes('/queue/a', { ack: 'client-individual' });
    await client.sends('/queue/a', body);
    const message = await client.nextMessage();
    const { usedBytes } = memoryOf(scene);
    await client.confirms('BEGIN', { transaction: 't' });
    await client.acks(message, { transaction: 't' });
    assert.equal(memoryOf(scene).usedBytes, usedBytes);
    await client.confirms('ABORT', { transaction: 't' });
    assert.equal(memoryOf(scene).usedBytes, usedBytes);
    await client.acks(message);
    assert.equal(memoryOf(scene).usedBytes, 0);
  });
});

describe('what one connection may make the broker hold', () => {
  const memoryLimits = { maxConnectionBytes: 100 * KIB };

  test('bounds its transactions', async (t) => {
    const scene = await brokerScene(t, { memoryLimits });
    const client = await scene.client();
    client.frame('BEGIN', { transaction: 't' });
    for (let number = 0; number < 9; number++) {
      await client.sends('/queue/a', body, { transaction: 't' });
    }
    client.frame('SEND', { destination: '/queue/a', transaction: 't' }, body);
    const { headers } = await client.expectsError('STOMP_PROTO_TRANSACTION_TOO_LARGE');
    assert.match(headers['message'] ?? '', /102400 bytes: commit more often/);
    assert.equal(memoryOf(scene).usedBytes, 0);
  });

  test('bounds its frames', async (t) => {
    const scene = await brokerScene(t, { memoryLimits });
    const client = await scene.client();
    await client.sends('/queue/a', 'x'.repeat(99 * KIB));
    client.writes(`SEND\ndestination:/queue/a\ncontent-length:${100 * KIB}\n\n`);
    await client.expectsError('STOMP_FRAME_TOO_LARGE');
  });

  test('bounds its unsettled messages, and lets each subscription have one', async (t) => {
    const scene = await brokerScene(t, { memoryLimits });
    const producer = await scene.client();
    for (let number = 0; number < 20; number++) await producer.sends('/queue/a', body);
    for (let number = 0; number < 3; number++) await producer.sends('/queue/b', body);
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a', { id: 'a', ack: 'client-individual' });
    await consumer.subscribes('/queue/b', { id: 'b', ack: 'client-individual' });
    const held = consumer.waitingFrames.map(({ headers }) => headers['subscription']);
    assert.deepEqual(held, [...Array.from({ length: 10 }, () => 'a'), 'b']);
    assert(memoryOf(scene).usedBytes > 0);

    // Each acknowledgement makes room, for whichever of them wants something.
    const taken: string[] = [];
    while (taken.length < 23) {
      const message = await consumer.nextMessage();
      taken.push(message.headers['subscription'] ?? '');
      await consumer.acks(message);
    }
    assert.equal(taken.filter((id) => id === 'b').length, 3);
    assert.equal(memoryOf(scene).usedBytes, 0);
  });

  test('does not keep one subscription waiting because of what another has settled', async (t) => {
    const scene = await brokerScene(t, { memoryLimits });
    const producer = await scene.client();
    for (let number = 0; number < 10; number++) await producer.sends('/queue/a', body);
    for (let number = 0; number < 3; number++) await producer.sends('/queue/b', body);
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a', { id: 'a', ack: 'client' });
    const ofA = await consumer.nextMessages(10);
    await consumer.subscribes('/queue/b', { id: 'b', ack: 'client' });
    await consumer.nextMessage();
    assert.deepEqual(consumer.waitingFrames, []);
    const last = ofA.at(-1);
    assert(last);
    await consumer.acks(last);
    assert.equal((await consumer.nextMessages(2)).length, 2);
  });

  test('counts what it does not read', async (t) => {
    const scene = await brokerScene(t);
    const slow = await scene.client();
    await slow.subscribes('/topic/t');
    slow.stopsReading();
    const publisher = await scene.client();
    // A pipe in memory takes a megabyte.
    await publisher.sends('/topic/t', 'x'.repeat(3000 * KIB));
    const { usedBytes } = memoryOf(scene);
    assert(usedBytes > 3000 * KIB, `${usedBytes} bytes`);
    slow.readsOn();
    await slow.nextMessage();
    await slow.roundTrip();
    assert.equal(memoryOf(scene).usedBytes, 0);
  });

  test('counts the frame that is arriving', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    client.writes('SEND\ndestination:/queue/a\ncontent-length:50000\n\n');
    client.writes('x'.repeat(20_000));
    client.writes('x'.repeat(20_000));
    await settled();
    assert(memoryOf(scene).usedBytes > 40_000);
    client.vanishes();
    await scene.hasTold('disconnected');
    assert.equal(memoryOf(scene).usedBytes, 0);
  });
});
