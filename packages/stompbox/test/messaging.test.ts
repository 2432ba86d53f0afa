/** The service itself, on a connection without a broker: connecting, sending, closing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError, type ConnectOptions } from '@stompbox/client';
import { createMessaging, OptionsError, resolveSettings, Secret } from 'stompbox';
import { gate, settled } from './support/events.js';
import { FakeConnection } from './support/fake-connection.js';
import { MemoryLogger } from './support/memory-logger.js';

const settings = resolveSettings({ user: 'app', password: new Secret('geheim') }, { env: {} });

function onFakes(...fakes: readonly FakeConnection[]) {
  const connects: { url: string; options: ConnectOptions }[] = [];
  const logger = new MemoryLogger();
  const messaging = createMessaging(settings, {
    logger,
    now: () => 1_000,
    async connect(url, options) {
      const fake = fakes[connects.length];
      connects.push({ url, options });
      if (fake === undefined) throw ConnectionError.of('STOMP_NET_REFUSED', ['fake:1']);
      return fake.connection;
    },
  });
  return { connects, logger, messaging };
}

describe('the message service', () => {
  test('connects at its first use, once, with the login of the settings', async () => {
    const { connects, messaging } = onFakes(new FakeConnection());
    assert.equal(connects.length, 0);
    await Promise.all([messaging.sendToQueue(1), messaging.sendToTopic(2)]);
    await messaging.getConnection();
    assert.equal(connects.length, 1);
    assert.equal(connects[0]?.url, 'stomp://127.0.0.1:61613');
    assert.equal(connects[0]?.options.login, 'app');
    assert.equal(connects[0]?.options.passcode, 'geheim');
  });

  test('sends to the queue and the topic of the settings and where it is told', async () => {
    const fake = new FakeConnection();
    const { messaging } = onFakes(fake);
    await messaging.sendToQueue({ content: 'hello' });
    await messaging.sendToTopic('plain');
    await messaging.send('/queue/other', Buffer.from('x'), { timeToLiveMs: 500 });
    assert.deepEqual(
      fake.sends.map(({ destination, body }) => [destination, String(body)]),
      [
        ['/queue/SampleQueue', '{"content":"hello"}'],
        ['/topic/SampleTopic', 'plain'],
        ['/queue/other', 'x'],
      ],
    );
    assert.equal(fake.sends[2]?.options.headers?.['expires'], 1_500);
  });

  test('a send resolves only after the receipt', async () => {
    const fake = new FakeConnection();
    const receipt = gate();
    fake.onSend = () => receipt.promise;
    const { messaging } = onFakes(fake);
    let isConfirmed = false;
    const sending = messaging.sendToQueue(1).then(() => {
      isConfirmed = true;
    });
    await settled();
    assert.equal(isConfirmed, false);
    receipt.open();
    await sending;
    assert.equal(fake.sends[0]?.options.receipt, undefined, "the client's default asks for one");
  });

  test('a wrong body does not even connect', async () => {
    const { connects, messaging } = onFakes(new FakeConnection());
    await assert.rejects(messaging.sendToQueue({ a: 1n }), OptionsError);
    assert.deepEqual(connects, []);
  });

  test('a failed connect is told, and the next use tries again', async () => {
    const { connects, messaging } = onFakes();
    await assert.rejects(messaging.sendToQueue(1), { code: 'STOMP_NET_REFUSED' });
    await assert.rejects(
      messaging.consume(() => undefined),
      { code: 'STOMP_NET_REFUSED' },
    );
    assert.equal(connects.length, 2);
  });

  test('after a connection is gone for good, the next use makes a new one', async () => {
    const first = new FakeConnection();
    const second = new FakeConnection();
    const { messaging } = onFakes(first, second);
    await messaging.sendToQueue(1);
    first.lose(new Error('gone'));
    await settled();
    await messaging.sendToQueue(2);
    assert.deepEqual(second.journal, ['send /queue/SampleQueue']);
  });

  test('when one of two subscriptions is refused, the other is given up', async () => {
    const fake = new FakeConnection();
    fake.onSubscribe = (destination) =>
      destination.startsWith('/topic/') ? Promise.reject(new Error('no')) : Promise.resolve();
    const { messaging } = onFakes(fake);
    await assert.rejects(
      messaging.consume(() => undefined),
      /no/,
    );
    assert.equal(fake.journal.at(-1), 'unsubscribe /queue/SampleQueue');
  });

  test('tells the log when the connection is lost and back', async () => {
    const fake = new FakeConnection();
    const { logger, messaging } = onFakes(fake);
    await messaging.getConnection();
    const error = ConnectionError.of('STOMP_NET_LOST', ['fake:1', 'no power']);
    fake.tell({ type: 'reconnecting', error });
    fake.tell({
      type: 'connected',
      peer: 'fake:2',
      version: '1.2',
      server: undefined,
      isReconnect: true,
    });
    assert.deepEqual(logger.lines, [
      'warn: The connection to fake:1 was lost: no power; connecting again',
      'info: connected again to fake:2',
    ]);
  });
});

describe('a send that waits for the connection', () => {
  function whileConnecting() {
    const connecting = gate<FakeConnection>();
    const timers: { callback: () => void; delayMs: number }[] = [];
    let nowMs = 0;
    const messaging = createMessaging(settings, {
      connect: async () => (await connecting.promise).connection,
      clock: {
        now: () => nowMs,
        setTimer(callback, delayMs) {
          timers.push({ callback, delayMs });
          return () => undefined;
        },
      },
    });
    const pass = (ms: number) => {
      nowMs += ms;
    };
    return { connecting, messaging, timers, pass };
  }

  test('is given up after its timeout', async () => {
    const { messaging, timers } = whileConnecting();
    const sending = messaging.sendToQueue(1, { timeoutMs: 500 });
    await settled();
    assert.deepEqual(
      timers.map(({ delayMs }) => delayMs),
      [500],
    );
    timers[0]?.callback();
    await assert.rejects(sending, { code: 'STOMP_NET_TIMEOUT_NOT_SENT' });
  });

  test('has only the rest of its timeout for the receipt', async () => {
    const { connecting, messaging, pass } = whileConnecting();
    const sending = messaging.sendToQueue(1, { timeoutMs: 500 });
    await settled();
    pass(200);
    const fake = new FakeConnection();
    connecting.open(fake);
    await sending;
    assert.equal(fake.sends[0]?.options.timeoutMs, 300);
  });

  test('is given up when its signal says so, before and while it waits', async () => {
    const { messaging } = whileConnecting();
    const reason = new Error('the request was aborted');
    await assert.rejects(messaging.sendToQueue(1, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const sending = messaging.sendToQueue(1, { signal: controller.signal });
    await settled();
    controller.abort(reason);
    await assert.rejects(sending, reason);
  });
});
