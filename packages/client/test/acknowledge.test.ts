import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AckMode, Message, Subscription } from '@stompbox/client';
import { connect } from '@stompbox/client';
import type { StompVersion } from '@stompbox/protocol';
import { settle } from './support/fake-clock.js';
import { type Scene, scene, stage } from './support/scene.js';
import { until } from './support/scripted-broker.js';

/** A scene in which these messages have arrived. */
async function deliveries(
  ids: readonly string[],
  ack: AckMode = 'client-individual',
): Promise<Scene & { messages: Message[]; subscription: Subscription }> {
  const all = await scene();
  const messages: Message[] = [];
  const subscription = await all.connection.subscribe('/queue/a', { ack }, (message) => {
    messages.push(message);
  });
  for (const messageId of ids) all.broker.session.message(subscription.id, messageId);
  await until(() => messages.length === ids.length, 'the messages arrive');
  return { ...all, messages, subscription };
}

describe('acknowledging', () => {
  const forms: readonly (readonly [version: StompVersion, headers: object])[] = [
    ['1.0', { 'message-id': 'm1', subscription: 'sub-1' }],
    ['1.1', { 'message-id': 'm1', subscription: 'sub-1' }],
    ['1.2', { id: 'ack-m1' }],
  ];
  for (const [version, headers] of forms) {
    test(`STOMP ${version} gets the headers that it knows`, async () => {
      const { broker, options } = stage();
      broker.connected = { version };
      const connection = await connect('stomp://mq', options);
      const { id } = await connection.subscribe(
        '/queue/a',
        { ack: 'client-individual' },
        (message) => message.ack(),
      );
      broker.session.message(id, 'm1');
      await until(() => broker.session.received('ACK').length === 1, 'the ack arrives');
      const [ack] = broker.session.received('ACK');
      assert.deepEqual({ ...ack?.headers.toObject() }, headers);
      await connection.close();
    });
  }

  test('is on its way without waiting, and with receipt waits for the broker', async () => {
    const { connection, broker, messages } = await deliveries(['1', '2']);
    broker.ignore('ACK');
    await messages[0]?.ack();
    let isConfirmed = false;
    const acking = messages[1]?.ack({ receipt: true }).then(() => {
      isConfirmed = true;
    });
    await settle();
    assert.equal(isConfirmed, false);
    const [first, second] = broker.session.received('ACK');
    assert.equal(first?.headers.has('receipt'), false);
    assert.ok(second);
    broker.session.receipt(second);
    await acking;
    assert.equal(isConfirmed, true);
    await connection.close();
  });

  test('nack carries headers for the broker', async () => {
    const { connection, broker, messages } = await deliveries(['1']);
    await messages[0]?.nack({ headers: { requeue: false }, receipt: true });
    const [nack] = broker.session.received('NACK');
    assert.equal(nack?.headers.get('id'), 'ack-1');
    assert.equal(nack?.headers.get('requeue'), 'false');
    await connection.close();
  });

  test('the acks of one turn are one write', async () => {
    const { connection, broker, messages } = await deliveries(['1', '2', '3']);
    const { writes } = broker.session.clientTransport;
    const before = writes.length;
    for (const message of messages) message.ack();
    await until(() => broker.session.received('ACK').length === 3, 'the acks arrive');
    assert.equal(writes.length - before, 1);
    await connection.close();
  });

  test('twice is refused, and nothing is sent', async () => {
    const { connection, broker, messages } = await deliveries(['1']);
    await messages[0]?.ack();
    await assert.rejects(messages[0]?.nack() as Promise<void>, {
      code: 'STOMP_PROTO_NO_MESSAGE',
      message: /already settled/,
    });
    await settle();
    assert.equal(broker.session.received('NACK').length, 0);
    await connection.close();
  });

  test('with ack mode auto is refused with what to do', async () => {
    const { connection, broker, messages } = await deliveries(['1'], 'auto');
    await assert.rejects(messages[0]?.ack() as Promise<void>, {
      code: 'STOMP_PROTO_UNEXPECTED_FRAME',
      message: /ack: 'client-individual'/,
    });
    assert.deepEqual(broker.session.received('ACK'), []);
    await connection.close();
  });

  test('nack on STOMP 1.0 is refused', async () => {
    const { broker, options } = stage();
    broker.connected = { version: '1.0' };
    const connection = await connect('stomp://mq', options);
    let nacking: Promise<void> | undefined;
    const { id } = await connection.subscribe('/queue/a', { ack: 'client' }, (message) => {
      nacking = message.nack();
      nacking.catch(() => {});
    });
    broker.session.message(id, '1');
    await until(() => nacking !== undefined, 'it is tried');
    await assert.rejects(nacking as Promise<void>, { code: 'STOMP_PROTO_UNSUPPORTED' });
    await connection.close();
  });

  test('of a message of an earlier connection is refused, never sent', async () => {
    const { connection, broker, clock, messages } = await deliveries(['1', '2']);
    broker.session.drop();
    await settle();
    await assert.rejects(messages[0]?.ack() as Promise<void>, {
      code: 'STOMP_NET_STALE_MESSAGE',
      message: /ACK of message 1 came after the loss/,
    });
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    await assert.rejects(messages[1]?.nack() as Promise<void>, { code: 'STOMP_NET_STALE_MESSAGE' });
    await settle();
    assert.deepEqual(broker.session.received('ACK'), []);
    assert.deepEqual(broker.session.received('NACK'), []);
    await connection.close();
  });

  test('of a message whose subscription has ended is refused, never sent', async () => {
    const { connection, broker, messages, subscription } = await deliveries(['1', '2']);
    const ending = subscription.unsubscribe();
    for (const late of [messages[0]?.ack({ receipt: true }), messages[1]?.nack()]) {
      await assert.rejects(late as Promise<void>, {
        code: 'STOMP_NET_STALE_MESSAGE',
        message: /or after the end of its subscription/,
      });
    }
    await ending;
    assert.deepEqual(broker.session.received('ACK'), []);
    assert.deepEqual(broker.session.received('NACK'), []);
    await connection.close();
  });

  test('whose receipt was due when the connection was lost is stale too', async () => {
    const { connection, broker, messages } = await deliveries(['1']);
    broker.ignore('ACK');
    const acking = messages[0]?.ack({ receipt: true }) as Promise<void>;
    await settle();
    broker.session.drop();
    await assert.rejects(acking, { code: 'STOMP_NET_STALE_MESSAGE' });
    await connection.close();
  });

  test('with receipt has a timeout and takes a signal', async () => {
    const { connection, broker, clock, messages } = await deliveries(['1', '2']);
    broker.ignore('ACK');
    const late = messages[0]?.ack({ receipt: true, timeoutMs: 40 }) as Promise<void>;
    const failed = assert.rejects(late, { code: 'STOMP_NET_TIMEOUT_RECEIPT' });
    await settle();
    await clock.advance(40);
    await failed;
    const stop = new AbortController();
    const stopped = messages[1]?.ack({ receipt: true, signal: stop.signal }) as Promise<void>;
    await settle();
    stop.abort(new Error('enough'));
    await assert.rejects(stopped, { message: 'enough' });
    await connection.close();
  });

  test('that the broker refuses rejects when a receipt was asked for, else is an event', async () => {
    const { connection, broker, events, messages } = await deliveries(['1', '2']);
    broker.answers.set('ACK', (frame, session) => {
      const receipt = frame.headers.get('receipt');
      session.error('Unexpected ACK', receipt ? { 'receipt-id': receipt } : {});
    });
    await assert.rejects(messages[0]?.ack({ receipt: true }) as Promise<void>, {
      code: 'STOMP_BROKER_REFUSED',
      message: /refused ACK 1: Unexpected ACK/,
    });
    await messages[1]?.ack();
    await until(() => events.at(-1)?.type === 'broker-error', 'the event');
    await connection.close();
  });
});
