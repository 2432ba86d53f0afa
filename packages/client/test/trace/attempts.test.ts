/** What `stompbox:connect` and `stompbox:subscribe` tell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import { scene, stage } from '../support/scene.js';
import { refuseConnection, until } from '../support/scripted-broker.js';
import { assertUntold, codeOf, contextsOf, FAILURE, record, SUCCESS, stagesOf } from './record.js';

const AT_BROKER = { peer: 'broker:61613', serverAddress: 'broker', serverPort: 61613 };

describe('an attempt to connect that is traced', () => {
  test('tells with whom it is, and once CONNECTED is there, what kind of broker', async (t) => {
    const events = record(t, 'connect');
    const { broker, options } = stage({ login: 'me', passcode: 'geheim' });
    broker.connected = { version: '1.2', server: 'ActiveMQ/6.1.7' };
    const systems: string[] = [];
    broker.answers.set('CONNECT', (_frame, session) => {
      systems.push(contextsOf(events)[0]?.system ?? '');
      session.write('CONNECTED', broker.connected);
    });
    const connection = await connect('stomp://broker', options);
    const [context] = contextsOf(events);
    assert.deepEqual(stagesOf(events), SUCCESS);
    assert.deepEqual(systems, ['generic'], 'nobody knows it before');
    assert.deepEqual(context, {
      ...AT_BROKER,
      system: 'activemq',
      attempt: 1,
      isReconnect: false,
      result: undefined,
    });
    assertUntold(context, 'geheim');
    await connection.close();
  });

  test('is one for each server, with the error that the status events tell', async (t) => {
    const events = record(t, 'connect');
    const { broker, options, events: statuses } = stage({ profile: 'rabbitmq' });
    broker.onAttempt = ({ host }) => {
      if (host === 'a') refuseConnection();
    };
    const connection = await connect('stomp://x:geheim@a:1,stomp://b:2', options);
    const [first, second] = contextsOf(events);
    assert.deepEqual(stagesOf(events, first), FAILURE);
    assert.deepEqual(stagesOf(events, second), SUCCESS);
    assert.deepEqual([first?.peer, second?.peer], ['a:1', 'b:2']);
    assert.equal(first?.system, 'rabbitmq', 'the option knows it');
    assert.equal(codeOf(first), 'STOMP_NET_REFUSED');
    const failed = statuses.find((status) => status.type === 'connect-failed');
    assert.equal(failed?.error, first?.error);
    assertUntold(first, 'geheim');
    await connection.close();
  });

  test('after a loss says so', async (t) => {
    const { connection, broker, clock } = await scene();
    const events = record(t, 'connect');
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'the reconnect');
    const [context] = contextsOf(events);
    assert.deepEqual([context?.attempt, context?.isReconnect], [1, true]);
    await connection.close();
  });

  test('ends with the reason of the signal that ends it', async (t) => {
    const events = record(t, 'connect');
    const stopped = new AbortController();
    const reason = new Error('enough');
    const { broker, options } = stage({ signal: stopped.signal });
    broker.ignore('CONNECT');
    const connecting = assert.rejects(connect('stomp://broker', options), (e) => e === reason);
    await until(() => broker.sessions.length === 1, 'the attempt');
    stopped.abort(reason);
    await connecting;
    assert.deepEqual(stagesOf(events), FAILURE);
    assert.equal(contextsOf(events)[0]?.error, reason);
  });
});

describe('a subscribe that is traced', () => {
  test('lasts until the broker has confirmed', async (t) => {
    const events = record(t, 'subscribe');
    const { connection, broker } = await scene();
    const before: string[][] = [];
    broker.answers.set('SUBSCRIBE', (frame, session) => {
      before.push(stagesOf(events));
      session.receipt(frame);
    });
    await connection.subscribe('/queue/a', { ack: 'client-individual', id: 'mine' });
    await connection.subscribe('/queue/b');
    const [context, other] = contextsOf(events);
    assert.deepEqual(before[0], ['start', 'end']);
    assert.deepEqual(stagesOf(events, context), SUCCESS);
    assert.deepEqual(context, {
      ...AT_BROKER,
      system: 'generic',
      destination: '/queue/a',
      subscriptionId: 'mine',
      ack: 'client-individual',
      result: undefined,
    });
    assert.deepEqual([other?.subscriptionId, other?.ack], ['sub-1', 'auto']);
    await connection.close();
  });

  test('tells why the broker refused', async (t) => {
    const events = record(t, 'subscribe');
    const { connection, broker } = await scene();
    broker.answers.set('SUBSCRIBE', (frame, session) => {
      session.error('no', { 'receipt-id': frame.headers.get('receipt') ?? '' });
    });
    const code = 'STOMP_BROKER_REFUSED';
    await assert.rejects(connection.subscribe('/queue/a'), { code });
    assert.deepEqual(stagesOf(events), FAILURE);
    assert.equal(codeOf(contextsOf(events)[0]), code);
    await connection.close();
  });
});
