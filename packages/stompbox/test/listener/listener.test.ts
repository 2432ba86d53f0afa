/** How a listener gets its messages, what happens when it fails, and how it drains. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError } from '@stompbox/client';
import {
  type ConsumeOptions,
  createMessaging,
  type ListenerDefinition,
  type ListenerFunction,
  listener,
  type Message,
  type MessageListener,
  resolveSettings,
} from 'stompbox';
import { gate, settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';

function messagingOnFake(fake = new FakeConnection()) {
  const logger = new MemoryLogger();
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    logger,
    connect: async () => fake.connection,
  });
  return { fake, logger, messaging };
}

/** Starts a listener on one destination and gives the broker's side of it. */
async function listen(
  target: MessageListener | ListenerFunction | ListenerDefinition,
  options: ConsumeOptions = { queue: 'a' },
) {
  const parts = messagingOnFake();
  const handle = await parts.messaging.consume(target, options);
  const [subscription] = parts.fake.subscriptions;
  assert.ok(subscription);
  return { ...parts, handle, subscription };
}

describe('a listener', () => {
  test('is subscribed to the queue and topic of the settings when none is named', async () => {
    const { fake, messaging } = messagingOnFake();
    const handle = await messaging.consume(() => undefined);
    assert.deepEqual(fake.journal, [
      'subscribe /queue/SampleQueue client-individual prefetch=1',
      'subscribe /topic/SampleTopic auto',
    ]);
    assert.deepEqual(handle.destinations, ['/queue/SampleQueue', '/topic/SampleTopic']);
  });

  test('is subscribed to what it names, each once', async () => {
    const { fake, messaging } = messagingOnFake();
    await messaging.consume(() => undefined, {
      queue: 'a',
      destinations: ['/queue/a', '/temp-queue/b', '/temp-topic/c'],
      concurrency: 3,
      selector: 'x = 1',
    });
    assert.deepEqual(fake.journal, [
      'subscribe /queue/a client-individual prefetch=3 selector=x = 1',
      'subscribe /temp-queue/b client-individual prefetch=3 selector=x = 1',
      'subscribe /temp-topic/c auto selector=x = 1',
    ]);
  });

  test('given as a definition brings its own destination and options', async () => {
    const definition = listener('/queue/own', { concurrency: 2, prefetch: 9 }, () => undefined);
    const { fake, messaging } = messagingOnFake();
    await messaging.consume(definition);
    await messaging.consume(definition, { queue: 'other', prefetch: 4 });
    assert.deepEqual(fake.journal, [
      'subscribe /queue/own client-individual prefetch=9',
      'subscribe /queue/other client-individual prefetch=4',
    ]);
  });

  test('given as a class keeps its this, and gets the body and the message', async () => {
    class Orders implements MessageListener<{ id: number }> {
      readonly seen: unknown[] = [];
      onMessage(order: { id: number }, message: Message): void {
        this.seen.push(order.id, message.messageId);
      }
    }
    const orders = new Orders();
    const { subscription, handle } = await listen(orders as MessageListener);
    subscription.deliver('m1', '{"id":7}');
    await settled();
    assert.deepEqual(orders.seen, [7, 'm1']);
    assert.equal(handle.name, 'Orders');
  });

  test('a listener without a name of its own is called listener', async () => {
    const { handle } = await listen({ onMessage: () => {} });
    assert.equal(handle.name, 'listener');
  });

  test('acknowledges a queue message only after its handler has finished', async () => {
    const handling = gate();
    const { fake, subscription } = await listen(() => handling.promise);
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(fake.journal.slice(1), []);
    handling.open();
    await settled();
    assert.deepEqual(fake.journal.slice(1), ['ack m1 with receipt']);
  });

  test('never acknowledges a topic message', async () => {
    const seen: unknown[] = [];
    const { fake, subscription } = await listen((body) => seen.push(body), { topic: 'a' });
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(seen, [1]);
    assert.deepEqual(fake.journal, ['subscribe /topic/a auto']);
  });

  test('handles one message after the other', async () => {
    const gates = [gate(), gate()];
    const begun: unknown[] = [];
    const { subscription } = await listen((body) => {
      begun.push(body);
      return gates[begun.length - 1]?.promise;
    });
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(begun, [0]);
    gates[0]?.open();
    await settled();
    assert.deepEqual(begun, [0, 1]);
  });

  test('handles as many at once as its concurrency says', async () => {
    const gates = [gate(), gate(), gate()];
    const begun: number[] = [];
    const handler = (body: unknown) => {
      begun.push(Number(body));
      return gates[Number(body)]?.promise;
    };
    const { subscription } = await listen(handler, { queue: 'a', concurrency: 2 });
    for (const index of [0, 1, 2]) subscription.deliver(`m${index}`, String(index));
    await settled();
    assert.deepEqual(begun, [0, 1]);
    gates[1]?.open();
    await settled();
    assert.deepEqual(begun, [0, 1, 2]);
  });

  test('goes on while the confirmation of an ack is under way', async () => {
    const begun: unknown[] = [];
    const { subscription } = await listen((body) => begun.push(body));
    subscription.onSettle = () => new Promise(() => undefined);
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(begun, [0, 1]);
  });
});

