/** BEGIN, COMMIT and ABORT: all of a transaction happens, or nothing of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionMemory } from '../../dist/memory/connection-memory.js';
import { MemoryUse } from '../../dist/memory/memory-use.js';
import { Transaction, TransactionBudget } from '../../dist/transaction.js';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import type { Headers, Received, StompClient } from '../stomp-client.js';

const IN = { transaction: 't' };

/** Sends bodies to queue a and consumes from it, not acknowledging. */
async function consuming(
  scene: BrokerScene,
  bodies: readonly string[],
  headers: Headers = { ack: 'client-individual' },
): Promise<StompClient> {
  const client = await scene.client();
  for (const body of bodies) await client.sends('/queue/a', body);
  await client.subscribes('/queue/a', headers);
  return client;
}

async function left(scene: BrokerScene, destination = '/queue/a'): Promise<string[]> {
  const client = await scene.client();
  await client.subscribes(destination, { ack: 'client' });
  const messages = await client.nextMessages(client.waitingFrames.length);
  await client.disconnects();
  return messages.map(({ body }) => body);
}

describe('a transaction', () => {
  test('hides its messages until COMMIT, then they come in their order', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, []);
    await client.confirms('BEGIN', IN);
    await client.sends('/queue/a', 'one', IN);
    await client.sends('/queue/a', 'two', IN);
    await client.sends('/queue/a', 'outside');
    assert.deepEqual(await client.nextBodies(1), ['outside']);
    await client.expectsNoFrame();
    await client.confirms('COMMIT', IN);
    assert.deepEqual(await client.nextBodies(2), ['one', 'two']);
  });

  test('hides messages to topics as well', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/topic/a');
    await client.confirms('BEGIN', IN);
    await client.sends('/topic/a', 'news', IN);
    await client.expectsNoFrame();
    await client.confirms('COMMIT', IN);
    assert.equal((await client.nextMessage()).body, 'news');
  });

  test('that is aborted has sent nothing, and its name is free again', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, []);
    await client.confirms('BEGIN', IN);
    await client.sends('/queue/a', 'first', IN);
    await client.confirms('ABORT', IN);
    await client.confirms('BEGIN', IN);
    await client.sends('/queue/a', 'second', IN);
    await client.confirms('COMMIT', IN);
    assert.deepEqual(await client.nextBodies(1), ['second']);
    await client.expectsNoFrame();
  });

  test('that is open when the client leaves has sent and settled nothing', async (t) => {
    const scene = await brokerScene(t);
    for (const leave of ['disconnects', 'vanishes'] as const) {
      const client = await consuming(scene, leave === 'disconnects' ? ['work'] : []);
      const message = await client.nextMessage();
      await client.confirms('BEGIN', IN);
      await client.acks(message, IN);
      await client.sends('/queue/a', 'never', IN);
      await client[leave]();
      await client.expectsClose();
      assert.deepEqual(await left(scene), ['work']);
    }
  });

  test('may be one of several, and they do not mix', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, []);
    for (const transaction of ['x', 'y', 'z']) {
      await client.confirms('BEGIN', { transaction });
      await client.sends('/queue/a', transaction, { transaction });
    }
    await client.confirms('COMMIT', { transaction: 'z' });
    await client.confirms('ABORT', { transaction: 'y' });
    await client.confirms('COMMIT', { transaction: 'x' });
    assert.deepEqual(await client.nextBodies(2), ['z', 'x']);
    await client.expectsNoFrame();
  });

  test('belongs to its connection', async (t) => {
    const scene = await brokerScene(t);
    await (await scene.client()).confirms('BEGIN', IN);
    const other = await scene.client();
    await other.confirms('BEGIN', IN);
    await other.confirms('COMMIT', IN);
  });

  test('moves messages from queue to queue over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp('1.1');
    await client.subscribes('/queue/in', { ack: 'client-individual', 'prefetch-count': 1 });
    for (let number = 0; number < 50; number++) client.frame('SEND', { destination: '/queue/in' });
    for (let number = 0; number < 50; number++) {
      const transaction = `t${number}`;
      const message = await client.nextMessage();
      client.frame('BEGIN', { transaction });
      client.frame('SEND', { destination: '/queue/out', transaction }, String(number));
      client.frame('ACK', { ...client.nameOf(message), transaction });
      await client.confirms('COMMIT', { transaction });
    }
    assert.equal((await left(scene, '/queue/out')).length, 50);
    assert.deepEqual(await left(scene, '/queue/in'), []);
  });
});

