import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError, connect } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { scene, stage, typesOf } from './support/scene.js';
import { refuseConnection, until } from './support/scripted-broker.js';

describe('giving up', () => {
  test('reconnect: false ends the connection at the first loss', async () => {
    const { connection, broker, events } = await scene({ reconnect: false });
    broker.ignore('SEND');
    const sending = assert.rejects(connection.send('/queue/a', 'x'), {
      code: 'STOMP_NET_MAYBE_DELIVERED',
    });
    await settle();
    broker.session.drop();
    await sending;
    const error = await connection.closed;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.code, 'STOMP_NET_LOST');
    assert.equal(connection.state, 'closed');
    assert.deepEqual(typesOf(events).slice(-1), ['closed']);
    await connection.close();
  });

  test('maxAttempts rounds, then what waits is rejected', async () => {
    const all = await scene({ reconnect: { jitter: 'none', maxAttempts: 2 } });
    const { connection, broker } = all;
    await lose(all);
    broker.onAttempt = refuseConnection;
    const sending = assert.rejects(connection.send('/queue/a', 'x'), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_CLOSED');
      assert.match(error.message, /SEND \/queue\/a was not sent/);
      assert.ok(error.cause instanceof ConnectionError);
      return true;
    });
    const subscribing = assert.rejects(connection.subscribe('/queue/a'), {
      code: 'STOMP_NET_REFUSED',
    });
    await all.clock.advance(100);
    await all.clock.advance(200);
    await Promise.all([sending, subscribing]);
    assert.equal((await connection.closed)?.message.includes('refused'), true);
    assert.equal(broker.attempts.length, 3);
  });

  test('sessions that end before they serve the subscriptions count as attempts', async () => {
    const all = await scene({ reconnect: { jitter: 'none', maxAttempts: 3 } });
    const { connection, broker, clock, events } = all;
    await connection.subscribe('/queue/a');
    broker.answers.set('SUBSCRIBE', (_frame, session) => session.drop());
    await lose(all);
    for (const pauseMs of [100, 200, 400]) await clock.advance(pauseMs);
    assert.equal((await connection.closed)?.message.includes('was lost'), true);
    assert.equal(broker.attempts.length, 4);
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'waiting' ? [event.delayMs] : [])),
      [100, 200, 400],
    );
    const failures = events.flatMap((event) => (event.type === 'connect-failed' ? [event] : []));
    assert.deepEqual(
      failures.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.match(failures[0]?.error.message ?? '', /broker:61613 was lost: the broker closed it/);
  });

  test('a session that serves them begins the count again', async () => {
    const all = await scene({ reconnect: { jitter: 'none', maxAttempts: 2 } });
    const { connection, broker, clock } = all;
    await connection.subscribe('/queue/a');
    for (const pauses of [
      [100, 200],
      [400, 800],
    ]) {
      broker.answers.set('SUBSCRIBE', (_frame, session) => session.drop());
      await lose(all);
      await clock.advance(pauses[0] ?? 0);
      broker.answers.delete('SUBSCRIBE');
      await recover(all, pauses[1]);
    }
    await connection.close();
  });

  test('a login that is refused at a reconnect is not tried again', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await lose(all);
    broker.answers.set('CONNECT', (_frame, session) => session.error('password is invalid'));
    await all.clock.advance(100);
    const error = await connection.closed;
    assert.ok(error && 'code' in error);
    assert.equal(error.code, 'STOMP_BROKER_LOGIN');
    assert.equal(broker.attempts.length, 2);
  });

  test('another ERROR at a reconnect is tried again', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await lose(all);
    broker.answers.set('CONNECT', (_frame, session) => session.error('Client c already connected'));
    await all.clock.advance(100);
    await until(() => broker.attempts.length === 2, 'the refused attempt');
    broker.answers.delete('CONNECT');
    await recover(all, 200);
    await connection.close();
  });
});

describe('pauses', () => {
  test('grow up to their limit, and start small again after a stable connection', async () => {
    const reconnect = { initialDelayMs: 10, maxDelayMs: 50, jitter: 'none' } as const;
    const all = await scene({ reconnect });
    const { connection, broker, clock, events } = all;
    const pauses = () => events.flatMap((e) => (e.type === 'waiting' ? [e.delayMs] : []));
    await lose(all);
    broker.onAttempt = refuseConnection;
    for (const delayMs of [10, 20, 40, 50]) await clock.advance(delayMs);
    broker.onAttempt = () => {};
    await recover(all, 50);
    assert.deepEqual(pauses(), [10, 20, 40, 50, 50]);
    await lose(all);
    assert.deepEqual(pauses().slice(5), [50], 'a connection that breaks at once proves nothing');
    await recover(all, 50);
    await clock.advance(10_000);
    await lose(all);
    assert.deepEqual(pauses().slice(6), [10]);
    await connection.close();
  });

  test('with jitter are a random part of that', async () => {
    const randoms = [0.5, 0, 0.999];
    const { options, broker, clock, events } = stage({
      reconnect: { initialDelayMs: 1000, jitter: 'full' },
      random: () => randoms.shift() ?? 0,
      startup: { maxAttempts: 4 },
    });
    broker.onAttempt = refuseConnection;
    const failed = assert.rejects(connect('stomp://mq', options), { code: 'STOMP_NET_REFUSED' });
    await settle();
    for (const delayMs of [500, 0, 3996]) await clock.advance(delayMs);
    await failed;
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'waiting' ? [event.delayMs] : [])),
      [500, 0, 3996],
    );
  });
});
