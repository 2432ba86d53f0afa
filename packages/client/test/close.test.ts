import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConnectionStatus, TimeoutError } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { scene, typesOf } from './support/scene.js';
import { until } from './support/scripted-broker.js';

describe('close', () => {
  test('says DISCONNECT, waits for its receipt and closes the transport', async () => {
    const { connection, broker, events } = await scene();
    broker.ignore('DISCONNECT');
    const closing = connection.close();
    await settle();
    assert.equal(connection.state, 'closing');
    const [goodbye] = broker.session.received('DISCONNECT');
    assert.ok(goodbye);
    assert.equal(broker.session.clientTransport.isClosed, false);
    broker.session.receipt(goodbye);
    await closing;
    assert.equal(connection.state, 'closed');
    assert.equal(broker.session.clientTransport.isClosed, true);
    assert.equal(await connection.closed, undefined);
    assert.deepEqual(typesOf(events).slice(-2), ['closing', 'closed']);
  });

  test('twice is fine, at the same time and later', async () => {
    const { connection, broker } = await scene();
    await Promise.all([connection.close(), connection.close()]);
    await connection.close();
    await connection[Symbol.asyncDispose]();
    assert.equal(broker.session.received('DISCONNECT').length, 1);
  });

  test('lets running handlers finish, and what they send and acknowledge', async () => {
    const { connection, broker } = await scene();
    let release = () => {};
    const options = { ack: 'client-individual' } as const;
    const { id } = await connection.subscribe('/queue/a', options, async (message) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      await connection.send('/queue/done', message.messageId);
      await message.ack();
    });
    broker.session.message(id, '1');
    await settle();
    const closing = connection.close();
    broker.session.message(id, '2');
    await settle();
    assert.deepEqual(broker.session.received('DISCONNECT'), []);
    release();
    await closing;
    assert.deepEqual(broker.session.commands.slice(2), ['SEND', 'ACK', 'DISCONNECT']);
    assert.equal(broker.session.received('ACK')[0]?.headers.get('id'), 'ack-1');
  });

  test('with ack mode auto unsubscribes and handles what comes before the receipt', async () => {
    const { connection, broker } = await scene();
    const got: string[] = [];
    await connection.subscribe('/queue/a', {}, (message) => void got.push(message.messageId));
    broker.answers.set('UNSUBSCRIBE', (frame, session) => {
      session.message(frame.headers.get('id') ?? '', 'late');
      session.receipt(frame);
    });
    await connection.close();
    assert.deepEqual(got, ['late']);
    assert.deepEqual(broker.session.commands.slice(-2), ['UNSUBSCRIBE', 'DISCONNECT']);
  });

  test('waits for receipts that are due', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', 'x');
    const closing = connection.close();
    await settle();
    assert.deepEqual(broker.session.received('DISCONNECT'), []);
    const [sent] = broker.session.received('SEND');
    assert.ok(sent);
    broker.session.receipt(sent);
    await Promise.all([sending, closing]);
    assert.equal(broker.session.received('DISCONNECT').length, 1);
  });

  test('takes no new subscription, and nothing at all after DISCONNECT', async () => {
    const { connection, broker } = await scene();
    broker.ignore('DISCONNECT');
    const closing = connection.close();
    const refused = { code: 'STOMP_NET_NOT_CONNECTED', message: /the connection is closing/ };
    await assert.rejects(connection.subscribe('/queue/a'), refused);
    await settle();
    await assert.rejects(connection.send('/queue/a', 'x'), refused);
    await assert.rejects(connection.begin(), refused);
    const [goodbye] = broker.session.received('DISCONNECT');
    assert.ok(goodbye);
    broker.session.receipt(goodbye);
    await closing;
    await assert.rejects(connection.subscribe('/queue/a'), { code: 'STOMP_NET_NOT_CONNECTED' });
  });

  test('cuts the connection after closeTimeoutMs and says what was still open', async () => {
    const { connection, broker, clock } = await scene({ closeTimeoutMs: 700 });
    const options = { ack: 'client' } as const;
    const { id } = await connection.subscribe('/queue/a', options, () => new Promise(() => {}));
    broker.session.message(id, '1');
    broker.ignore('SEND');
    const sending = assert.rejects(connection.send('/queue/a', 'x'), {
      code: 'STOMP_NET_MAYBE_DELIVERED',
    });
    await settle();
    const failed = assert.rejects(connection.close(), (error) => {
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.code, 'STOMP_NET_TIMEOUT_CLOSE');
      assert.match(error.message, /within 700 ms .*1 message handlers, 1 unconfirmed frames/);
      return true;
    });
    await clock.advance(699);
    assert.equal(connection.state, 'closing');
    await clock.advance(1);
    await Promise.all([failed, sending]);
    assert.equal(broker.session.clientTransport.isClosed, true);
    const error = await connection.closed;
    assert.ok(error instanceof TimeoutError);
    assert.equal(clock.timerCount, 0);
  });

  test('has its own timeout and takes a signal', async () => {
    const first = await scene();
    first.broker.ignore('DISCONNECT');
    const timed = assert.rejects(first.connection.close({ timeoutMs: 5 }), /within 5 ms/);
    await first.clock.advance(5);
    await timed;
    const second = await scene();
    second.broker.ignore('DISCONNECT');
    const stop = new AbortController();
    const stopped = assert.rejects(second.connection.close({ signal: stop.signal }), {
      message: 'now',
    });
    await settle();
    stop.abort(new Error('now'));
    await stopped;
    assert.equal(second.connection.state, 'closed');
    assert.equal(second.broker.session.clientTransport.isClosed, true);
    const third = await scene();
    await assert.rejects(third.connection.close({ now: true } as object), /close option "now"/);
    await third.connection.close();
  });

  test('a broker that closes instead of confirming DISCONNECT has said enough', async () => {
    const { connection, broker } = await scene();
    broker.answers.set('DISCONNECT', (_frame, session) => session.drop());
    await connection.close();
    assert.equal(await connection.closed, undefined);
  });

  test('while reconnecting ends at once and rejects what waits', async () => {
    const { connection, broker, clock } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client' });
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    const refused = [
      assert.rejects(connection.send('/queue/a', 'x'), { code: 'STOMP_NET_CLOSED' }),
      assert.rejects(connection.subscribe('/queue/b'), { code: 'STOMP_NET_NOT_CONNECTED' }),
    ];
    await connection.close();
    await Promise.all(refused);
    for await (const message of subscription) assert.fail(message.messageId);
    assert.equal(subscription.state, 'closed');
    assert.equal(await connection.closed, undefined);
    assert.equal(clock.timerCount, 0);
    assert.equal(broker.sessions.length, 1);
  });

  test('while it is subscribing again cuts the new session', async () => {
    const { connection, broker, clock } = await scene();
    await connection.subscribe('/queue/a', {}, () => {});
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    broker.ignore('SUBSCRIBE');
    await clock.advance(100);
    await until(() => broker.sessions.length === 2, 'the new session');
    await connection.close();
    await settle();
    assert.equal(broker.session.clientTransport.isClosed, true);
    assert.equal(connection.state, 'closed');
  });

  test('a loss while handlers finish does not start a reconnect', async () => {
    const { connection, broker, clock } = await scene();
    let release = () => {};
    let outcome: unknown;
    const options = { ack: 'client' } as const;
    const { id } = await connection.subscribe('/queue/a', options, async (message) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      outcome = await message.ack().catch((error: unknown) => error);
    });
    broker.session.message(id, '1');
    await settle();
    const closing = connection.close();
    broker.session.drop();
    await settle();
    await assert.rejects(connection.send('/queue/a', 'x'), { code: 'STOMP_NET_NOT_CONNECTED' });
    release();
    await closing;
    assert.ok(outcome instanceof Error && 'code' in outcome);
    assert.equal(outcome.code, 'STOMP_NET_STALE_MESSAGE');
    await clock.advance(60_000);
    assert.equal(broker.sessions.length, 1);
  });
});

