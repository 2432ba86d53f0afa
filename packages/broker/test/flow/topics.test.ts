/** A topic with a subscriber that is too slow: its publishers wait, nobody else does, nothing is lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, LISTENING } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';
import { KIB, MIB, memoryOf, settled, smallScene, TURN_MS } from './flow-scene.js';

const LIMIT = 256 * KIB;
const COUNT = 100;
const body = (number: number) => String(number).padEnd(10 * KIB, '.');
const numbers = Array.from({ length: COUNT }, (_, index) => index);
const numbersOf = (bodies: readonly string[]) => bodies.map((text) => Number.parseInt(text, 10));

/** A subscriber that takes nothing before it has acknowledged what it has. */
async function slowSubscriber(scene: BrokerScene): Promise<StompClient> {
  const slow = await scene.client();
  await slow.subscribes('/topic/t', { ack: 'client', 'activemq.prefetchSize': 1 });
  return slow;
}

function publish(publisher: StompClient, from: number, to: number): void {
  for (const number of numbers.slice(from, to)) {
    publisher.frame('SEND', { destination: '/topic/t' }, body(number));
  }
}

/** Takes all of them, one by one, while the publisher may be waiting. */
async function takesAll(slow: StompClient, count = COUNT): Promise<number[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const message = await slow.nextMessage();
    taken.push(message.body);
    slow.frame('ACK', slow.nameOf(message));
  }
  return numbersOf(taken);
}

describe('a publisher to a topic with a slow subscriber', () => {
  test('is slowed, and everything arrives at everybody', async (t) => {
    const scene = await smallScene(t, LIMIT);
    const slow = await slowSubscriber(scene);
    const fast = await scene.client();
    await fast.subscribes('/topic/t');
    const publisher = await scene.client();
    publish(publisher, 0, COUNT);
    await scene.hasTold('memory-limit-reached');
    await settled();
    const { usedBytes } = memoryOf(scene);
    assert(usedBytes < LIMIT + 11 * KIB, `${usedBytes} bytes`);
    const before = fast.waitingFrames.length;
    assert(before > 20 && before < 30, `${before} messages`);

    assert.deepEqual(await takesAll(slow), numbers);
    assert.deepEqual(numbersOf(await fast.nextBodies(COUNT)), numbers);
    assert.deepEqual(scene.eventsOf('topic-message-dropped'), []);
    await scene.hasTold('memory-limit-relieved');
    await publisher.roundTrip();
    await slow.roundTrip();
    assert.equal(memoryOf(scene).usedBytes, 0);
  });

  test('goes on when the slow one leaves', async (t) => {
    for (const leave of ['vanishes', 'unsubscribes', 'disconnects'] as const) {
      const scene = await smallScene(t, LIMIT);
      const slow = await slowSubscriber(scene);
      const publisher = await scene.client();
      publish(publisher, 0, COUNT);
      await scene.hasTold('memory-limit-reached');
      await slow.nextMessage();
      await slow[leave]();
      await publisher.roundTrip();
      assert.equal(memoryOf(scene).usedBytes, 0, leave);
    }
  });

  test('gets on by turns when the slow one is dead, up to the limit of the topic', async (t) => {
    const topicLimits = { maxBacklogBytes: 2 * LIMIT };
    const scene = await smallScene(t, LIMIT, { topicLimits });
    await slowSubscriber(scene);
    const publisher = await scene.client();
    publish(publisher, 0, COUNT);
    await scene.hasTold('memory-limit-reached');
    let turns = 0;
    for (; scene.eventsOf('topic-message-dropped').length === 0; turns++) {
      assert(turns < COUNT, 'no turn came');
      await settled();
      scene.clock.advance(TURN_MS);
    }
    assert(turns > 20, `${turns} turns`);
    assert(memoryOf(scene).usedBytes < 2 * LIMIT + 22 * KIB);
  });

  test('does not slow who publishes what nobody has to wait for', async (t) => {
    const scene = await smallScene(t, LIMIT);
    await slowSubscriber(scene);
    publish(await scene.client(), 0, COUNT);
    await scene.hasTold('memory-limit-reached');
    const listener = await scene.client();
    await listener.subscribes('/topic/other');
    const other = await scene.client();
    for (const number of numbers) await other.sends('/topic/other', body(number));
    assert.deepEqual(numbersOf(await listener.nextBodies(COUNT)), numbers);
  });
});

describe('producers that were slowed', () => {
  test('go on in the order in which they were slowed', async (t) => {
    const scene = await smallScene(t, LIMIT);
    const slow = await slowSubscriber(scene);
    const other = await scene.client();
    await other.subscribes('/topic/order');
    publish(await scene.client(), 0, 26);
    await scene.hasTold('memory-limit-reached');
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) {
      const producer = await scene.client();
      producer.frame('SEND', { destination: '/topic/t' }, name);
      await settled();
      producer.frame('SEND', { destination: '/topic/order' }, name);
    }
    await settled();
    assert.deepEqual(other.waitingFrames, []);
    slow.vanishes();
    assert.deepEqual(await other.nextBodies(names.length), names);
  });
});

describe('over TCP', () => {
  test('a publisher is slowed by its socket, and everything arrives', async (t) => {
    const total = 600;
    const scene = await smallScene(t, MIB, LISTENING);
    const slow = await scene.clientOverTcp();
    await slow.subscribes('/topic/t');
    const fast = await scene.clientOverTcp();
    await fast.subscribes('/topic/t');
    slow.stopsReading();
    const publisher = await scene.clientOverTcp();
    const large = (number: number) => String(number).padEnd(64 * KIB, '.');
    let isTaken = true;
    for (let number = 0; number < total; number++) {
      isTaken = publisher.writes(`SEND\ndestination:/topic/t\n\n${large(number)}\0`);
    }
    await scene.hasTold('memory-limit-reached');
    const other = await scene.clientOverTcp();
    for (let trips = 0; trips < 50; trips++) await other.roundTrip();
    assert.equal(isTaken, false);
    const { usedBytes } = memoryOf(scene);
    assert(usedBytes < 2 * MIB, `${usedBytes} bytes`);
    assert(fast.waitingFrames.length < total, 'the publisher was not slowed');

    slow.readsOn();
    const all = Array.from({ length: total }, (_, index) => index);
    assert.deepEqual(numbersOf(await slow.nextBodies(total)), all);
    assert.deepEqual(numbersOf(await fast.nextBodies(total)), all);
    assert.deepEqual(scene.eventsOf('topic-message-dropped'), []);
    for (const client of [publisher, slow, fast, other]) await client.roundTrip();
    assert.equal(memoryOf(scene).usedBytes, 0);
  });
});
