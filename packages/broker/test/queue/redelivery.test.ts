/** What happens to refused messages: delays that grow, then the dead letter queue of their queue. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import type { Headers, Received, StompClient } from '../stomp-client.js';

const INDIVIDUAL = { ack: 'client-individual' };

async function consumer(scene: BrokerScene, headers: Headers = INDIVIDUAL): Promise<StompClient> {
  const client = await scene.client();
  await client.subscribes('/queue/a', headers);
  return client;
}

/** Refuses a message as often as it takes, and returns it as it came last. */
async function refuseTillDead(scene: BrokerScene, client: StompClient): Promise<Received> {
  let message = await client.nextMessage();
  for (let redelivery = 1; redelivery <= 6; redelivery++) {
    await client.nacks(message);
    scene.clock.advance(60_000);
    message = await client.nextMessage();
  }
  await client.nacks(message);
  return message;
}

describe('a refused message', () => {
  test('comes again after 1, 2, 4, 8, 16 and 32 seconds, marked', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene);
    await client.sends('/queue/a', 'hello');
    let message = await client.nextMessage();
    assert.equal(message.headers['redelivered'], undefined);
    for (const delayMs of [1000, 2000, 4000, 8000, 16_000, 32_000]) {
      await client.nacks(message);
      scene.clock.advance(delayMs - 1);
      await client.expectsNoFrame();
      scene.clock.advance(1);
      message = await client.nextMessage();
      assert.equal(message.headers['redelivered'], 'true');
    }
    assert.equal(scene.broker.counters.deadLettered, 0);
  });

  test('comes again after the delays that the options say', async (t) => {
    const redelivery = { initialDelayMs: 10, multiplier: 3, maxDelayMs: 50, maxRedeliveries: 9 };
    const scene = await brokerScene(t, { redelivery });
    const client = await consumer(scene);
    await client.sends('/queue/a', 'hello');
    for (const delayMs of [10, 30, 50, 50]) {
      await client.nacks(await client.nextMessage());
      scene.clock.advance(delayMs - 1);
      await client.expectsNoFrame();
      scene.clock.advance(1);
    }
    await client.nextMessage();
  });

  test('does not hold up those behind it, and is first again when its time has come', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene, { ...INDIVIDUAL, 'prefetch-count': 1 });
    for (const body of ['1', '2', '3']) await client.sends('/queue/a', body);
    await client.nacks(await client.nextMessage());
    const second = await client.nextMessage();
    assert.equal(second.body, '2');
    scene.clock.advance(1000);
    await client.acks(second);
    assert.deepEqual(await client.nextBodies(1), ['1']);
  });

  test('may go to another consumer', async (t) => {
    const scene = await brokerScene(t);
    const one = await consumer(scene);
    await one.sends('/queue/a', 'hello');
    await one.nacks(await one.nextMessage());
    await one.disconnects();
    const two = await consumer(scene);
    await two.expectsNoFrame();
    scene.clock.advance(1000);
    assert.equal((await two.nextMessage()).headers['redelivered'], 'true');
  });

  test('is all messages up to the named one in client mode', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene, { ack: 'client' });
    for (const body of ['1', '2', '3']) await client.sends('/queue/a', body);
    const messages = await client.nextMessages(3);
    await client.nacks(messages[1] ?? assert.fail());
    scene.clock.advance(1000);
    assert.deepEqual(await client.nextBodies(2), ['1', '2']);
    await client.acks(messages[2] ?? assert.fail());
  });

  test('is only the named one in client-individual mode', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene);
    for (const body of ['1', '2', '3']) await client.sends('/queue/a', body);
    const messages = await client.nextMessages(3);
    await client.nacks(messages[1] ?? assert.fail());
    scene.clock.advance(1000);
    assert.deepEqual(await client.nextBodies(1), ['2']);
    await client.expectsNoFrame();
  });

  test('gives its credit back', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene, { ...INDIVIDUAL, 'prefetch-count': 1 });
    for (const body of ['1', '2']) await client.sends('/queue/a', body);
    await client.nacks(await client.nextMessage());
    assert.equal((await client.nextMessage()).body, '2');
  });

  test('cannot be refused twice', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene);
    await client.sends('/queue/a', 'hello');
    const message = await client.nextMessage();
    await client.nacks(message);
    client.frame('NACK', client.nameOf(message));
    await client.expectsError('STOMP_PROTO_NO_MESSAGE');
  });

  test('waits over the end of its consumer, and its timer ends with the broker', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene);
    await client.sends('/queue/a', 'hello');
    await client.nacks(await client.nextMessage());
    await client.disconnects();
    await scene.broker.close();
    assert.equal(scene.clock.timerCount, 0);
  });

  test('can be refused by a 1.1 client', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.1');
    await client.subscribes('/queue/a', INDIVIDUAL);
    await client.sends('/queue/a', 'hello');
    await client.nacks(await client.nextMessage());
    scene.clock.advance(1000);
    await client.acks(await client.nextMessage());
  });

  test('cannot be refused by a 1.0 client, whose protocol has no NACK', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'hello');
    const message = await client.nextMessage();
    client.frame('NACK', client.nameOf(message));
    await client.expectsError('STOMP_PROTO_UNEXPECTED_FRAME');
  });
});