describe('COMMIT', () => {
  test('is confirmed only when all of it is durable, and all of it is one commit', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await consuming(scene, ['work']);
    const message = await client.nextMessage();
    await client.confirms('BEGIN', IN);
    await client.sends('/queue/a', 'result 1', IN);
    await client.acks(message, IN);
    await client.sends('/queue/a', 'result 2', IN);
    const commit = store.nextCommit();
    client.frame('COMMIT', { ...IN, receipt: 'done' });
    const { release } = await commit;
    assert.deepEqual([store.recordCount(0), client.waitingFrames], [1, []]);
    release();
    await client.receipt('done');
    assert.equal(store.recordCount(0), 2);
    assert.deepEqual(await client.nextBodies(2), ['result 1', 'result 2']);
  });

  test('does all of it, or was refused before: a reply finds its queue full at the SEND', async (t) => {
    const policies = [{ destination: '/queue/full', maxMessages: 1 }];
    const scene = await brokerScene(t, { policies });
    const request = { destination: 'ActiveMQ.Statistics.Broker', 'reply-to': '/queue/full' };
    const [client, reader] = [await scene.client(), await scene.client()];
    client.frame('BEGIN', { transaction: 't' });
    await client.confirms('SEND', { transaction: 't', destination: '/queue/a' }, 'before');
    await client.confirms('SEND', { transaction: 't', ...request });
    await client.confirms('SEND', { transaction: 't', destination: '/queue/a' }, 'after');
    await reader.sends('/queue/full', 'takes the room');
    await client.confirms('COMMIT', { transaction: 't' });
    await reader.subscribes('/queue/a');
    assert.deepEqual(await reader.nextBodies(2), ['before', 'after']);
    client.frame('SEND', request);
    await client.expectsError('STOMP_PROTO_QUEUE_FULL');
  });

  test('leaves everything as it was when the store fails', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await consuming(scene, ['work']);
    const message = await client.nextMessage();
    await client.confirms('BEGIN', IN);
    await client.acks(message, IN);
    await client.sends('/queue/a', 'result', IN);
    const commit = store.nextCommit();
    client.frame('COMMIT', { ...IN, receipt: 'never' });
    (await commit).fail(new Error('disk'));
    await client.expectsError('STOMP_STORE_WRITE_FAILED');
    assert.equal(store.recordCount(0), 1);
  });

  test('settles by one cumulative ACK all that it covers', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['1', '2', '3'], { ack: 'client' });
    const messages = await client.nextMessages(3);
    await client.confirms('BEGIN', IN);
    await client.acks(messages[1] ?? assert.fail(), IN);
    await client.confirms('COMMIT', IN);
    await client.disconnects();
    assert.deepEqual(await left(scene), ['3']);
  });

  test('takes ACKs in any order', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['1', '2']);
    const [one = assert.fail(), two = assert.fail()] = await client.nextMessages(2);
    await client.confirms('BEGIN', IN);
    await client.acks(two, IN);
    await client.acks(one, IN);
    await client.confirms('COMMIT', IN);
    await client.disconnects();
    assert.deepEqual(await left(scene), []);
  });

  test('refuses by NACK what it settles by ACK, at once', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['1', '2']);
    const [one = assert.fail(), two = assert.fail()] = await client.nextMessages(2);
    await client.confirms('BEGIN', IN);
    await client.nacks(one, IN);
    await client.acks(two, IN);
    scene.clock.advance(60_000);
    await client.expectsNoFrame();
    await client.confirms('COMMIT', IN);
    await client.expectsNoFrame();
    scene.clock.advance(1000);
    const message = await client.nextMessage();
    assert.deepEqual([message.body, message.headers['redelivered']], ['1', 'true']);
    await client.acks(message);
  });

  test('settles what it holds, although the subscription has ended meanwhile', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['work']);
    await client.confirms('BEGIN', IN);
    await client.acks(await client.nextMessage(), IN);
    await client.unsubscribes();
    await client.confirms('COMMIT', IN);
    assert.deepEqual(await left(scene), []);
  });
});

describe('ABORT', () => {
  test('gives back what it held when the subscription has ended meanwhile', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['work']);
    await client.confirms('BEGIN', IN);
    await client.acks(await client.nextMessage(), IN);
    await client.unsubscribes();
    await client.confirms('ABORT', IN);
    assert.deepEqual(await left(scene), ['work']);
  });

  for (const [how, settle] of [
    ['acked', (client: StompClient, message: Received) => client.acks(message)],
    ['nacked', (client: StompClient, message: Received) => client.nacks(message)],
  ] as const) {
    test(`lets what was in the transaction be ${how} again, outside of it`, async (t) => {
      const scene = await brokerScene(t);
      const client = await consuming(scene, ['1', '2', '3']);
      const messages = await client.nextMessages(3);
      await client.confirms('BEGIN', IN);
      for (const message of messages) await client.acks(message, IN);
      await client.confirms('ABORT', IN);
      await client.expectsNoFrame();
      for (const message of messages) await settle(client, message);
      await client.disconnects();
      assert.deepEqual(await left(scene), []);
    });
  }

  test('does not send the messages again on the same subscription, but to the next one', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['work']);
    await client.confirms('BEGIN', IN);
    await client.acks(await client.nextMessage(), IN);
    await client.confirms('ABORT', IN);
    await client.expectsNoFrame();
    await client.unsubscribes();
    assert.deepEqual(await left(scene), ['work']);
  });

  test('lets the messages be settled in another transaction', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['1', '2'], { ack: 'client' });
    const messages = await client.nextMessages(2);
    for (const end of ['ABORT', 'COMMIT'] as const) {
      await client.confirms('BEGIN', IN);
      await client.acks(messages[1] ?? assert.fail(), IN);
      await client.confirms(end, IN);
    }
    await client.disconnects();
    assert.deepEqual(await left(scene), []);
  });
});

