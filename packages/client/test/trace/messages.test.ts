/** What `stompbox:receive` and `stompbox:settle` tell. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, test } from 'node:test';
import type { Message, ReceiveTrace } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { scene } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';
import { assertUntold, codeOf, contextsOf, FAILURE, record, SUCCESS, stagesOf } from './record.js';

const BY_HAND = { ack: 'client-individual' } as const;
const HANDLED = { ...BY_HAND, settle: 'handled' } as const;
const AT_BROKER = {
  peer: 'broker:61613',
  serverAddress: 'broker',
  serverPort: 61613,
  system: 'generic',
};

describe('a handler that is traced', () => {
  test('lasts until it is done', async (t) => {
    const events = record(t, 'receive');
    const { connection, broker } = await scene();
    let finish = () => {};
    const subscription = await connection.subscribe('/queue/>', {}, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return 'geheim' as unknown as undefined;
    });
    broker.session.message(subscription.id, 'm-1', 'geheim', { redelivered: 'true', x: 'y' });
    await until(() => events.length === 2, 'the message');
    assert.deepEqual(stagesOf(events), ['start', 'end']);
    finish();
    await until(() => events.length === 4, 'the end');
    assert.deepEqual(stagesOf(events), SUCCESS);
    const { headers, ...context } = contextsOf(events)[0] ?? assert.fail('no context');
    assert.equal(headers.get('x'), 'y');
    assert.deepEqual(context, {
      ...AT_BROKER,
      destination: '/queue/a',
      messageId: 'm-1',
      subscriptionId: subscription.id,
      bodyBytes: 6,
      isRedelivered: true,
      result: undefined,
    });
    assertUntold(contextsOf(events)[0], 'geheim');
    await connection.close();
  });

  for (const [what, handler] of [
    ['throws', () => assert.fail('cannot do it')],
    ['rejects', () => Promise.reject(new Error('cannot do it'))],
  ] as const) {
    test(`that ${what} tells of its error, and fails as ever`, async (t) => {
      const events = record(t, 'receive');
      const { connection, broker, events: statuses } = await scene();
      const subscription = await connection.subscribe('/queue/a', HANDLED, handler);
      broker.session.message(subscription.id, 'm-1');
      await until(() => broker.session.received('NACK').length === 1, 'the NACK');
      assert.deepEqual(stagesOf(events), FAILURE);
      const failed = statuses.find((status) => status.type === 'handler-failed');
      assert.equal(contextsOf(events)[0]?.error, failed?.error);
      assert.match(String(failed?.error), /cannot do it/);
      await connection.close();
    });
  }

  test('runs within the stores that are bound to the start, each in its own', async (t) => {
    const spans = new AsyncLocalStorage<string>();
    const { start } = tracingChannel<string, ReceiveTrace>('stompbox:receive');
    start.bindStore(spans, ({ messageId }) => `span of ${messageId}`);
    t.after(() => start.unbindStore(spans));
    const { connection, broker } = await scene();
    const seen: (string | undefined)[] = [];
    const options = { ...BY_HAND, concurrency: 2 };
    const { id } = await connection.subscribe('/queue/a', options, async (message) => {
      seen.push(spans.getStore());
      await connection.send('/queue/b', 'x');
      seen.push(spans.getStore());
      await message.ack({ receipt: true });
      seen.push(spans.getStore());
    });
    broker.session.message(id, '1');
    broker.session.message(id, '2');
    await until(() => seen.length === 6, 'both handlers');
    const ofFirst = seen.filter((span) => span === 'span of 1').length;
    const ofSecond = seen.filter((span) => span === 'span of 2').length;
    assert.deepEqual([ofFirst, ofSecond], [3, 3]);
    assert.equal(spans.getStore(), undefined);
    await connection.close();
  });
});

describe('a turn of a loop that is traced', () => {
  test('lasts from its message until the loop asks for the next one', async (t) => {
    const events = record(t, 'receive');
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', BY_HAND);
    const loop = subscription[Symbol.asyncIterator]();
    const asked = loop.next();
    await settle();
    assert.equal(events.length, 0, 'there is no message yet');
    broker.session.message(subscription.id, '1');
    await asked;
    await settle();
    assert.deepEqual(stagesOf(events), ['start', 'end']);
    const askedAgain = loop.next();
    await settle();
    assert.deepEqual(stagesOf(events), SUCCESS);
    broker.session.message(subscription.id, '2', 'geheim');
    await askedAgain;
    const contexts = contextsOf(events);
    assert.deepEqual(
      contexts.map(({ messageId, subscriptionId, bodyBytes }) => [
        messageId,
        subscriptionId,
        bodyBytes,
      ]),
      [
        ['1', subscription.id, 5],
        ['2', subscription.id, 6],
      ],
    );
    assertUntold(contexts[1], 'geheim');
    await connection.close();
  });

  for (const [what, options] of [
    ['acks by hand', BY_HAND],
    ['is acked as it goes on', HANDLED],
  ] as const) {
    test(`ends when a loop that ${what} is left`, async (t) => {
      const events = record(t, 'receive');
      const { connection, broker } = await scene();
      const subscription = await connection.subscribe('/queue/a', options);
      broker.session.message(subscription.id, '1');
      broker.session.message(subscription.id, '2');
      for await (const { messageId } of subscription) {
        if (messageId === '2') break;
      }
      const [first, second, ...others] = contextsOf(events);
      assert.deepEqual(stagesOf(events, first), SUCCESS);
      assert.deepEqual(stagesOf(events, second), SUCCESS);
      assert.deepEqual(others, []);
      await connection.close();
    });
  }

  test('ends with its subscription, and an end without a message is no turn', async (t) => {
    const events = record(t, 'receive');
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', BY_HAND);
    broker.session.message(subscription.id, '1');
    for await (const message of subscription) {
      await message.ack();
      await subscription.unsubscribe();
    }
    assert.deepEqual(stagesOf(events), SUCCESS);
    await connection.close();
  });

  test('does not know the size of a body that is still arriving', async (t) => {
    const events = record(t, 'receive');
    const { connection, broker } = await scene({ streamBodiesOverBytes: 10 });
    const subscription = await connection.subscribe('/queue/a', BY_HAND);
    broker.session.message(subscription.id, '1', 'x'.repeat(100), { 'content-length': '100' });
    for await (const message of subscription) {
      assert.ok(message.isStreamed);
      break;
    }
    assert.equal(contextsOf(events)[0]?.bodyBytes, undefined);
    assert.deepEqual(stagesOf(events), SUCCESS);
    await connection.close();
  });
});

describe('an acknowledgement that is traced', () => {
  test('says of which message, and in which transaction', async (t) => {
    const events = record(t, 'settle');
    const { connection, broker } = await scene();
    const messages: Message[] = [];
    const { id } = await connection.subscribe('/queue/a', BY_HAND, (m) => void messages.push(m));
    for (const messageId of ['1', '2']) broker.session.message(id, messageId, 'geheim');
    await until(() => messages.length === 2, 'the messages');
    const transaction = await connection.begin();
    await messages[0]?.ack();
    await messages[1]?.nack({ transaction, receipt: true });
    const about = { ...AT_BROKER, destination: '/queue/a', subscriptionId: id, result: undefined };
    const [first, second] = contextsOf(events);
    assert.deepEqual(first, { ...about, command: 'ACK', messageId: '1', transaction: undefined });
    assert.deepEqual(second, {
      ...about,
      command: 'NACK',
      messageId: '2',
      transaction: transaction.id,
    });
    assert.deepEqual(stagesOf(events, first), SUCCESS);
    assert.deepEqual(stagesOf(events, second), SUCCESS);
    assertUntold([first, second], 'geheim');
    await connection.close();
  });

  test('tells why it failed', async (t) => {
    const events = record(t, 'settle');
    const { connection, broker } = await scene();
    const messages: Message[] = [];
    const { id } = await connection.subscribe('/queue/a', BY_HAND, (m) => void messages.push(m));
    broker.session.message(id, '1');
    await until(() => messages.length === 1, 'the message');
    await messages[0]?.ack();
    const code = 'STOMP_PROTO_NO_MESSAGE';
    await assert.rejects(messages[0]?.ack() ?? Promise.resolve(), { code });
    const second = contextsOf(events)[1];
    assert.deepEqual(stagesOf(events, second), FAILURE);
    assert.equal(codeOf(second), code);
    await connection.close();
  });

  test('may be the one of settle: handled', async (t) => {
    const events = record(t, 'settle');
    const { connection, broker } = await scene();
    const { id } = await connection.subscribe('/queue/a', HANDLED, ({ messageId }) => {
      if (messageId === '2') throw new Error('cannot do it');
    });
    for (const messageId of ['1', '2']) broker.session.message(id, messageId);
    await until(() => broker.session.received('NACK').length === 1, 'the NACK');
    const contexts = contextsOf(events);
    assert.deepEqual(
      contexts.map(({ command, messageId }) => `${command} ${messageId}`),
      ['ACK 1', 'NACK 2'],
    );
    await connection.close();
  });
});

describe('messages that nobody traces', () => {
  test('cost no promise, neither to be handled nor to be acknowledged', async (t) => {
    const { connection, broker } = await scene();
    let handled = 0;
    const { id } = await connection.subscribe('/queue/a', BY_HAND, (message) => {
      handled++;
      void message.ack();
    });
    let promises = 0;
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'PROMISE') promises++;
      },
    });
    t.after(() => hook.disable());
    const count = 500;
    const frames = Array.from(
      { length: count },
      (_, index) =>
        `MESSAGE\nsubscription:${id}\nmessage-id:${index}\nack:${index}\ndestination:/queue/a\n\nx\0`,
    );
    hook.enable();
    broker.session.writeRaw(frames.join(''));
    await until(() => handled === count, 'all of them');
    hook.disable();
    assert.ok(promises < 50, `${promises} promises for ${count} messages`);
    await connection.close();
  });
});
