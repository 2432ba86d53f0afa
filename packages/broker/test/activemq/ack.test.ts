/** ACK and NACK outside transactions, and what a consumer that leaves gives back. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { StompVersion } from '@stompbox/protocol';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';
import { sizeOf } from './queue-counts.js';
import { VERSIONS } from './versions.js';

const LATER_VERSIONS = ['1.1', '1.2'] as const;

interface Consuming {
  readonly scene: BrokerScene;
  readonly client: StompClient;
}

/** A client that is subscribed to a queue with the messages `1`, `2`, … */
async function consuming(
  t: TestContext,
  version: StompVersion,
  { ack, count }: { readonly ack: string; readonly count: number },
): Promise<Consuming> {
  const scene = await brokerScene(t);
  const client = await scene.client(version);
  for (let number = 1; number <= count; number += 1) {
    await client.sends('/queue/a', String(number), { persistent: 'true' });
  }
  await client.subscribes('/queue/a', { ack });
  return { scene, client };
}

async function restOf(scene: BrokerScene, version: StompVersion, count: number): Promise<string[]> {
  const next = await scene.client(version);
  await next.subscribes('/queue/a');
  const bodies = await next.nextBodies(count);
  await next.expectsNoFrame();
  return bodies;
}

describe('an ACK', () => {
  for (const version of VERSIONS) {
    test(`that never came leaves the message to others, marked, in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, version, { ack: 'client', count: 1 });
      assert.equal((await client.nextMessage()).headers['redelivered'], undefined);
      await client.disconnects();
      const next = await scene.client(version);
      await next.subscribes('/queue/a');
      const { body, headers } = await next.nextMessage();
      assert.deepEqual([body, headers['redelivered']], ['1', 'true']);
    }); // StompTest.testSubscribeWithClientAck

    test(`settles in client mode all messages up to its own in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, version, { ack: 'client', count: 2 });
      const [, second] = await client.nextMessages(2);
      assert(second);
      await client.acks(second);
      await client.disconnects();
      const producer = await scene.client();
      await producer.sends('/queue/a', '3');
      assert.deepEqual(await restOf(scene, version, 1), ['3']);
    }); // Stomp12Test.testClientAck

    test(`of the last of ten in client mode empties the queue in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, version, { ack: 'client', count: 10 });
      const last = (await client.nextMessages(10)).at(-1);
      assert(last);
      await client.acks(last);
      assert.equal(sizeOf(scene, 'a'), 0);
      await client.disconnects();
      assert.deepEqual(await restOf(scene, version, 0), []);
    }); // Stomp12Test.testClientAckMultipleMessagesWithSingleAck

    test(`settles one message in client-individual mode in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, version, {
        ack: 'client-individual',
        count: 2,
      });
      const [, second] = await client.nextMessages(2);
      assert(second);
      await client.acks(second);
      await client.disconnects();
      const producer = await scene.client();
      await producer.sends('/queue/a', '3');
      assert.deepEqual(await restOf(scene, version, 2), ['1', '3']);
    }); // Stomp12Test.testClientIndividualAck
  }

  test('may announce the length of a body that it does not have', async (t) => {
    const { scene, client } = await consuming(t, '1.0', { ack: 'client', count: 1 });
    const { headers } = await client.nextMessage();
    client.writes(`ACK\nmessage-id:${headers['message-id']}\ncontent-length:8511\nreceipt:1\n\n\0`);
    await client.receipt('1');
    await client.disconnects();
    assert.deepEqual(await restOf(scene, '1.0', 0), []);
  }); // StompTest.testSubscribeWithClientAckedAndContentLength

  test('names subscription and message in 1.1', async (t) => {
    const { scene, client } = await consuming(t, '1.1', { ack: 'client', count: 1 });
    const { headers } = await client.nextMessage();
    const names = { subscription: 's', 'message-id': headers['message-id'] };
    await client.confirms('ACK', names);
    await client.unsubscribes();
    await client.disconnects();
    assert.equal(sizeOf(scene, 'a'), 0);
  }); // Stomp11Test.testAckMessageWithId

  test('without the subscription is refused in 1.1', async (t) => {
    const { scene, client } = await consuming(t, '1.1', { ack: 'client', count: 1 });
    const { headers } = await client.nextMessage();
    client.frame('ACK', { 'message-id': headers['message-id'] });
    await client.expectsError('STOMP_PROTO_MISSING_HEADER');
    assert.equal(sizeOf(scene, 'a'), 1);
  }); // Stomp11Test.testAckMessageWithNoId

  // ActiveMQ takes such a line for a header without a value.
  test('may follow a SUBSCRIBE only whose header lines all have a colon', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.1');
    client.writes('SUBSCRIBE\ndestination:/queue/a\nid:1\nactivemq.prefetchSize=1\n\n\0');
    await client.expectsError('STOMP_FRAME_HEADER_WITHOUT_COLON');
  }); // Stomp11Test.testAckMessageWithNoId

  test('that gives its id by another header is refused in 1.2, and the message is kept', async (t) => {
    const { scene, client } = await consuming(t, '1.2', { ack: 'client', count: 1 });
    const { headers } = await client.nextMessage();
    client.frame('ACK', { 'message-id': headers['ack'] });
    await client.expectsError('STOMP_PROTO_MISSING_HEADER');
    const next = await scene.client();
    await next.subscribes('/queue/a', { ack: 'client' });
    await next.acks(await next.nextMessage());
    assert.equal(sizeOf(scene, 'a'), 0);
  }); // Stomp12Test.testClientAckWithoutAckId
});

