/** BEGIN, COMMIT, ABORT, with sends and acknowledgements in them. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { StompVersion } from '@stompbox/protocol';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import type { Received, StompClient } from '../stomp-client.js';
import { countsOf, sizeOf } from './queue-counts.js';
import { VERSIONS } from './versions.js';

const TX1 = { transaction: 'tx1' };
const TX2 = { transaction: 'tx2' };
const LATER_VERSIONS = ['1.1', '1.2'] as const;
const CLIENT_MODES = ['client', 'client-individual'] as const;

interface Consuming {
  readonly scene: BrokerScene;
  readonly client: StompClient;
}

interface Wanted {
  readonly version?: StompVersion;
  readonly ack: string;
  readonly count: number;
  readonly prefetch?: number;
}

/** A client that is subscribed to a queue of so many messages; NACKs dead-letter at once, as in ActiveMQ. */
async function consuming(t: TestContext, wanted: Wanted): Promise<Consuming> {
  const { version = '1.2', ack, count, prefetch } = wanted;
  const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
  const client = await scene.client(version);
  for (let number = 1; number <= count; number += 1) {
    await client.sends('/queue/a', String(number));
  }
  await client.subscribes('/queue/a', { ack, 'activemq.prefetchSize': prefetch });
  return { scene, client };
}

describe('a transaction', () => {
  for (const version of VERSIONS) {
    test(`delivers at COMMIT what was sent in it, without its name, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      await client.confirms('BEGIN', TX1);
      await client.sends('/queue/a', 'Hello World', TX1);
      await client.expectsNoFrame();
      await client.confirms('COMMIT', TX1);
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['transaction']], ['Hello World', undefined]);
    }); // StompTest.testTransactionCommit, StompTest.testMessageIdHeader

    test(`that was aborted has sent nothing, and its name is free again, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      await client.confirms('BEGIN', TX1);
      await client.sends('/queue/a', 'first message', TX1);
      await client.confirms('ABORT', TX1);
      await client.confirms('BEGIN', TX1);
      await client.sends('/queue/a', 'second message', TX1);
      await client.confirms('COMMIT', TX1);
      assert.equal((await client.nextMessage()).body, 'second message');
      await client.expectsNoFrame();
    }); // StompTest.testTransactionRollback

    test(`with two ACKs counts two messages delivered, settled and gone, in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, { version, ack: 'client', count: 2 });
      await client.confirms('BEGIN', TX1);
      for (const message of await client.nextMessages(2)) await client.acks(message, TX1);
      await client.confirms('COMMIT', TX1);
      const counts = countsOf(scene, 'a');
      assert.deepEqual([counts?.dispatched, counts?.dequeued, counts?.size], [2, 2, 0]);
    }); // StompTest.testTransactedClientAckBrokerStats
  }

  test('sends elsewhere while an exclusive consumer with a prefetch of 1 waits', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    await client.subscribes('/queue/test1', {
      id: undefined,
      ack: 'client',
      'activemq.prefetchSize': 1,
      'activemq.exclusive': 'true',
    });
    await client.confirms('BEGIN', TX1);
    await client.sends('/queue/test2', 'test message', TX1);
    await client.confirms('COMMIT', TX1);
    await client.sends('/queue/test1', 'test message');
    const message = await client.nextMessage();
    assert.equal(message.headers['destination'], '/queue/test1');
    await client.acks(message);
    assert.deepEqual([sizeOf(scene, 'test1'), sizeOf(scene, 'test2')], [0, 1]);
  }); // StompTest.testTransactionsWithMultipleDestinations

  for (const kind of ['queue', 'topic'] as const) {
    test(`of ten ACKs after the other leaves no ${kind} message unsettled`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client('1.0');
      await client.subscribes(`/${kind}/a`, { id: undefined, ack: 'client' });
      for (let round = 0; round < 5; round += 1) {
        for (let count = 0; count < 10; count += 1) await client.sends(`/${kind}/a`, `${count}`);
        await client.confirms('BEGIN', { transaction: `tx${round}` });
        for (const message of await client.nextMessages(10)) {
          client.frame('ACK', { ...client.nameOf(message), transaction: `tx${round}` });
        }
        await client.confirms('COMMIT', { transaction: `tx${round}` });
      }
      const counts = countsOf(scene, 'a');
      assert.deepEqual([counts?.size, counts?.inflight], [0, 0]);
    }); // StompTest.testAckInTransactionTopic, StompTest.testAckInTransactionQueue
  }
});

describe('a prefetch of 1', () => {
  for (const version of VERSIONS) {
    test(`gives exactly one message per ACK in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, {
        version,
        ack: 'client',
        count: 5,
        prefetch: 1,
      });
      for (let number = 1; number <= 5; number += 1) {
        const message = await client.nextMessage();
        assert.equal(message.body, String(number));
        await client.expectsNoFrame();
        await client.acks(message);
      }
      assert.equal(sizeOf(scene, 'a'), 0);
    }); // StompTest.testPrefetchSizeOfOneClientAck

    test(`is freed by an ACK in a transaction, once, in ${version}`, async (t) => {
      const { scene, client } = await consuming(t, {
        version,
        ack: 'client',
        count: 5,
        prefetch: 1,
      });
      const first = await client.nextMessage();
      await client.expectsNoFrame();
      await client.confirms('BEGIN', TX1);
      await client.acks(first, TX1);
      const second = await client.nextMessage();
      await client.expectsNoFrame();
      await client.confirms('ABORT', TX1);
      await client.expectsNoFrame();
      // ActiveMQ does not count what ABORT gave back, and would send one more for each of these two.
      await client.confirms('BEGIN', TX2);
      await client.acks(first, TX2);
      await client.expectsNoFrame();
      await client.acks(second, TX2);
      const third = await client.nextMessage();
      await client.acks(third, TX2);
      const fourth = await client.nextMessage();
      assert.deepEqual([third.body, fourth.body], ['3', '4']);
      await client.confirms('COMMIT', TX2);
      await client.expectsNoFrame();
      await client.confirms('BEGIN', { transaction: 'tx3' });
      await client.acks(fourth, { transaction: 'tx3' });
      const fifth = await client.nextMessage();
      assert.equal(fifth.body, '5');
      await client.acks(fifth, { transaction: 'tx3' });
      await client.confirms('COMMIT', { transaction: 'tx3' });
      assert.equal(sizeOf(scene, 'a'), 0);
    }); // StompTest.testPrefetchSize
  }
});

