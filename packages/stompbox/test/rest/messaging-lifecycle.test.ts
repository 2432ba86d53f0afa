import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError } from '@stompbox/client';
import { type ListenerHandle, OptionsError } from 'stompbox';
import { type LifecycleOptions, messagingLifecycle } from 'stompbox/rest';
import { gate, settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { ManualTimers } from '../support/manual-timers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { FakeMessaging, handleOf } from './fake-messaging.js';

const away = () => Promise.reject(ConnectionError.of('STOMP_NET_REFUSED', ['host:1']));
const onOrder = { onMessage: () => undefined };

function scene(options: LifecycleOptions = {}) {
  const fake = new FakeMessaging();
  const timers = new ManualTimers();
  const logger = new MemoryLogger();
  const lifecycle = messagingLifecycle(
    {
      messaging: fake.messaging,
      listeners: [onOrder],
      logger,
      ...options,
    },
    timers.clock,
  );
  return { fake, timers, logger, lifecycle };
}

describe('starting', () => {
  test('in the mode fail rejects while the broker is away', async () => {
    const { fake, lifecycle } = scene({ startup: 'fail' });
    fake.onConsume = away;
    await assert.rejects(lifecycle.start(), { code: 'STOMP_NET_REFUSED' });
  });

  test('without listeners proves the connection', async () => {
    const { fake, lifecycle } = scene({ startup: 'fail', listeners: [] });
    fake.onConnect = away;
    await assert.rejects(lifecycle.start(), { code: 'STOMP_NET_REFUSED' });
  });

  test('in the mode retry waits until the broker is there', async () => {
    const { fake, timers, logger, lifecycle } = scene({ startup: 'retry' });
    fake.onConsume = away;
    let isStarted = false;
    const starting = lifecycle.start().then(() => {
      isStarted = true;
    });
    await settled();
    assert.deepEqual(timers.delaysMs, [1_000]);
    timers.fire();
    await settled();
    assert.deepEqual(timers.delaysMs, [2_000]);
    assert.equal(isStarted, false);
    assert.match(logger.lines[0] ?? '', /warn: messaging starts again in 1000 ms: host:1 refused/);
    fake.onConsume = async () => handleOf(() => undefined);
    timers.fire();
    await starting;
    assert.equal(lifecycle.state, 'started');
  });

  test('in the mode retry still rejects for what another try cannot mend', async () => {
    const { fake, lifecycle } = scene({ startup: 'retry' });
    fake.onConsume = () => Promise.reject(new OptionsError('STOMP_OPT_INVALID', 'no such queue'));
    await assert.rejects(lifecycle.start(), { code: 'STOMP_OPT_INVALID' });
  });

  test('in the background does not wait, and the log says what cannot be mended', async () => {
    const { fake, logger, lifecycle } = scene();
    const consuming = gate<ListenerHandle>();
    fake.onConsume = () => consuming.promise;
    await lifecycle.start();
    assert.equal(lifecycle.state, 'started');
    const broken = scene();
    broken.fake.onConsume = () => Promise.reject(new OptionsError('STOMP_OPT_INVALID', 'no queue'));
    await broken.lifecycle.start();
    await settled();
    assert.deepEqual(logger.lines, []);
    assert.deepEqual(broken.logger.lines, ['error: messaging did not start: no queue']);
  });

  test('connects in the background where there is no listener', async () => {
    const { fake, lifecycle } = scene({ listeners: [] });
    let isConnected = false;
    fake.onConnect = async () => {
      isConnected = true;
      return new FakeConnection().connection;
    };
    await lifecycle.start();
    assert.equal(isConnected, true);
  });
});

describe('ending', () => {
  test('stops the listeners first and closes the service last, once', async () => {
    const { fake, lifecycle } = scene();
    const journal: string[] = [];
    fake.onConsume = async () => handleOf(() => journal.push('listener'));
    await lifecycle.start();
    await settled();
    await lifecycle.stopListeners();
    assert.deepEqual([journal, fake.isClosed, lifecycle.state], [['listener'], false, 'draining']);
    await lifecycle.close();
    await lifecycle.close();
    assert.deepEqual([journal, fake.isClosed, lifecycle.state], [['listener'], true, 'closed']);
  });

  test('waits for listeners no longer than the settings say, and closes the service', async () => {
    const { fake, timers, logger, lifecycle } = scene();
    const stuck = () => new Promise<void>(() => undefined);
    fake.onConsume = async () => ({ ...handleOf(() => undefined), close: stuck });
    await lifecycle.start();
    await settled();
    const closing = lifecycle.close();
    assert.deepEqual(timers.delaysMs, [20_000]);
    timers.fire();
    await closing;
    assert.equal(fake.isClosed, true);
    assert.deepEqual(fake.closedWith, { timeoutMs: 5_000 });
    assert.match(logger.lines.join(), /warn: listeners have not finished within 20000 ms/);
  });

  test('ends a start that waits for the broker', async () => {
    const { fake, timers, logger, lifecycle } = scene();
    fake.onConsume = away;
    await lifecycle.start();
    await settled();
    await lifecycle.close();
    await settled();
    assert.deepEqual(timers.delaysMs, []);
    assert.equal(logger.lines.filter((line) => line.startsWith('error')).length, 0);
  });

  test('closes a listener that starts too late', async () => {
    const { fake, lifecycle } = scene();
    const consuming = gate<ListenerHandle>();
    fake.onConsume = () => consuming.promise;
    await lifecycle.start();
    await lifecycle.stopListeners();
    let closed = 0;
    consuming.open(
      handleOf(() => {
        closed += 1;
      }),
    );
    await settled();
    assert.equal(closed, 1);
  });

  test('closes a service that was never started', async () => {
    const { fake, lifecycle } = scene();
    await lifecycle.close();
    assert.equal(fake.isClosed, true);
  });
});

describe('the log', () => {
  test('tells of a listener that has ended by itself', async () => {
    const { fake, logger, lifecycle } = scene();
    const ended = gate<Error | undefined>();
    fake.onConsume = async () => ({ ...handleOf(() => undefined), ended: ended.promise });
    await lifecycle.start();
    ended.open(new Error('lost for good'));
    await settled();
    assert.deepEqual(logger.lines, ['error: fake ended: lost for good']);
  });
});

describe('the options', () => {
  test('say which mode when they are given, else the settings', async () => {
    const settings = { url: '127.0.0.1:1' };
    const made = messagingLifecycle({ settings, startup: 'fail', logger: new MemoryLogger() });
    assert.equal(made.messaging.settings.connection.startup, 'fail');
    await made.close();
    const set = messagingLifecycle({ settings: { ...settings, connection: { startup: 'retry' } } });
    assert.equal(set.messaging.settings.connection.startup, 'retry');
    await set.close();
    const unset = messagingLifecycle({ settings });
    assert.equal(unset.messaging.settings.connection.startup, 'background');
    await unset.close();
  });

  for (const [why, options, code, message] of [
    ['no list', { listeners: onOrder }, 'STOMP_OPT_INVALID', /listeners .* must be a list/],
    ['no listener', { listeners: [{}] }, 'STOMP_OPT_INVALID', /listeners .* must be a list/],
    ['another mode', { startup: 'later' }, 'STOMP_OPT_INVALID', /'background', 'retry' or 'fail'/],
    ['an unknown one', { listener: onOrder }, 'STOMP_OPT_UNKNOWN', /did you mean "listeners"/],
  ] as const) {
    test(`${why}: ${code}`, () => {
      const given = options as object;
      assert.throws(() => messagingLifecycle(given), { code, message });
    });
  }
});
