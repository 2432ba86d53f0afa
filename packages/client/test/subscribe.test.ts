import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect, type Message } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { settle } from './support/fake-clock.js';
import { scene, stage } from './support/scene.js';
import { until } from './support/scripted-broker.js';

describe('subscribing', () => {
  test('resolves only when the broker has confirmed', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SUBSCRIBE');
    let isDone = false;
    const subscribing = connection.subscribe('/queue/a').then((subscription) => {
      isDone = true;
      return subscription;
    });
    await settle();
    assert.equal(isDone, false);
    const [frame] = broker.session.received('SUBSCRIBE');
    assert.ok(frame);
    broker.session.receipt(frame);
    const subscription = await subscribing;
    assert.equal(subscription.state, 'active');
    assert.equal(subscription.destination, '/queue/a');
    await connection.close();
    assert.equal(subscription.state, 'closed');
  });

  test('sends ack mode, selector, own headers and the prefetch in the words of two brokers', async () => {
    const { connection, broker } = await scene();
    await connection.subscribe('/topic/news', {
      ack: 'client-individual',
      prefetch: 20,
      selector: "kind = 'a'",
      id: 'mine',
      headers: { 'activemq.subscriptionName': 'n', durable: true },
    });
    assert.deepEqual(broker.session.received('SUBSCRIBE')[0]?.headers.toObject(), {
      __proto__: null,
      destination: '/topic/news',
      id: 'mine',
      ack: 'client-individual',
      selector: "kind = 'a'",
      'activemq.prefetchSize': '20',
      'prefetch-count': '20',
      'activemq.subscriptionName': 'n',
      durable: 'true',
      receipt: 'r1',
    });
    await connection.close();
  });

  test("leaves the prefetch to the broker when it isn't given", async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client' });
    const headers = broker.session.received('SUBSCRIBE')[0]?.headers;
    assert.equal(headers?.has('activemq.prefetchSize'), false);
    assert.equal(headers?.get('id'), subscription.id);
    await connection.close();
  });

  test('that the broker refuses rejects, and nothing is left behind', async () => {
    const { connection, broker } = await scene();
    broker.answers.set('SUBSCRIBE', (frame, session) =>
      session.error('not allowed', { 'receipt-id': frame.headers.get('receipt') ?? '' }),
    );
    await assert.rejects(connection.subscribe('/queue/secret', { id: 'x' }), {
      code: 'STOMP_BROKER_REFUSED',
      message: /refused SUBSCRIBE \/queue\/secret: not allowed/,
    });
    broker.answers.delete('SUBSCRIBE');
    await connection.subscribe('/queue/a', { id: 'x' });
    assert.deepEqual(broker.session.received('UNSUBSCRIBE'), []);
    await connection.close();
  });

  test('that takes too long is taken back at the broker', async () => {
    const { connection, broker, clock } = await scene();
    broker.ignore('SUBSCRIBE');
    const failed = assert.rejects(connection.subscribe('/queue/a', { timeoutMs: 70 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await settle();
    await clock.advance(70);
    await failed;
    await settle();
    const id = broker.session.received('SUBSCRIBE')[0]?.headers.get('id');
    assert.equal(broker.session.received('UNSUBSCRIBE')[0]?.headers.get('id'), id);
    await connection.close();
  });

  test('ends when the signal aborts', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SUBSCRIBE');
    const stop = new AbortController();
    const subscribing = connection.subscribe('/queue/a', { signal: stop.signal });
    await settle();
    stop.abort(new Error('enough'));
    await assert.rejects(subscribing, { message: 'enough' });
    await until(() => broker.session.received('UNSUBSCRIBE').length === 1, 'it is taken back');
    await connection.close();
  });

  const wrong: readonly (readonly [options: object, named: RegExp])[] = [
    [{ ack: 'manual' }, /ack must be one of 'auto', 'client', 'client-individual'/],
    [{ prefetch: 0 }, /prefetch must be a whole number from 1/],
    [{ selector: '' }, /selector must be a text/],
    [{ headers: { ack: 'client' } }, /"ack": use the option ack/],
    [{ onError: true }, /onError must be a function/],
    [{ credit: 1 }, /Unknown subscribe option "credit"/],
  ];
  for (const [options, named] of wrong) {
    test(`${JSON.stringify(options)} is refused`, async () => {
      const { connection, broker } = await scene();
      await assert.rejects(connection.subscribe('/queue/a', options), (error) => {
        assert.ok(error instanceof OptionsError);
        assert.match(error.message, named);
        return true;
      });
      assert.deepEqual(broker.session.received('SUBSCRIBE'), []);
      await connection.close();
    });
  }

  test('an id that another subscription has is refused', async () => {
    const { connection } = await scene();
    await connection.subscribe('/queue/a', { id: 'x' });
    await assert.rejects(connection.subscribe('/queue/b', { id: 'x' }), /no other subscription/);
    await connection.close();
  });
});

