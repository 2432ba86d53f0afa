/** What health finds out about the service and its connection, and when. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError, TimeoutError } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { settled } from '../support/events.js';
import { componentOf, scene } from './scene.js';

describe('the connection', () => {
  test('is asked for at once, and every 5 s while there is none', async (context) => {
    const { service, clock, codes, check } = scene(context, {}, (fake) => {
      fake.connection.state = 'none';
      fake.onConnect = () => Promise.reject(new Error('nobody listens on broker:61613'));
    });
    assert.equal(service.asked, 1);
    await clock.advance(5_000);
    const asked = service.asked;
    await clock.advance(20_000);
    assert.equal(service.asked - asked, 4);
    assert.deepEqual(await codes('ready'), ['not-connected']);
    assert.deepEqual(await codes('live'), [], 'a new process would not connect either');
    const { reason } = componentOf(await check(), 'ready', 'connection');
    assert.match(reason ?? '', /there is no connection: nobody listens/);
  });

  test('is never made with connect false', async (context) => {
    const { service, clock, codes } = scene(context, { connect: false }, (fake) => {
      fake.connection.state = 'none';
    });
    await clock.advance(60_000);
    assert.equal(service.asked, 0);
    assert.deepEqual(await codes('ready'), ['not-connected']);
  });

  test('that never was is not started; one that was stays so', async (context) => {
    const { service, codes } = scene(context, {}, (fake) => {
      fake.connection.state = 'connecting';
    });
    await settled();
    assert.deepEqual(await codes('started'), ['not-started']);
    service.connection.state = 'connected';
    assert.deepEqual(await codes('started'), []);
    service.loses();
    assert.deepEqual(await codes('started'), []);
  });

  test('that is being restored is not ready at once, and ready again when it is back', async (context) => {
    const { service, codes, check } = scene(context);
    service.loses(new Error('reset by peer'));
    assert.deepEqual(await codes('ready'), ['not-connected']);
    assert.deepEqual(await codes('live'), []);
    const { reason } = componentOf(await check(), 'ready', 'connection');
    assert.equal(reason, 'the connection is reconnecting: reset by peer');
    service.comesBack();
    assert.deepEqual(await codes('ready'), []);
  });

  test('that is lost three times in a minute is a loop until the minute is over', async (context) => {
    const { service, clock, codes } = scene(context);
    for (let loss = 1; loss <= 3; loss += 1) {
      assert.deepEqual(await codes('ready'), []);
      service.loses();
      service.comesBack();
      await clock.advance(10_000);
    }
    assert.deepEqual(await codes('ready'), ['reconnect-loop']);
    assert.deepEqual(await codes('live'), []);
    await clock.advance(29_000);
    assert.deepEqual(await codes('ready'), ['reconnect-loop']);
    await clock.advance(1_000);
    assert.deepEqual(await codes('ready'), []);
  });
});

describe('silence', () => {
  test('of the broker is broken by a question, and is dead after silentMs', async (context) => {
    const { service, clock, codes } = scene(context, { silentMs: 30_000 });
    await clock.advance(2_000);
    const { fakeConnection } = service;
    fakeConnection.isSilent = true;
    fakeConnection.bytesIn = 100;
    await clock.advance(1_000);
    await clock.advance(14_000);
    assert.equal(fakeConnection.rtts, 0);
    await clock.advance(1_000);
    assert.equal(fakeConnection.rtts, 1);
    await clock.advance(14_000);
    assert.deepEqual(await codes('live'), []);
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), ['silent']);
    assert.deepEqual(await codes('ready'), ['silent']);
    assert.equal(fakeConnection.rtts, 1, 'once is enough');
    fakeConnection.bytesIn = 101;
    assert.deepEqual(await codes('live'), []);
  });

  test('of a broker that answers when asked is nothing', async (context) => {
    const { service, clock, codes } = scene(context, { silentMs: 30_000 });
    await clock.advance(300_000);
    assert.deepEqual(await codes('live'), []);
    assert.ok(service.fakeConnection.rtts >= 15);
  });

  test('while this process stood still is not the fault of the broker', async (context) => {
    const { service, clock, codes } = scene(context, { silentMs: 30_000 });
    service.fakeConnection.isSilent = true;
    await clock.advance(2_000);
    clock.jump(600_000);
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), []);
  });
});

describe('sends', () => {
  test('that get no answer are not possible for a while, or until one does', async (context) => {
    const { service, clock, codes } = scene(context);
    const fail = () =>
      service.emit({
        type: 'send-failed',
        destination: '/queue/a',
        error: TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', ['SEND', 15_000]),
      });
    fail();
    assert.deepEqual(await codes('ready'), ['sends-failing']);
    assert.deepEqual(await codes('live'), []);
    const sent = { destination: '/queue/a', body: 1, correlationId: undefined, durationMs: 1 };
    service.emit({ type: 'sent', ...sent });
    assert.deepEqual(await codes('ready'), []);
    fail();
    await clock.advance(30_000);
    assert.deepEqual(await codes('ready'), [], 'somebody must try again');
  });

  test('that found no connection say nothing about the next one', async (context) => {
    const { service, codes } = scene(context);
    service.loses();
    service.emit({
      type: 'send-failed',
      destination: '/queue/a',
      error: TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', ['SEND', 5_000]),
    });
    assert.deepEqual(await codes('ready'), ['not-connected', 'sends-failing']);
    service.comesBack();
    assert.deepEqual(await codes('ready'), []);
  });

  test('that the broker refuses got an answer', async (context) => {
    const { service, codes } = scene(context);
    const frame = {
      command: 'ERROR',
      headers: FrameHeaders.from({ message: 'not allowed' }),
      body: new Uint8Array(),
    } as const;
    const error = BrokerError.refused('SEND', frame);
    service.emit({ type: 'send-failed', destination: '/queue/a', error });
    assert.deepEqual(await codes('ready'), []);
  });
});

describe('the service', () => {
  test('is not ready while it drains, but alive; closed it connects no more', async (context) => {
    const { service, clock, codes } = scene(context);
    const listener = service.runs('A');
    for (const state of ['draining', 'closing'] as const) {
      service.state = state;
      listener.state = 'draining';
      assert.deepEqual(await codes('ready'), ['draining']);
      assert.deepEqual(await codes('live'), []);
    }
    service.state = 'closed';
    service.connection.state = 'none';
    listener.state = 'closed';
    assert.deepEqual(await codes('ready'), ['closed', 'not-connected']);
    assert.deepEqual(await codes('live'), []);
    const asked = service.asked;
    await clock.advance(60_000);
    assert.equal(service.asked, asked);
  });
});

describe('the event loop', () => {
  test('that stood still for maxLagMs within windowMs is not alive', async (context) => {
    const { lag, clock, codes } = scene(context);
    lag.ms = 4_999;
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), []);
    lag.ms = 5_000;
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), ['event-loop-blocked']);
    assert.deepEqual(await codes('ready'), []);
    lag.ms = 3;
    await clock.advance(9_000);
    assert.deepEqual(await codes('live'), ['event-loop-blocked']);
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), []);
  });
});

describe('health itself', () => {
  test('tells changes to listeners and to the log, once each', async (context) => {
    const { service, clock, logger, onChange } = scene(context);
    const told: string[] = [];
    onChange(() => {
      throw new Error('a listener of mine');
    });
    const stop = onChange((report) => told.push(report.status));
    await clock.advance(5_000);
    service.loses();
    await clock.advance(5_000);
    service.comesBack();
    await clock.advance(5_000);
    stop();
    service.loses();
    await clock.advance(5_000);
    assert.deepEqual(told, ['failed', 'ok']);
    assert.deepEqual(
      logger.lines.filter((line) => !line.includes('a listener of mine')),
      [
        'warn: health: not-connected: broker:61613: the connection is reconnecting: it went',
        'info: health: all is well',
        'warn: health: not-connected: broker:61613: the connection is reconnecting: it went',
      ],
    );
    assert.match(logger.lines.join('\n'), /error: .*a listener of mine/);
  });

  test('leaves nothing behind when it is closed', async (context) => {
    const { clock, service, close } = scene(context);
    await clock.advance(5_000);
    await close();
    await close();
    assert.equal(clock.timerCount, 0);
    assert.equal(service.eventListenerCount, 0);
  });
});
