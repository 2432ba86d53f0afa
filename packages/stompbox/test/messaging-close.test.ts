/** How the service ends: in order, and in time also where something would never end by itself. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createMessaging, type MessagingCloseOptions, resolveSettings } from 'stompbox';
import { gate, settled } from './support/events.js';
import { FakeConnection } from './support/fake-connection.js';
import { ManualTimers } from './support/manual-timers.js';
import { MemoryLogger } from './support/memory-logger.js';

const settings = resolveSettings({}, { env: {} });

function onFake() {
  const fake = new FakeConnection();
  const connects: string[] = [];
  const logger = new MemoryLogger();
  const timers = new ManualTimers();
  const messaging = createMessaging(settings, {
    logger,
    clock: timers.clock,
    async connect(url) {
      connects.push(url);
      return fake.connection;
    },
  });
  return { connects, fake, logger, messaging, timers };
}

/** Connects everyone and answers nothing else; resolves when it has got a SEND. */
async function silentBroker(context: TestContext): Promise<{ url: string; sent: Promise<void> }> {
  const sockets = new Set<Socket>();
  const sent = gate();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const text = chunk.toString();
      if (/^(CONNECT|STOMP)\n/.test(text)) socket.write('CONNECTED\nversion:1.2\n\n\0');
      if (/^SEND\n/m.test(text)) sent.open();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `stomp://127.0.0.1:${address.port}`, sent: sent.promise };
}

describe('closing the message service', () => {
  test('gives up connecting when only a listener waits for it', async () => {
    let signal: AbortSignal | undefined;
    const messaging = createMessaging(settings, {
      connect: (_url, options) =>
        new Promise((_resolve, reject) => {
          signal = options.signal;
          signal?.addEventListener('abort', () => reject(signal?.reason));
        }),
    });
    const consuming = messaging.consume(() => undefined);
    await settled();
    await messaging.close();
    assert.equal(signal?.aborted, true);
    await assert.rejects(consuming, { code: 'STOMP_NET_CLOSED' });
  });

  test('waits for what is being sent, then closes the connection', async () => {
    const { fake, messaging } = onFake();
    const receipt = gate();
    fake.onSend = () => receipt.promise;
    const sending = messaging.sendToQueue(1);
    await settled();
    const closing = messaging.close();
    await settled();
    assert.deepEqual(fake.journal, ['send /queue/SampleQueue']);
    receipt.open();
    await Promise.all([sending, closing]);
    assert.deepEqual(fake.journal, ['send /queue/SampleQueue', 'close']);
  });

  test('twice is closing once', async () => {
    const { fake, messaging } = onFake();
    await messaging.getConnection();
    await Promise.all([messaging.close(), messaging.close(), messaging[Symbol.asyncDispose]()]);
    assert.deepEqual(fake.journal, ['close']);
  });

  test('without ever having connected does nothing', async () => {
    const { connects, messaging } = onFake();
    await messaging.close();
    assert.deepEqual(connects, []);
  });

  test('refuses every use afterwards', async () => {
    const { messaging } = onFake();
    await messaging.close();
    const code = 'STOMP_NET_NOT_CONNECTED';
    await assert.rejects(messaging.sendToQueue(1), { code });
    await assert.rejects(
      messaging.consume(() => undefined),
      { code },
    );
    await assert.rejects(messaging.getConnection(), { code });
  });
});