describe('a message', () => {
  async function received(headers: Record<string, string>, body: string): Promise<Message> {
    const { connection, broker } = await scene();
    const got: Message[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (message) => {
      got.push(message);
    });
    broker.session.message(id, 'm-1', body, headers);
    await until(() => got.length === 1, 'the message arrives');
    await connection.close();
    return got[0] as Message;
  }

  test('shows headers, body and type as ActiveMQ means them', async () => {
    const message = await received({ color: 'red', redelivered: 'true' }, '{"total":3}');
    assert.equal(message.destination, '/queue/a');
    assert.equal(message.messageId, 'm-1');
    assert.equal(message.headers.get('color'), 'red');
    assert.equal(message.isRedelivered, true);
    assert.equal(message.bodyType, 'text');
    assert.equal(message.text(), '{"total":3}');
    assert.deepEqual(message.json<{ total: number }>(), { total: 3 });
    assert.equal(message.body.length, 11);
  });

  test('with content-length is bytes, NUL included', async () => {
    const message = await received({ 'content-length': '3' }, 'a\0b');
    assert.equal(message.bodyType, 'bytes');
    assert.equal(message.isRedelivered, false);
    assert.deepEqual([...message.body], [97, 0, 98]);
    assert.throws(() => message.json(), SyntaxError);
  });

  test('goes to the subscription that it names', async () => {
    const { connection, broker } = await scene();
    const got: string[] = [];
    const a = await connection.subscribe('/queue/a', {}, (m) => void got.push(`a:${m.text()}`));
    const b = await connection.subscribe('/queue/a', {}, (m) => void got.push(`b:${m.text()}`));
    broker.session.message(b.id, '1', 'x');
    broker.session.message(a.id, '2', 'y');
    await until(() => got.length === 2, 'both arrive');
    assert.deepEqual(got, ['b:x', 'a:y']);
    await connection.close();
  });

  test('of a 1.0 broker without a subscription header goes by its destination', async () => {
    const { connection, broker } = await scene();
    const got: string[] = [];
    await connection.subscribe('/queue/a', {}, (message) => void got.push(message.text()));
    broker.session.write('MESSAGE', { destination: '/queue/a', 'message-id': '1' }, 'plain');
    await until(() => got.length === 1, 'it arrives');
    assert.deepEqual(got, ['plain']);
    await connection.close();
  });

  test('that is for no subscription is reported', async () => {
    const { connection, broker, events } = await scene();
    broker.session.message('gone', '1');
    await settle();
    assert.deepEqual(events.at(-1), {
      type: 'messages-discarded',
      subscriptionId: 'gone',
      count: 1,
    });
    await connection.close();
  });
});

