import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { type Scene, scene } from './support/scene.js';
import { until } from './support/scripted-broker.js';

/** A subscription that holds one message, on a connection whose socket takes no more bytes. */
async function blockedWithMessage(): Promise<Scene & { readonly message: Message }> {
  const all = await scene();
  const { broker, connection } = all;
  const messages: Message[] = [];
  await connection.subscribe('/queue/a', { ack: 'client-individual', id: 's' }, (message) => {
    messages.push(message);
  });
  broker.session.message('s', '1');
  await until(() => messages.length === 1, 'the message');
  await block(all);
  return { ...all, message: messages[0] as Message };
}

async function block({ broker, connection }: Scene): Promise<void> {
  broker.session.clientTransport.takesMore = false;
  await connection.send('/queue/other', 'fills the socket');
}

describe('an acknowledgement that the socket does not take in time', () => {
  test('is still written when the socket takes bytes again', async () => {
    const { broker, clock, connection, message } = await blockedWithMessage();
    const failed = assert.rejects(message.ack({ receipt: true, timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await settle();
    await clock.advance(50);
    await failed;
    assert.equal(broker.session.received('ACK').length, 0);
    broker.session.clientTransport.drain();
    await settle();
    assert.equal(broker.session.received('ACK').length, 1);
    await connection.close();
  });

  test('is still written after its signal aborted', async () => {
    const { broker, connection, message } = await blockedWithMessage();
    const stop = new AbortController();
    const failed = assert.rejects(message.nack({ receipt: true, signal: stop.signal }), {
      message: 'enough',
    });
    await settle();
    stop.abort(new Error('enough'));
    await failed;
    broker.session.clientTransport.drain();
    await settle();
    assert.equal(broker.session.received('NACK').length, 1);
    await connection.close();
  });

  test('is not written to another session', async () => {
    const { broker, clock, connection, message } = await blockedWithMessage();
    const failed = assert.rejects(message.ack({ receipt: true, timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await clock.advance(50);
    await failed;
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    assert.deepEqual(broker.session.commands, ['CONNECT', 'SUBSCRIBE']);
    await connection.close();
  });
});

test('an ABORT that the socket does not take in time is still written', async () => {
  const all = await scene();
  const { broker, clock, connection } = all;
  const transaction = await connection.begin();
  await block(all);
  const failed = assert.rejects(transaction.abort({ timeoutMs: 50 }), {
    code: 'STOMP_NET_TIMEOUT_RECEIPT',
  });
  await clock.advance(50);
  await failed;
  broker.session.clientTransport.drain();
  await settle();
  assert.equal(broker.session.received('ABORT').length, 1);
  await connection.close();
});

test('a send that the socket does not take in time is not written later', async () => {
  const all = await scene();
  const { broker, clock, connection } = all;
  await block(all);
  const failed = assert.rejects(connection.send('/queue/a', 'late', { timeoutMs: 50 }), {
    code: 'STOMP_NET_TIMEOUT_NOT_SENT',
  });
  await clock.advance(50);
  await failed;
  broker.session.clientTransport.drain();
  await settle();
  assert.equal(broker.session.received('SEND').length, 1);
  await connection.close();
});

describe('a subscription whose UNSUBSCRIBE nobody waits for any more', () => {
  test('ends on the broker although the socket took the frame too late', async () => {
    const all = await scene();
    const { broker, clock, connection } = all;
    const got: string[] = [];
    const subscription = await connection.subscribe('/queue/a', {}, (message) => {
      got.push(message.messageId);
    });
    await block(all);
    const failed = assert.rejects(subscription.unsubscribe({ timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await clock.advance(50);
    await failed;
    assert.equal(subscription.state, 'unsubscribing');
    broker.session.message(subscription.id, 'settled by being delivered');
    await settle();
    assert.equal(got.length, 1, 'with ack mode auto nobody else gets it');
    broker.session.clientTransport.drain();
    await settle();
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    assert.equal(subscription.state, 'closed');
    await connection.close();
  });

  test('ends on the broker although its signal was aborted before', async () => {
    const { broker, connection } = await scene();
    const subscription = await connection.subscribe('/queue/a');
    const signal = AbortSignal.abort(new Error('gave up'));
    await assert.rejects(subscription.unsubscribe({ signal }), { message: 'gave up' });
    await settle();
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    assert.equal(subscription.state, 'closed');
    await connection.close();
  });

  test('tells a refusal by an event', async () => {
    const { broker, connection, events } = await scene();
    broker.answers.set('UNSUBSCRIBE', (frame, session) => {
      session.error('not now', { 'receipt-id': frame.headers.get('receipt') ?? '' });
    });
    const subscription = await connection.subscribe('/queue/a');
    const signal = AbortSignal.abort(new Error('gave up'));
    await assert.rejects(subscription.unsubscribe({ signal }), { message: 'gave up' });
    await settle();
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'broker-error' ? [event.error.message] : [])),
      ['The broker refused UNSUBSCRIBE /queue/a: not now'],
    );
    await connection.close();
  });

  test('is drained no longer than its signal says', async () => {
    const { broker, connection } = await scene();
    const options = { ack: 'client-individual' } as const;
    const handler = () => new Promise<void>(() => {});
    const subscription = await connection.subscribe('/queue/a', options, handler);
    broker.session.message(subscription.id, '1');
    await settle();
    const stop = new AbortController();
    const failed = assert.rejects(subscription.drain({ signal: stop.signal }), { message: 'stop' });
    stop.abort(new Error('stop'));
    await failed;
    await settle();
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
  });
});

describe('waiting for the end of a subscription', () => {
  test('drain has one deadline for the handlers and for UNSUBSCRIBE', async () => {
    const { broker, clock, connection } = await scene();
    const options = { ack: 'client' } as const;
    let release = () => {};
    const subscription = await connection.subscribe('/queue/a', options, () => {
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    broker.ignore('UNSUBSCRIBE');
    broker.session.message(subscription.id, '1');
    await settle();
    const failed = assert.rejects(subscription.drain({ timeoutMs: 500 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await clock.advance(400);
    release();
    await settle();
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await clock.advance(100);
    await failed;
    await connection.close();
  });

  test('unsubscribe during a drain has its own timeout', async () => {
    const { broker, clock, connection } = await scene();
    const options = { ack: 'client' } as const;
    const handler = () => new Promise<void>(() => {});
    const subscription = await connection.subscribe('/queue/a', options, handler);
    broker.session.message(subscription.id, '1');
    await settle();
    const drained = assert.rejects(subscription.drain({ timeoutMs: 500 }), /within 500 ms/);
    const failed = assert.rejects(subscription.unsubscribe({ timeoutMs: 20 }), /within 20 ms/);
    await clock.advance(20);
    await failed;
    await clock.advance(480);
    await drained;
    await connection.close();
  });
});