describe('a listener whose handler fails', () => {
  const failing = (calls: unknown[]): MessageListener => ({
    onMessage(body) {
      if (body === 0) throw new Error('boom');
      calls.push(['handled', body]);
    },
    onError(error, message) {
      calls.push(['failed', String(error), message?.messageId]);
    },
  });
  const once = { queue: 'a', retry: false } as const;

  test('hears of it, sends a dead letter before it acks, and goes on', async () => {
    const calls: unknown[] = [];
    const { fake, subscription, logger } = await listen(failing(calls), once);
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(calls, [
      ['failed', 'Error: boom', 'm0'],
      ['handled', 1],
    ]);
    assert.deepEqual(fake.journal.slice(1), [
      'send /queue/DLQ.a',
      'ack m0 with receipt',
      'ack m1 with receipt',
    ]);
    assert.match(
      logger.lines.join(),
      /^error: .* failed on message m0 from \/queue\/a \(attempt 1 of 1, .*\): Error: boom/,
    );
  });

  test('that rejects is treated like one that throws', async () => {
    const { fake, subscription } = await listen(() => Promise.reject(new Error('boom')), once);
    subscription.deliver('m0', '0');
    await settled();
    assert.deepEqual(fake.journal.slice(1), ['send /queue/DLQ.a', 'ack m0 with receipt']);
  });

  test('is tried at once again, then later', async () => {
    let calls = 0;
    const retry = { immediateMs: [0, 0], delayedMs: [5000], jitter: 0 };
    const { fake, subscription } = await listen(
      () => {
        calls += 1;
        throw new Error('boom');
      },
      { queue: 'a', retry },
    );
    subscription.deliver('m0', '0');
    await settled();
    assert.equal(calls, 3);
    assert.deepEqual(fake.journal.slice(1), ['send /queue/a', 'ack m0 with receipt']);
    const { headers } = fake.sends[0]?.options ?? {};
    assert.equal(headers?.['AMQ_SCHEDULED_DELAY'], 5000);
    assert.equal(headers?.['x-attempt'], '3');
  });

  test('goes on even if onError fails too', async () => {
    const { fake, subscription, logger } = await listen(
      {
        onMessage: () => Promise.reject(new Error('first')),
        onError: () => Promise.reject(new Error('second')),
      },
      once,
    );
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(
      fake.journal.filter((line) => line.startsWith('ack')),
      ['ack m0 with receipt', 'ack m1 with receipt'],
    );
    assert.match(logger.lines[0] ?? '', /^error: onError of .* failed: Error: second/);
  });

  test('goes on when an ack is refused, with a warning', async () => {
    const seen: unknown[] = [];
    const { subscription, logger } = await listen((body) => seen.push(body));
    subscription.onSettle = () => Promise.reject(new Error('stale'));
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(seen, [0, 1]);
    assert.match(
      logger.lines[0] ?? '',
      /^warn: message m0 .* could not be settled and may be delivered again: stale$/,
    );
  });

  test('never sees a message that says it is JSON and is not: it is a dead letter', async () => {
    const seen: unknown[] = [];
    const { fake, subscription } = await listen((body) => seen.push(body));
    subscription.deliver('m1', 'no json', { 'content-type': 'application/json' });
    subscription.deliver('m2', '{}');
    await settled();
    assert.deepEqual(seen, [{}]);
    assert.deepEqual(fake.journal.slice(1), [
      'send /queue/DLQ.a',
      'ack m1 with receipt',
      'ack m2 with receipt',
    ]);
    assert.equal(fake.sends[0]?.options.headers?.['x-failure-code'], 'STOMP_LISTEN_UNREADABLE');
  });
});