describe('a handler', () => {
  test('is called at once for each message, without waiting for the one before', async () => {
    const { connection, broker } = await scene();
    const started: string[] = [];
    const releases: (() => void)[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (message) => {
      started.push(message.messageId);
      return new Promise((resolve) => releases.push(resolve));
    });
    broker.session.message(id, '1');
    broker.session.message(id, '2');
    await until(() => started.length === 2, 'both are running');
    for (const release of releases) release();
    await connection.close();
  });

  test('that throws or rejects is reported, and the next message comes', async () => {
    const { connection, broker, events } = await scene();
    const told: unknown[] = [];
    const { id } = await connection.subscribe(
      '/queue/a',
      { onError: (error, message) => told.push([error, message.messageId]) },
      (message) => {
        if (message.messageId === '1') throw new Error('thrown');
        return message.messageId === '2' ? Promise.reject(new Error('rejected')) : undefined;
      },
    );
    for (const messageId of ['1', '2', '3']) broker.session.message(id, messageId);
    await until(() => told.length === 2, 'both failures are told');
    assert.deepEqual(told, [
      [new Error('thrown'), '1'],
      [new Error('rejected'), '2'],
    ]);
    const failures = events.filter((event) => event.type === 'handler-failed');
    assert.deepEqual(
      failures.map(({ error, message }) => [error, message.messageId]),
      told,
    );
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  test('that fails while nobody listens becomes a warning of the process', async () => {
    const { broker, options } = stage();
    const { onStatus: _unused, ...unheard } = options;
    const connection = await connect('stomp://mq', unheard);
    const warned = once(process, 'warning');
    const { id } = await connection.subscribe('/queue/a', {}, () => {
      throw new Error('the handler is broken');
    });
    broker.session.message(id, '1');
    const [warning] = await warned;
    assert.match(String(warning), /the handler is broken/);
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  test('whose onError throws becomes a warning too', async () => {
    const { connection, broker } = await scene();
    const warned = once(process, 'warning');
    const onError = () => {
      throw new Error('onError is broken');
    };
    const { id } = await connection.subscribe('/queue/a', { onError }, () => {
      throw new Error('the handler is broken');
    });
    broker.session.message(id, '1');
    const [warning] = await warned;
    assert.match(String(warning), /onError is broken/);
    await connection.close();
  });
});

describe('ending a subscription', () => {
  test('unsubscribe waits for the receipt, and is harmless twice', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', {}, () => {});
    await Promise.all([subscription.unsubscribe(), subscription.unsubscribe()]);
    await subscription.unsubscribe();
    assert.equal(subscription.state, 'closed');
    const frames = broker.session.received('UNSUBSCRIBE');
    assert.equal(frames.length, 1);
    assert.equal(frames[0]?.headers.get('id'), subscription.id);
    await connection.close();
  });

  test('unsubscribe may be awaited inside the handler', async () => {
    const { connection, broker } = await scene();
    let ended = false;
    const subscription = await connection.subscribe('/queue/a', {}, async () => {
      await subscription.unsubscribe({ headers: { durable: true } });
      ended = true;
    });
    broker.session.message(subscription.id, '1');
    await until(() => ended, 'the handler ends');
    assert.equal(broker.session.received('UNSUBSCRIBE')[0]?.headers.get('durable'), 'true');
    await connection.close();
  });

  test('unsubscribe has a timeout and takes a signal', async () => {
    const { connection, broker, clock } = await scene();
    broker.ignore('UNSUBSCRIBE');
    const first = await connection.subscribe('/queue/a');
    const second = await connection.subscribe('/queue/b');
    const failed = assert.rejects(first.unsubscribe({ timeoutMs: 30 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await settle();
    await clock.advance(30);
    await failed;
    assert.equal(first.state, 'closed');
    const stop = new AbortController();
    const aborted = assert.rejects(second.unsubscribe({ signal: stop.signal }), { message: 'no' });
    await settle();
    stop.abort(new Error('no'));
    await aborted;
    const [, unanswered] = broker.session.received('UNSUBSCRIBE');
    if (unanswered) broker.session.receipt(unanswered);
    await connection.close();
  });

  test('with ack mode auto what arrives before the receipt is still delivered', async () => {
    const { connection, broker } = await scene();
    broker.answers.set('UNSUBSCRIBE', (frame, session) => {
      session.message(frame.headers.get('id') ?? '', 'late');
      session.receipt(frame);
    });
    const got: string[] = [];
    const handler = (message: Message) => void got.push(message.messageId);
    const auto = await connection.subscribe('/queue/a', {}, handler);
    await auto.unsubscribe();
    assert.deepEqual(got, ['late']);
    const manual = await connection.subscribe('/queue/a', { ack: 'client-individual' }, handler);
    await manual.unsubscribe();
    assert.deepEqual(got, ['late'], 'with client-individual the broker takes it back');
    await connection.close();
  });

  test('drain waits for running handlers, whose acks still count', async () => {
    const { connection, broker } = await scene();
    let release = () => {};
    const options = { ack: 'client-individual' } as const;
    const subscription = await connection.subscribe('/queue/a', options, async (message) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      await message.ack();
    });
    broker.session.message(subscription.id, '1');
    await settle();
    const draining = subscription.drain();
    broker.session.message(subscription.id, '2');
    await settle();
    assert.equal(subscription.state, 'draining');
    assert.deepEqual(broker.session.received('UNSUBSCRIBE'), []);
    release();
    await draining;
    assert.deepEqual(broker.session.commands.slice(-2), ['ACK', 'UNSUBSCRIBE']);
    assert.equal(broker.session.received('ACK').length, 1, 'message 2 was not started');
    await connection.close();
  });

  test('drain ends after its timeout when a handler hangs', async () => {
    const { connection, broker, clock } = await scene();
    const options = { ack: 'client' } as const;
    const subscription = await connection.subscribe(
      '/queue/a',
      options,
      () => new Promise(() => {}),
    );
    broker.session.message(subscription.id, '1');
    await settle();
    const failed = assert.rejects(subscription.drain({ timeoutMs: 500 }), {
      code: 'STOMP_NET_TIMEOUT_CLOSE',
      message: /subscription to \/queue\/a .*still open: 1 handlers/,
    });
    await clock.advance(500);
    await failed;
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
    assert.equal(connection.state, 'closed', 'close does not wait for it again');
  });
});