describe('status', () => {
  test('can be iterated until the connection is closed', async () => {
    const { connection, broker } = await scene();
    const seen: ConnectionStatus[] = [];
    const reading = (async () => {
      for await (const status of connection.status()) seen.push(status);
    })();
    broker.session.error('odd');
    await until(() => seen.length === 1, 'the event');
    await connection.close();
    await reading;
    assert.deepEqual(typesOf(seen), ['broker-error', 'closing', 'closed']);
    for await (const status of connection.status()) assert.fail(status.type);
  });

  test('can be listened to by many, each ending on its own', async () => {
    const { connection, broker } = await scene();
    const seen: string[] = [];
    const listener = ({ type }: ConnectionStatus) => void seen.push(type);
    const stopFirst = connection.onStatus(listener);
    const stopSecond = connection.onStatus(listener);
    broker.session.error('one');
    await settle();
    stopFirst();
    broker.session.error('two');
    await settle();
    stopSecond();
    await connection.close();
    assert.deepEqual(seen, ['broker-error', 'broker-error', 'broker-error']);
  });

  test('a listener that throws stops neither the others nor the connection', async () => {
    const { connection, broker } = await scene();
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.message);
    process.on('warning', hear);
    connection.onStatus(() => {
      throw new Error('the listener is broken');
    });
    const seen: string[] = [];
    connection.onStatus(({ type }) => void seen.push(type));
    broker.session.error('odd');
    await until(() => warnings.length === 1, 'the warning');
    process.off('warning', hear);
    assert.deepEqual(seen, ['broker-error']);
    assert.deepEqual(warnings, ['the listener is broken']);
    await connection.send('/queue/a', 'x');
    await connection.close();
  });
});

test('a connection that is lost while a SUBSCRIBE is unanswered closes at once', async () => {
  const { connection, broker } = await scene();
  broker.ignore('SUBSCRIBE');
  const failed = assert.rejects(connection.subscribe('/queue/a'), {
    code: 'STOMP_NET_NOT_CONNECTED',
  });
  await settle();
  const closing = connection.close();
  await settle();
  broker.session.drop();
  await closing;
  await failed;
  assert.equal(connection.state, 'closed');
});

test('the same with an ack mode that needs no UNSUBSCRIBE', async () => {
  const { connection, broker } = await scene();
  broker.ignore('SUBSCRIBE');
  const failed = assert.rejects(connection.subscribe('/queue/a', { ack: 'client' }));
  await settle();
  const closing = connection.close();
  await settle();
  broker.session.drop();
  await closing;
  await failed;
});
