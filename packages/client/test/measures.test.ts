import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { scene, stage } from './support/scene.js';
import { until } from './support/scripted-broker.js';

describe('the round trip', () => {
  test('is measured by a transaction without content', async () => {
    const { connection, broker, clock } = await scene();
    broker.ignore('BEGIN');
    const measuring = connection.rtt();
    await until(() => broker.session.received('BEGIN').length === 1, 'it begins');
    const [begin] = broker.session.received('BEGIN');
    assert.ok(begin);
    clock.jump(12);
    broker.session.receipt(begin);
    assert.equal(await measuring, 12);
    await until(() => broker.session.received('ABORT').length === 1, 'it is aborted');
    await connection.close();
  });

  test('has an end', async () => {
    const all = await scene();
    all.broker.ignore('BEGIN');
    const measuring = assert.rejects(all.connection.rtt({ timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await until(() => all.broker.session.received('BEGIN').length === 1, 'it begins');
    await all.clock.advance(50);
    await measuring;
    await lose(all);
    await assert.rejects(all.connection.rtt(), { code: 'STOMP_NET_NOT_CONNECTED' });
    await all.connection.close();
  });
});

test('statistics count over all sessions', async () => {
  const all = await scene();
  const { connection, broker } = all;
  const { id } = await connection.subscribe('/queue/a', { ack: 'client' });
  await connection.send('/queue/a', '1');
  broker.session.message(id, '1');
  await until(() => connection.stats().waitingMessages === 1, 'a message waits');
  await lose(all);
  await recover(all);
  const { bytesIn, bytesOut, ...counts } = connection.stats();
  assert.ok(bytesIn > 100 && bytesOut > 100);
  assert.deepEqual(counts, {
    sessions: 2,
    framesIn: 6,
    framesOut: 5,
    messagesIn: 1,
    messagesOut: 1,
    heartBeatsIn: 0,
    heartBeatsOut: 0,
    subscriptions: 1,
    waitingMessages: 0,
    runningHandlers: 0,
    waitingFrames: 0,
    unansweredFrames: 0,
    offlineSends: 0,
    blockedSends: 0,
    droppedSends: 0,
  });
  await connection.close();
});

describe('draining', () => {
  test('ends subscriptions after their handlers, confirms sends, and leaves the connection open', async () => {
    const { connection, broker } = await scene();
    let finish = () => {};
    const { id } = await connection.subscribe('/queue/a', { ack: 'client-individual' }, () => {
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    broker.session.message(id, '1');
    await until(() => connection.stats().runningHandlers === 1, 'a handler runs');
    let isDrained = false;
    const draining = connection.drain().then(() => {
      isDrained = true;
    });
    const sending = connection.send('/queue/b', 'from the handler');
    await sending;
    assert.equal(isDrained, false);
    finish();
    await draining;
    assert.equal(connection.state, 'connected');
    assert.equal(connection.stats().subscriptions, 0);
    await connection.send('/queue/b', 'still open');
    assert.deepEqual(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
  });

  test('waits for handlers as long as it was told, or as close() would', async () => {
    const { connection, broker, clock } = await scene({ closeTimeoutMs: 60_000 });
    let finish = () => {};
    const { id } = await connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }).then(() => message.ack()),
    );
    broker.session.message(id, '1');
    await until(() => connection.stats().runningHandlers === 1, 'a handler runs');
    const draining = connection.drain();
    await clock.advance(40_000);
    assert.deepEqual(broker.session.received('UNSUBSCRIBE'), []);
    finish();
    await draining;
    assert.deepEqual(broker.session.commands.slice(2), ['ACK', 'UNSUBSCRIBE']);
    await connection.close();
  });

  test('that is given up before it begins rejects once', async (t) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    t.after(() => process.off('unhandledRejection', note));
    const { connection } = await scene();
    await connection.subscribe('/queue/a', { ack: 'client-individual' }, () => {});
    const reason = new Error('enough');
    await assert.rejects(connection.drain({ signal: AbortSignal.abort(reason) }), reason);
    await settle();
    assert.deepEqual(unhandled, []);
    await connection.close();
  });

  test('says what is left when it takes too long', async () => {
    const { connection, broker, clock } = await scene();
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', '1');
    const draining = assert.rejects(connection.drain({ timeoutMs: 100 }), {
      code: 'STOMP_NET_TIMEOUT_CLOSE',
      message: /1 unconfirmed frames/,
    });
    await until(() => broker.session.received('SEND').length === 1, 'it is written');
    await clock.advance(100);
    await draining;
    const [sent] = broker.session.received('SEND');
    assert.ok(sent);
    broker.session.receipt(sent);
    await sending;
    await connection.close();
  });
});

describe('before each attempt', () => {
  test('the application may give another passcode and more headers', async () => {
    const tokens = ['first', 'second'];
    const asked: string[] = [];
    const { broker, clock, events, options } = stage({
      login: 'alice',
      passcode: 'old',
      beforeAttempt: async ({ peer, attempt }) => {
        asked.push(`${peer} ${attempt}`);
        return { login: 'alice', passcode: tokens.shift() ?? '', headers: { region: 'eu' } };
      },
    });
    const connection = await connect('stomp://mq:61613', options);
    await lose({ broker, clock, connection, events });
    await recover({ broker, clock, connection, events });
    const passcodes = broker.sessions.map(
      ({ frames }) => frames[0]?.headers.get('passcode') ?? 'none',
    );
    assert.deepEqual(passcodes, ['first', 'second']);
    assert.equal(broker.session.frames[0]?.headers.get('region'), 'eu');
    assert.deepEqual(asked, ['mq:61613 1', 'mq:61613 1']);
    await connection.close();
  });

  test('what it throws fails the attempt', async () => {
    const { options } = stage({
      beforeAttempt: () => {
        throw new Error('no token');
      },
    });
    await assert.rejects(connect('stomp://mq:61613', options), /no token/);
  });

  test('it cannot hold an attempt for ever', async () => {
    const { options, clock } = stage({
      connectTimeoutMs: 100,
      beforeAttempt: () => new Promise(() => {}),
    });
    const connecting = assert.rejects(connect('stomp://mq:61613', options), {
      code: 'STOMP_NET_TIMEOUT_CONNECT',
    });
    await settle();
    await clock.advance(100);
    await connecting;
  });
});