describe('a message that was refused seven times', () => {
  test('is a dead letter, with where it came from and why', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene);
    const bytes = Uint8Array.of(0, 1, 2);
    const headers = {
      'content-length': 3,
      priority: 7,
      expires: 9_999_999_999_999,
      'a:b': 'c\nd',
      original: 'kept',
    };
    await client.sends('/queue/a', bytes, headers);
    const last = await refuseTillDead(scene, client);

    const reader = await scene.client();
    await reader.subscribes('/queue/DLQ.a');
    const dead = await reader.nextMessage();
    const { timestamp, 'message-id': messageId } = last.headers;
    assert.deepEqual(
      { ...dead.headers },
      {
        subscription: 's',
        'message-id': messageId,
        destination: '/queue/DLQ.a',
        'original-destination': '/queue/a',
        originalExpiration: '9999999999999',
        dlqDeliveryFailureCause: 'refused by its consumers 7 times',
        dlqDeliveryCount: '7',
        expires: '0',
        persistent: 'true',
        timestamp,
        priority: '7',
        'a:b': 'c\nd',
        original: 'kept',
        'content-length': '3',
      },
    );
    assert.deepEqual(dead.bytes, bytes);
  });

  test('is gone from its queue, counted and told of', async (t) => {
    const scene = await brokerScene(t);
    const client = await consumer(scene);
    await client.sends('/queue/a', 'hello', { persistent: 'false' });
    const { headers } = await refuseTillDead(scene, client);
    await client.disconnects();
    const other = await consumer(scene);
    scene.clock.advance(3_600_000);
    await other.expectsNoFrame();
    assert.equal(scene.broker.counters.deadLettered, 1);
    const told = { type: 'dead-lettered', queue: 'a', messageId: headers['message-id'] };
    assert.deepEqual(scene.eventsOf('dead-lettered'), [told]);
  });

  test('is never dead-lettered again, however often it is refused', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const client = await scene.client();
    await client.sends('/queue/DLQ.a', 'dead');
    await client.subscribes('/queue/DLQ.a', INDIVIDUAL);
    for (let round = 0; round < 30; round++) {
      await client.nacks(await client.nextMessage());
      scene.clock.advance(60_000);
    }
    assert.equal((await client.nextMessage()).body, 'dead');
    assert.equal(scene.broker.counters.deadLettered, 0);
  });

  test('of a queue that is its own dead letter queue stays, and is never copied', async (t) => {
    const policies = [{ destination: '/queue/a', deadLetter: { queue: 'a' } }];
    const scene = await brokerScene(t, { policies, redelivery: { maxRedeliveries: 1 } });
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a', { ack: 'client-individual' });
    await consumer.sends('/queue/a', 'x');
    for (let times = 0; times < 5; times++) {
      await consumer.nacks(await consumer.nextMessage());
      scene.clock.advance(60_000);
    }
    await consumer.acks(await consumer.nextMessage());
    await consumer.sends('/queue/a', 'short', { expires: scene.clock.now() });
    await consumer.expectsNoFrame();
    assert.equal(scene.broker.counters.deadLettered, 0);
  });

  test('is one that was refused once, if the options say so', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const client = await consumer(scene);
    await client.sends('/queue/a', 'hello');
    await client.nacks(await client.nextMessage());
    await client.subscribes('/queue/DLQ.a', { id: 'dead' });
    const { headers } = await client.nextMessage();
    assert.equal(headers['dlqDeliveryFailureCause'], 'refused by its consumers once');
  });

  test('does not count redeliveries that no consumer asked for', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 1 } });
    for (let round = 0; round < 5; round++) {
      const client = await consumer(scene);
      if (round === 0) await client.sends('/queue/a', 'hello');
      await client.nextMessage();
      await client.disconnects();
    }
    const client = await consumer(scene);
    await client.nacks(await client.nextMessage());
    scene.clock.advance(1000);
    await client.acks(await client.nextMessage());
    assert.equal(scene.broker.counters.deadLettered, 0);
  });
});