describe('a NACK', () => {
  for (const version of LATER_VERSIONS) {
    // ActiveMQ dead-letters it at the first NACK, to one queue for all; there is a policy for both.
    test(`brings the same message to the DLQ of its queue after its redeliveries in ${version}`, async (t) => {
      const redelivery = { maxRedeliveries: 2, initialDelayMs: 1000 };
      const scene = await brokerScene(t, { redelivery });
      const client = await scene.client(version);
      await client.sends('/queue/a', 'refused', { persistent: 'true' });
      await client.subscribes('/queue/a', { ack: 'client' });
      const ids = new Set<string | undefined>();
      for (const delayMs of [1000, 2000, 0]) {
        const message = await client.nextMessage();
        ids.add(message.headers['message-id']);
        await client.nacks(message);
        scene.clock.advance(delayMs);
      }
      await client.subscribes('/queue/DLQ.a', { id: 'dead' });
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['original-destination']], ['refused', '/queue/a']);
      assert.deepEqual([...ids], [headers['message-id']]);
    }); // Stomp11Test.testNackMessage

    test(`dead-letters at once where the policy says what ActiveMQ does, in ${version}`, async (t) => {
      const scene = await brokerScene(t, {
        redelivery: { maxRedeliveries: 0 },
        deadLetter: { queue: 'ActiveMQ.DLQ' },
      });
      const client = await scene.client(version);
      await client.sends('/queue/a', 'refused', { persistent: 'true' });
      await client.subscribes('/queue/a', { ack: 'client' });
      const refused = await client.nextMessage();
      await client.nacks(refused);
      await client.subscribes('/queue/ActiveMQ.DLQ', { id: 'dead' });
      const { headers } = await client.nextMessage();
      assert.equal(headers['message-id'], refused.headers['message-id']);
    }); // Stomp11Test.testNackMessage

    for (const ack of ['client', 'client-individual'] as const) {
      test(`between ACKs leaves nothing of twenty messages in ${ack} mode of ${version}`, async (t) => {
        const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
        const client = await scene.client(version);
        for (let count = 0; count < 20; count += 1) await client.sends('/queue/a', `${count}`);
        await client.subscribes('/queue/a', { ack });
        const messages = await client.nextMessages(20);
        for (const [index, message] of messages.entries()) {
          if (index % 2 === 0) await client.acks(message);
          else await client.nacks(message);
        }
        assert.equal(sizeOf(scene, 'a'), 0);
        assert.equal(sizeOf(scene, 'DLQ.a'), 10);
      }); // Stomp12Test.testMixedAckNackWithMessageAckIdsClientAck, Stomp12Test.testMixedAckNackWithMessageAckIdsClientIndividualAck
    }
  }
});

describe('a queue of 2,000 messages', () => {
  test('gives the rest to the consumer that comes after one that left', async (t) => {
    const { scene, client } = await consuming(t, '1.0', { ack: 'client', count: 0 });
    const producer = await scene.client();
    for (let number = 0; number < 2000; number += 1) {
      producer.frame('SEND', { destination: '/queue/a' }, String(number));
    }
    for (let taken = 0; taken < 2; taken += 1) await client.acks(await client.nextMessage());
    await client.confirms('DISCONNECT');
    const next = await scene.client('1.0');
    await next.subscribes('/queue/a', { ack: 'client' });
    for (let number = 2; number < 2000; number += 1) {
      const message = await next.nextMessage();
      assert.equal(message.body, String(number));
      next.frame('ACK', { 'message-id': message.headers['message-id'] });
    }
    await next.roundTrip();
    assert.equal(sizeOf(scene, 'a'), 0);
  }); // StompSubscriptionRemoveTest.testRemoveSubscriber
});
