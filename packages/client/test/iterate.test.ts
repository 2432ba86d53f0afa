import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message, Subscription } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { scene } from './support/scene.js';
import { until } from './support/scripted-broker.js';

/** Reads until the subscription ends; the ids that were seen. */
async function readAll(subscription: Subscription, seen: string[]): Promise<void> {
  for await (const message of subscription) seen.push(message.messageId);
}

describe('for await over a subscription', () => {
  test('gives the messages in order and acknowledges by hand', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', {
      ack: 'client-individual',
      prefetch: 2,
    });
    for (const id of ['1', '2', '3']) broker.session.message(subscription.id, id);
    const seen: string[] = [];
    for await (const message of subscription) {
      seen.push(message.messageId);
      await message.ack();
      if (seen.length === 3) break;
    }
    assert.deepEqual(seen, ['1', '2', '3']);
    assert.deepEqual(
      broker.session.received('ACK').map(({ headers }) => headers.get('id')),
      ['ack-1', 'ack-2', 'ack-3'],
    );
    await connection.close();
  });

  test('break unsubscribes', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client' });
    broker.session.message(subscription.id, '1');
    for await (const message of subscription) {
      assert.equal(message.messageId, '1');
      break;
    }
    assert.equal(subscription.state, 'closed');
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
  });

  test('an error in the body unsubscribes and comes out', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client' });
    broker.session.message(subscription.id, '1');
    const reading = async () => {
      for await (const message of subscription) throw new Error(`cannot do ${message.messageId}`);
    };
    await assert.rejects(reading(), { message: 'cannot do 1' });
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
  });

  test('ends when the subscription is ended elsewhere', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    const seen: string[] = [];
    const reading = readAll(subscription, seen);
    broker.session.message(subscription.id, '1');
    await until(() => seen.length === 1, 'the first one is read');
    await subscription.unsubscribe();
    await reading;
    assert.deepEqual(seen, ['1']);
    await connection.close();
  });

  test('ends when the connection is closed', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client' });
    const seen: string[] = [];
    const reading = readAll(subscription, seen);
    broker.session.message(subscription.id, '1');
    await until(() => seen.length === 1, 'the first one is read');
    await connection.close();
    await reading;
    const after: string[] = [];
    await readAll(subscription, after);
    assert.deepEqual(after, [], 'an ended subscription gives nothing');
  });

  test('with ack mode auto gives what has arrived before it ends', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    for (const id of ['1', '2']) broker.session.message(subscription.id, id);
    await settle();
    await subscription.unsubscribe();
    const seen: string[] = [];
    await readAll(subscription, seen);
    assert.deepEqual(seen, ['1', '2']);
    await connection.close();
  });

  test('with ack mode auto reports what is thrown away when the loop is left', async () => {
    const { connection, broker, events } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    for (const id of ['1', '2', '3']) broker.session.message(subscription.id, id);
    for await (const message of subscription) {
      assert.equal(message.messageId, '1');
      break;
    }
    assert.deepEqual(events.at(-1), {
      type: 'messages-discarded',
      subscriptionId: subscription.id,
      count: 2,
    });
    await connection.close();
  });

  test('goes on over a reconnect, without what the broker will deliver again', async () => {
    const { connection, broker, clock } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client-individual' });
    broker.session.message(subscription.id, 'old-1');
    broker.session.message(subscription.id, 'old-2');
    await settle();
    broker.session.drop();
    await settle();
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    broker.session.message(subscription.id, 'new-1');
    const seen: string[] = [];
    for await (const message of subscription) {
      seen.push(message.messageId);
      await message.ack();
      break;
    }
    assert.deepEqual(seen, ['new-1']);
    assert.equal(broker.session.received('ACK').length, 1);
    await connection.close();
  });

  test('throws the reason when the connection is gone for good', async () => {
    const { connection, broker } = await scene({ reconnect: false });
    const subscription = await connection.subscribe('/queue/a', { ack: 'client' });
    const reading = readAll(subscription, []);
    await settle();
    broker.session.drop();
    await assert.rejects(reading, { code: 'STOMP_NET_LOST' });
    assert.equal(subscription.state, 'closed');
  });

  test('throws later if nobody reads at that moment', async () => {
    const { connection, broker } = await scene({ reconnect: false });
    const subscription = await connection.subscribe('/queue/a');
    broker.session.message(subscription.id, '1');
    await settle();
    broker.session.drop();
    await connection.closed;
    const seen: string[] = [];
    await assert.rejects(readAll(subscription, seen), { code: 'STOMP_NET_LOST' });
    assert.deepEqual(seen, ['1'], 'what had arrived comes first');
  });

  test('two loops share the messages', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    const seen: string[] = [];
    const readings = [readAll(subscription, seen), readAll(subscription, seen)];
    for (const id of ['1', '2', '3']) broker.session.message(subscription.id, id);
    await until(() => seen.length === 3, 'all are read');
    await subscription.unsubscribe();
    await Promise.all(readings);
    assert.deepEqual(seen.sort(), ['1', '2', '3']);
    await connection.close();
  });

  test('over a subscription with a handler is refused', async () => {
    const { connection } = await scene();
    const subscription = await connection.subscribe('/queue/a', {}, () => {});
    assert.throws(() => subscription[Symbol.asyncIterator](), { code: 'STOMP_OPT_INVALID' });
    await connection.close();
  });

  test('that lags far behind is reported, and again when the lag has doubled', async () => {
    const { connection, broker, events } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    for (let n = 0; n < 2000; n++) broker.session.message(subscription.id, `${n}`);
    const isLag = ({ type }: { type: string }) => type === 'slow-consumer';
    await until(() => events.filter(isLag).length === 2, 'two warnings');
    assert.deepEqual(
      events.filter(isLag).map((event) => 'waitingMessages' in event && event.waitingMessages),
      [1000, 2000],
    );
    const seen: Message[] = [];
    for await (const message of subscription) if (seen.push(message) === 2000) break;
    assert.equal(seen[1999]?.messageId, '1999');
    await connection.close();
  });

  test('a subscription that is disposed unsubscribes', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    await subscription[Symbol.asyncDispose]();
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
  });
});