describe('an ACK in a transaction', () => {
  test('frees its place at once, so that the next message comes before COMMIT', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['1', '2', '3'], { ack: 'client', 'prefetch-count': 1 });
    const one = await client.nextMessage();
    await client.confirms('BEGIN', IN);
    await client.acks(one, IN);
    const two = await client.nextMessage();
    await client.expectsNoFrame();
    await client.confirms('ABORT', IN);
    await client.expectsNoFrame();
    await client.acks(two);
    assert.equal((await client.nextMessage()).body, '3');
  });

  for (const [where, headers] of [
    ['in it', IN],
    ['outside', {}],
  ] as const) {
    test(`cannot be repeated ${where}`, async (t) => {
      const client = await consuming(await brokerScene(t), ['work']);
      const message = await client.nextMessage();
      await client.confirms('BEGIN', IN);
      await client.acks(message, IN);
      client.frame('ACK', { ...client.nameOf(message), ...headers });
      await client.expectsError('STOMP_PROTO_NO_MESSAGE');
    });
  }

  test('that names no open transaction is refused and settles nothing', async (t) => {
    const scene = await brokerScene(t);
    const client = await consuming(scene, ['work']);
    const message = await client.nextMessage();
    client.frame('ACK', { ...client.nameOf(message), ...IN, receipt: 'r' });
    const { headers } = await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    assert.equal(headers['receipt-id'], 'r');
    assert.deepEqual(await left(scene), ['work']);
  });
});

describe('the name of a transaction', () => {
  test('cannot begin twice', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.confirms('BEGIN', IN);
    client.frame('BEGIN', IN);
    await client.expectsError('STOMP_PROTO_DUPLICATE_TRANSACTION');
  });

  for (const command of ['COMMIT', 'ABORT', 'SEND'] as const) {
    test(`must have begun before ${command}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client();
      client.frame(command, { ...IN, destination: '/queue/a' });
      await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
      assert.deepEqual(await left(scene), []);
    });

    test(`means nothing to ${command} once it has ended`, async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.confirms('BEGIN', IN);
      await client.confirms('COMMIT', IN);
      client.frame(command, { ...IN, destination: '/queue/a' });
      await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    });
  }
});

describe('the size of transactions', () => {
  test('is at most a thousand open ones per connection', async (t) => {
    const client = await (await brokerScene(t)).client();
    for (let number = 0; number < 1000; number++) client.frame('BEGIN', { transaction: number });
    await client.roundTrip();
    client.frame('BEGIN', { transaction: 'too many' });
    await client.expectsError('STOMP_PROTO_TRANSACTION_TOO_LARGE');
  });

  const MIB = 1024 * 1024;
  const roomy = () => new ConnectionMemory(new MemoryUse(1024 * MIB), 256 * MIB);
  const ofBytes = (bytes: number) => ({ submit: () => 0, bytes });
  const tooLarge = { code: 'STOMP_PROTO_TRANSACTION_TOO_LARGE' };

  test('is at most 100,000 frames', () => {
    const transaction = new Transaction(new TransactionBudget(roomy()));
    const submission = ofBytes(1);
    for (let number = 0; number < 100_000; number++) transaction.send(submission);
    assert.throws(() => transaction.send(submission), tooLarge);
  });

  test('is at most what a connection may hold', () => {
    const transaction = new Transaction(new TransactionBudget(roomy()));
    transaction.send(ofBytes(256 * 1024 * 1024));
    assert.throws(() => transaction.send(ofBytes(1)), tooLarge);
  });

  test('counts all open transactions of a connection, and no ended ones', () => {
    const budget = new TransactionBudget(roomy());
    const [one, other] = [new Transaction(budget), new Transaction(budget)];
    one.send(ofBytes(200 * 1024 * 1024));
    assert.throws(() => other.send(ofBytes(100 * 1024 * 1024)), tooLarge);
    one.commit();
    other.send(ofBytes(100 * 1024 * 1024));
    other.abort();
    new Transaction(budget).send(ofBytes(256 * 1024 * 1024));
  });
});
