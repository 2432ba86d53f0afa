import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError, connect } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { stage, typesOf } from './support/scene.js';
import { refuseConnection, until } from './support/scripted-broker.js';

describe('several servers', () => {
  test('are tried in order until one answers', async () => {
    const { broker, options } = stage();
    broker.onAttempt = ({ host }) => {
      if (host !== 'c') refuseConnection();
    };
    const connection = await connect(['stomp://a:1', 'stomp://b:2', 'stomp://c:3'], options);
    assert.deepEqual(broker.attempts, ['a:1', 'b:2', 'c:3']);
    assert.equal(connection.peer, 'c:3');
    await connection.close();
  });

  test('that all fail are listed in the error, after one round by default', async () => {
    const { broker, options } = stage();
    broker.onAttempt = refuseConnection;
    await assert.rejects(connect('stomp://a:1,stomp://b:2', options), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_UNREACHABLE');
      assert.match(error.message, /None of 2 servers .*a:1 refused.*b:2 refused/);
      assert.ok(error.cause instanceof AggregateError);
      assert.equal(error.cause.errors.length, 2);
      return true;
    });
    assert.deepEqual(broker.attempts, ['a:1', 'b:2']);
  });

  test('are tried in rounds with a pause between', async () => {
    const { broker, clock, options, events } = stage({ startup: { maxAttempts: 3 } });
    broker.onAttempt = refuseConnection;
    const failed = assert.rejects(connect('stomp://a,stomp://b', options));
    await settle();
    assert.equal(broker.attempts.length, 2);
    await clock.advance(99);
    assert.equal(broker.attempts.length, 2);
    await clock.advance(1);
    assert.equal(broker.attempts.length, 4);
    await clock.advance(200);
    await failed;
    assert.equal(broker.attempts.length, 6);
    assert.equal(typesOf(events).filter((type) => type === 'waiting').length, 2);
  });

  test('each have their own credentials and virtual host', async () => {
    const { broker, options } = stage({ login: 'all', passcode: 'p' });
    broker.onAttempt = ({ host }) => {
      if (host === 'a') refuseConnection();
    };
    const connection = await connect('stomp://x:y@a,stomp://b', options);
    const headers = broker.session.frames[0]?.headers;
    assert.equal(headers?.get('login'), 'all');
    assert.equal(headers?.get('host'), 'b');
    await connection.close();
  });

  test('the one that was lost is tried last', async () => {
    const { broker, clock, options } = stage();
    const connection = await connect('stomp://a:1,stomp://b:2', options);
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    assert.deepEqual(broker.attempts, ['a:1', 'b:2']);
    assert.equal(connection.peer, 'b:2');
    broker.onAttempt = refuseConnection;
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    await clock.advance(200);
    assert.deepEqual(broker.attempts.slice(2), ['a:1', 'b:2']);
    await connection.close();
  });
});

describe("ActiveMQ's failover form", () => {
  test('shuffles the servers by the random source', async () => {
    const randoms = [0, 0];
    const { broker, options } = stage({ random: () => randoms.shift() ?? 0 });
    broker.onAttempt = refuseConnection;
    await assert.rejects(connect('failover:(stomp://a:1,stomp://b:1,stomp://c:1)', options));
    assert.deepEqual(broker.attempts, ['b:1', 'c:1', 'a:1']);
  });

  test('keeps the order with randomize=false', async () => {
    const { broker, options } = stage({ random: () => 0 });
    broker.onAttempt = refuseConnection;
    const url = 'failover:(stomp://a:1,stomp://b:1)?randomize=false';
    await assert.rejects(connect(url, options));
    assert.deepEqual(broker.attempts, ['a:1', 'b:1']);
  });

  test('its delays and attempts are obeyed', async () => {
    const { broker, clock, options, events } = stage({ reconnect: { jitter: 'none' } });
    broker.onAttempt = refuseConnection;
    const url =
      'failover:(stomp://a:1)?initialReconnectDelay=10&maxReconnectDelay=25' +
      '&backOffMultiplier=2&startupMaxReconnectAttempts=4';
    const failed = assert.rejects(connect(url, options), { code: 'STOMP_NET_REFUSED' });
    await settle();
    for (const delayMs of [10, 20, 25]) await clock.advance(delayMs);
    await failed;
    assert.equal(broker.attempts.length, 4);
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'waiting' ? [event.delayMs] : [])),
      [10, 20, 25],
    );
  });

  test('maxReconnectAttempts=0 does not reconnect', async () => {
    const { broker, options } = stage();
    const { reconnect: _unused, ...rest } = options;
    const connection = await connect('failover:(stomp://a)?maxReconnectAttempts=0', rest);
    broker.session.drop();
    const error = await connection.closed;
    assert.ok(error && 'code' in error);
    assert.equal(error.code, 'STOMP_NET_LOST');
  });

  test('with priorityBackup begins every round with the first server, even the one that was lost', async () => {
    const { broker, clock, options } = stage();
    const url = 'failover:(stomp://a:1,stomp://b:2,stomp://c:3)?priorityBackup=true';
    const connection = await connect(url, { ...options, random: () => 0 });
    assert.equal(connection.peer, 'a:1');
    broker.onAttempt = ({ host }) => {
      if (host === 'a') refuseConnection();
    };
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'a backup serves');
    assert.equal(connection.peer, 'b:2');
    assert.deepEqual(broker.attempts, ['a:1', 'a:1', 'b:2']);
    await connection.close();
  });
});

describe('a pause', () => {
  test('at the start ends when the signal aborts', async () => {
    const stop = new AbortController();
    const { broker, clock, options } = stage({
      startup: { maxAttempts: Number.POSITIVE_INFINITY },
      signal: stop.signal,
    });
    broker.onAttempt = refuseConnection;
    const failed = assert.rejects(connect('stomp://a', options), { message: 'enough' });
    await settle();
    await clock.advance(100);
    await clock.advance(200);
    assert.equal(broker.attempts.length, 3);
    stop.abort(new Error('enough'));
    await failed;
    await clock.advance(60_000);
    assert.equal(broker.attempts.length, 3);
    assert.equal(clock.timerCount, 0);
  });

  test('during a reconnect ends at once when the connection is closed', async () => {
    const { broker, clock, options } = stage();
    const connection = await connect('stomp://a', options);
    broker.onAttempt = refuseConnection;
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    await clock.advance(100);
    await connection.close();
    assert.equal(await connection.closed, undefined);
    await clock.advance(60_000);
    assert.equal(broker.attempts.length, 2);
  });

  test('during a reconnect keeps the process alive', async () => {
    const { broker, clock, options } = stage();
    const kept: (boolean | undefined)[] = [];
    const connection = await connect('stomp://a', {
      ...options,
      clock: {
        now: () => clock.now(),
        setTimer: (callback, delayMs, timerOptions) => {
          if (delayMs === 100) kept.push(timerOptions?.keepAlive);
          return clock.setTimer(callback, delayMs);
        },
      },
    });
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    assert.deepEqual(kept, [true]);
    await connection.close();
  });
});