describe('an ACK in a transaction', () => {
  for (const ack of CLIENT_MODES) {
    for (const version of LATER_VERSIONS) {
      test(`that was aborted may come again outside of it, in ${ack} mode of ${version}`, async (t) => {
        const { scene, client } = await consuming(t, { version, ack, count: 1 });
        const message = await client.nextMessage();
        await client.confirms('BEGIN', TX1);
        await client.acks(message, TX1);
        await client.confirms('ABORT', TX1);
        assert.equal(sizeOf(scene, 'a'), 1);
        await client.acks(message);
        assert.equal(sizeOf(scene, 'a'), 0);
      }); // Stomp11Test.testTransactionRollbackAllowsSecondAckOutsideTXClientAck, Stomp11Test.testTransactionRollbackAllowsSecondAckOutsideTXClientIndividualAck

      test(`may come before that of an earlier message, in ${ack} mode of ${version}`, async (t) => {
        const { scene, client } = await consuming(t, { version, ack, count: 2 });
        const [first, second] = await client.nextMessages(2);
        assert(first && second);
        await client.confirms('BEGIN', TX1);
        client.frame('ACK', { ...client.nameOf(second), ...TX1 });
        client.frame('ACK', { ...client.nameOf(first), ...TX1 });
        await client.confirms('COMMIT', TX1);
        assert.equal(sizeOf(scene, 'a'), 0);
      }); // Stomp11Test.testAckMessagesInTransactionOutOfOrderWithTXClientAck, Stomp11Test.testAckMessagesInTransactionOutOfOrderWithTXClientIndividualAck
    }
  }

  test('may be repeated fifty times, each in its own, and keeps the order', async (t) => {
    const { scene, client } = await consuming(t, {
      ack: 'client-individual',
      count: 50,
      prefetch: 1,
    });
    for (let number = 1; number <= 50; number += 1) {
      const transaction = { transaction: `tx${number}` };
      const message = await client.nextMessage();
      assert.equal(message.body, String(number));
      await client.confirms('BEGIN', transaction);
      await client.acks(message, transaction);
      await client.confirms('COMMIT', transaction);
    }
    assert.equal(sizeOf(scene, 'a'), 0);
  }); // Stomp12Test.testRepeatedClientIndividualAckInMultipleTransactions
});

describe('after ABORT', () => {
  for (const outcome of ['ACK', 'NACK'] as const) {
    test(`all that was acked one by one may get an ${outcome}`, async (t) => {
      const { scene, client } = await consuming(t, {
        ack: 'client-individual',
        count: 10,
        prefetch: 1,
      });
      const messages: Received[] = [];
      await client.confirms('BEGIN', TX1);
      while (messages.length < 10) {
        const message = await client.nextMessage();
        messages.push(message);
        await client.acks(message, TX1);
      }
      await client.confirms('ABORT', TX1);
      assert.equal(sizeOf(scene, 'a'), 10);
      for (const message of messages) await client.confirms(outcome, client.nameOf(message));
      assert.equal(sizeOf(scene, 'a'), 0);
      assert.equal(sizeOf(scene, 'DLQ.a'), outcome === 'ACK' ? 0 : 10);
    }); // Stomp12Test.testAckMessagesAfterTransactionAbortClientIndividualAckMode, Stomp12Test.testNackMessagesAfterTransactionAbortClientIndividualAckMode

    test(`of an ACK for all messages each of them may get its own ${outcome}`, async (t) => {
      const { scene, client } = await consuming(t, { ack: 'client', count: 10 });
      const messages = await client.nextMessages(10);
      const last = messages.at(-1);
      assert(last);
      await client.confirms('BEGIN', TX1);
      await client.acks(last, TX1);
      await client.confirms('ABORT', TX1);
      for (const message of messages) await client.confirms(outcome, client.nameOf(message));
      assert.equal(sizeOf(scene, 'a'), 0);
      assert.equal(sizeOf(scene, 'DLQ.a'), outcome === 'ACK' ? 0 : 10);
    }); // Stomp12Test.testAckMessagesAfterTransactionAbortClientAckMode, Stomp12Test.testNackMessagesAfterTransactionAbortClientAckMode
  }

  // ActiveMQ refuses a NACK in a transaction; here it takes part in it like an ACK.
  test('of a NACK the message is the client’s again', async (t) => {
    const { scene, client } = await consuming(t, { ack: 'client', count: 1 });
    const message = await client.nextMessage();
    await client.confirms('BEGIN', TX1);
    await client.nacks(message, TX1);
    await client.confirms('ABORT', TX1);
    assert.deepEqual([sizeOf(scene, 'a'), sizeOf(scene, 'DLQ.a')], [1, 0]);
    await client.acks(message);
    assert.equal(sizeOf(scene, 'a'), 0);
  }); // Stomp12Test.testNackMessagesAfterTransactionAbortClientAckMode
});
