import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Codec } from '@stompbox/client';
import { StompError } from '@stompbox/protocol';
import { scene } from './support/scene.js';
import { textOf, until } from './support/scripted-broker.js';

interface Order {
  readonly id: number;
}

const orderCodec: Codec<Order> = {
  contentType: 'application/x-order',
  encode: ({ id }) => `order ${id}`,
  decode: (body) => ({ id: Number(new TextDecoder().decode(body).slice(6)) }),
};

describe('values as bodies', () => {
  test('are JSON unless something else is said', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', { id: 1 });
    const [sent] = broker.session.received('SEND');
    assert.equal(textOf(sent), '{"id":1}');
    assert.equal(sent?.headers.get('content-type'), 'application/json');
    assert.equal(sent?.headers.has('content-length'), false, 'so that JMS sees a TextMessage');
    await connection.close();
  });

  test('are written by the codec that is given, or that the content type names', async () => {
    const { connection, broker } = await scene({ codecs: [orderCodec] });
    await connection.send('/queue/a', { id: 1 }, { codec: orderCodec });
    await connection.send('/queue/a', { id: 2 }, { contentType: 'application/x-order' });
    const transaction = await connection.begin();
    await transaction.send('/queue/a', { id: 3 }, { codec: orderCodec });
    await transaction.commit();
    assert.deepEqual(broker.session.received('SEND').map(textOf), [
      'order 1',
      'order 2',
      'order 3',
    ]);
    await connection.close();
  });

  test('that are texts already stay as they are', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', '{"id":1}', { contentType: 'application/json' });
    assert.equal(textOf(broker.session.received('SEND')[0]), '{"id":1}');
    await connection.close();
  });

  test('without a codec are refused before anything is sent', async () => {
    const { connection, broker } = await scene();
    await assert.rejects(connection.send('/queue/a', { id: 1 }, { contentType: 'image/png' }), {
      code: 'STOMP_OPT_NO_CODEC',
    });
    await assert.rejects(connection.send('/queue/a', 5 as unknown as object), {
      code: 'STOMP_OPT_BODY',
    });
    assert.deepEqual(broker.session.commands, ['CONNECT']);
    await connection.close();
  });

  test('come out of messages by their content type, or by the codec of the subscription', async () => {
    const { connection, broker } = await scene({ codecs: [orderCodec] });
    const values: unknown[] = [];
    await connection.subscribe('/queue/a', {}, (message) => {
      values.push(message.value());
    });
    const orders: number[] = [];
    await connection.subscribe('/queue/b', { codec: orderCodec }, (message) => {
      // Typed by the codec: no cast is needed.
      orders.push(message.value().id);
    });
    broker.session.message('sub-1', '1', '{"id":1}', { 'content-type': 'application/json' });
    broker.session.message('sub-1', '2', 'order 2', { 'content-type': 'application/x-order' });
    broker.session.message('sub-1', '3', 'plain');
    broker.session.message('sub-2', '4', 'order 4');
    await until(() => values.length + orders.length === 4, 'all messages');
    assert.deepEqual(values, [{ id: 1 }, { id: 2 }, 'plain']);
    assert.deepEqual(orders, [4]);
    await connection.close();
  });

  test('that are not what they say fail with the message id', async () => {
    const { connection, broker, events } = await scene();
    await connection.subscribe('/queue/a', {}, (message) => void message.value());
    broker.session.message('sub-1', '1', '{', { 'content-type': 'application/json' });
    await until(() => events.at(-1)?.type === 'handler-failed', 'it fails');
    const failure = events.at(-1);
    assert.ok(failure?.type === 'handler-failed' && failure.error instanceof StompError);
    assert.equal(failure.error.code, 'STOMP_PROTO_BAD_BODY');
    assert.match(failure.error.message, /message 1 /);
    await connection.close();
  });
});
