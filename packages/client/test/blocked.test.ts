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
      code: 'STOMP_NET_TIMEOUT_NOT_SENT',
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
      code: 'STOMP_NET_TIMEOUT_NOT_SENT',
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
    code: 'STOMP_NET_TIMEOUT_NOT_SENT',
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