describe('closing a listener', () => {
  test('lets the running handler finish and acks before it unsubscribes', async () => {
    const handling = gate();
    const { fake, subscription, handle } = await listen(() => handling.promise);
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    const closing = handle.close();
    await settled();
    assert.deepEqual(fake.journal.slice(1), []);
    handling.open();
    await closing;
    // m1 was sent ahead and not begun: UNSUBSCRIBE gives it back, so it is neither acked nor lost.
    assert.deepEqual(fake.journal.slice(1), ['ack m0 with receipt', 'unsubscribe /queue/a']);
    assert.equal(await handle.ended, undefined);
  });

  test('handles what has arrived from a topic, because nobody else has it', async () => {
    const handling = gate();
    const seen: unknown[] = [];
    const handler = async (body: unknown) => {
      await handling.promise;
      seen.push(body);
    };
    const { fake, subscription, handle } = await listen(handler, { topic: 'a' });
    subscription.deliver('m0', '0');
    subscription.deliver('m1', '1');
    await settled();
    const closing = handle.close();
    await settled();
    assert.deepEqual(fake.journal.slice(1), ['unsubscribe /topic/a']);
    handling.open();
    await closing;
    assert.deepEqual(seen, [0, 1]);
  });

  test('twice is closing once', async () => {
    const { fake, handle } = await listen(() => undefined);
    await Promise.all([handle.close(), handle.close(), handle[Symbol.asyncDispose]()]);
    assert.deepEqual(fake.journal.slice(1), ['unsubscribe /queue/a']);
  });

  test('ends also when the broker does not confirm the UNSUBSCRIBE', async () => {
    const { subscription, handle, logger } = await listen(() => undefined);
    subscription.onUnsubscribe = () => Promise.reject(new Error('no answer'));
    await handle.close();
    assert.match(logger.lines.join(), /warn: .* could not unsubscribe from \/queue\/a: no answer/);
  });

  test('is part of closing the service, while handlers may still send', async () => {
    const handling = gate();
    const { fake, messaging, subscription } = await listen(async () => {
      await handling.promise;
      await messaging.send('/queue/reply', 'done');
    });
    subscription.deliver('m0', '0');
    await settled();
    const closing = messaging.close();
    handling.open();
    await closing;
    assert.deepEqual(fake.journal.slice(1), [
      'send /queue/reply',
      'ack m0 with receipt',
      'unsubscribe /queue/a',
      'close',
    ]);
  });
});

describe('a listener whose connection is gone for good', () => {
  test('hears of it without a message, and its handle tells', async () => {
    const calls: unknown[] = [];
    const { fake, handle, logger } = await listen({
      onMessage: () => undefined,
      onError: (error, message) => calls.push([String(error), message]),
    });
    const error = ConnectionError.of('STOMP_NET_LOST', ['fake:1', 'no power']);
    fake.lose(error);
    assert.equal(await handle.ended, error);
    assert.deepEqual(calls, [[String(error), undefined]]);
    assert.match(logger.lines[0] ?? '', /no longer receives from \/queue\/a: .* no power/);
    await handle.close();
  });
});