describe('closing the message service ends', () => {
  test('at once while a send waits for a broker that is down for ever', async () => {
    const url = 'failover:(stomp://127.0.0.1:1)?startupMaxReconnectAttempts=-1';
    const messaging = createMessaging(resolveSettings({ url }, { env: {} }));
    const sending = messaging.sendToQueue(1);
    const refused = assert.rejects(sending, { code: 'STOMP_NET_CLOSED' });
    await settled();
    await messaging.close();
    await refused;
  });

  test('without a connection that comes too late', async () => {
    const fake = new FakeConnection();
    const connecting = gate<FakeConnection>();
    const messaging = createMessaging(settings, {
      connect: async () => (await connecting.promise).connection,
    });
    const refused = assert.rejects(messaging.sendToQueue(1), { code: 'STOMP_NET_CLOSED' });
    const closing = messaging.close();
    connecting.open(fake);
    await Promise.all([refused, closing]);
    assert.deepEqual(fake.journal, ['close']);
  });

  test('after 25 seconds although a handler hangs, and says whose', async () => {
    const { fake, logger, messaging, timers } = onFake();
    const onMessage = function orders() {
      return new Promise(() => undefined);
    };
    const handle = await messaging.consume(onMessage, { queue: 'a', concurrency: 3 });
    fake.subscriptions[0]?.deliver('m0', '0');
    fake.subscriptions[0]?.deliver('m1', '1');
    await settled();
    const handleClosing = handle.close();
    const closing = messaging.close();
    await settled();
    // The slow handler's, the hint to handlers at 80 %, and the end.
    assert.deepEqual(timers.delaysMs, [30_000, 20_000, 25_000]);
    timers.fire();
    await assert.rejects(closing, {
      code: 'STOMP_NET_TIMEOUT_CLOSE',
      message:
        /within 25000 ms and was cut; still open: orders with 2 messages from \/queue\/a \(ids m0, m1\)\./,
    });
    assert.deepEqual(logger.lines, [
      'error: closing was cut short; still open: orders with 2 messages from /queue/a (ids m0, m1)',
    ]);
    assert.equal(fake.journal.at(-1), 'close');
    await handleClosing;
    await assert.rejects(messaging.sendToQueue(1), { code: 'STOMP_NET_NOT_CONNECTED' });
  });

  test('without the backlog of a topic, which it counts', async () => {
    const { fake, logger, messaging, timers } = onFake();
    const handling = gate();
    const seen: unknown[] = [];
    const onMessage = async function news(body: unknown) {
      seen.push(body);
      await handling.promise;
    };
    await messaging.consume(onMessage, { topic: 'a' });
    for (const id of ['0', '1', '2']) fake.subscriptions[0]?.deliver(`m${id}`, id);
    await settled();
    const closing = messaging.close({ timeoutMs: 400 });
    await settled();
    assert.deepEqual(timers.delaysMs, [30_000, 320, 400]);
    timers.fire();
    await assert.rejects(closing, { code: 'STOMP_NET_TIMEOUT_CLOSE' });
    handling.open();
    await settled();
    assert.deepEqual(seen, [0]);
    assert.deepEqual(logger.lines, [
      'error: closing was cut short; still open: news with 1 message from /topic/a (ids m0)',
      'error: news left 2 messages from /topic/a unhandled',
    ]);
  });

  test('when its signal aborts, and what is being sent is told', async (t) => {
    const { url, sent } = await silentBroker(t);
    const logger = new MemoryLogger();
    const messaging = createMessaging(resolveSettings({ url }, { env: {} }), { logger });
    const refused = assert.rejects(messaging.sendToQueue(1), { code: 'STOMP_NET_MAYBE_DELIVERED' });
    await sent;
    const reason = new Error('the supervisor is impatient');
    await assert.rejects(messaging.close({ signal: AbortSignal.abort(reason) }), reason);
    await refused;
    assert.equal(logger.lines[0], 'error: closing was cut short; still open: 1 send');
  });

  test('only with options that it knows', async () => {
    const { messaging } = onFake();
    await assert.rejects(messaging.close({ timeoutMs: 0 }), {
      code: 'STOMP_OPT_INVALID',
      message: 'The option timeoutMs of close() must be a whole number from 1 to 2147483647, not 0',
    });
    const misspelt = { timeout: 5 } as MessagingCloseOptions;
    await assert.rejects(messaging.close(misspelt), { code: 'STOMP_OPT_UNKNOWN' });
    await messaging.sendToQueue('still open');
  });

  test('does not wait for a SUBSCRIBE that is never confirmed', async () => {
    const { fake, messaging } = onFake();
    let given: AbortSignal | undefined;
    fake.onSubscribe = (_destination, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        given = signal;
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    const consuming = messaging.consume(() => undefined, { queue: 'a' });
    const refused = assert.rejects(consuming, { code: 'STOMP_NET_CLOSED' });
    await settled();
    assert.equal(given?.aborted, false);
    await messaging.close();
    await refused;
    assert.equal(fake.journal.at(-1), 'close');
  });
});
