/** How a message ends when its handler, its error or its store makes that hard. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { RequestError } from '@stompbox/client';
import {
  BatchError,
  type ConsumeOptions,
  createMessaging,
  type ListenerContext,
  type ListenerFunction,
  type MessagingEvent,
  OptionsError,
  resolveSettings,
} from 'stompbox';
import { memoryIdempotency } from 'stompbox/idempotency';
import { embeddedBroker } from '../support/embedded.js';
import { gate, Inbox, settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { MovingClock } from '../support/moving-clock.js';

async function scene(t: TestContext) {
  const { messaging } = await embeddedBroker(t);
  const events = new Inbox<MessagingEvent>();
  messaging.onEvent(events.add);
  const ofType = <T extends MessagingEvent['type']>(type: T) =>
    events.items.filter((event): event is MessagingEvent & { type: T } => event.type === type);
  const until = async <T extends MessagingEvent['type']>(type: T, count = 1) => {
    while (ofType(type).length < count) await events.until(events.items.length + 1);
    return ofType(type);
  };
  const listen = (handler: ListenerFunction, options: ConsumeOptions = {}) =>
    messaging.consume(handler, { queue: 'a', name: 'L', ...options });
  return { messaging, events, ofType, until, listen };
}

const retry = { immediateMs: [], delayedMs: [1, 1], jitter: 0 };

describe('an idempotent listener', () => {
  test('gets a message again that its handler has put off', async (t) => {
    const { messaging, until, ofType, listen } = await scene(t);
    const attempts: number[] = [];
    const handler = async (_body: unknown, context: ListenerContext) => {
      attempts.push(context.attempt);
      if (context.attempt === 1) await context.retryLater({ delayMs: 0 });
    };
    await listen(handler, { retry, idempotency: memoryIdempotency() });
    await messaging.send('/queue/a', 1);
    await until('received', 2);
    await until('handled', 2);
    assert.deepEqual(attempts, [1, 2]);
    assert.deepEqual(ofType('duplicate'), []);
  });

  test('gets a message again that was taken back from its dead letter queue', async (t) => {
    const { messaging, until, listen } = await scene(t);
    let calls = 0;
    const handler = async (_body: unknown, context: ListenerContext) => {
      calls += 1;
      if (calls === 1) await context.deadLetter('not now');
    };
    await listen(handler, { idempotency: memoryIdempotency() });
    await messaging.send('/queue/a', 1);
    const [dead] = await until('dead-lettered');
    const id = dead?.message.messageId ?? '';
    await messaging.send('/queue/a', 1, { headers: { 'x-original-message-id': id } });
    await until('consumed');
    assert.equal(calls, 2);
  });

  for (const by of ['group', 'durable'] as const) {
    test(`does not take the message of another ${by} for its own`, async (t) => {
      const { url } = await embeddedBroker(t);
      const settings = resolveSettings({ url, clientId: 'me' }, { env: {} });
      const messaging = createMessaging(settings, { logger: new MemoryLogger() });
      const received = new Inbox<MessagingEvent>();
      messaging.onEvent((event) => event.type === 'received' && received.add(event));
      const seen: string[] = [];
      const shared = { topic: 'VirtualTopic.a', idempotency: memoryIdempotency() };
      for (const name of ['one', 'two']) {
        await messaging.consume(() => seen.push(name), { ...shared, [by]: name });
      }
      await messaging.send('/topic/VirtualTopic.a', 1, { persistent: true });
      await received.until(2);
      await messaging.close();
      assert.deepEqual(seen.sort(), ['one', 'two']);
    });
  }

  test('settles two messages of one name in one batch', async (t) => {
    const { messaging, until, listen } = await scene(t);
    const seen: unknown[] = [];
    const handler = (bodies: unknown) => {
      seen.push(bodies);
    };
    const batch = { size: 2, timeoutMs: 10_000 };
    await listen(handler, { batch, idempotency: memoryIdempotency() });
    const headers = { 'x-original-message-id': 'same' };
    await messaging.send('/queue/a', 1, { headers });
    await messaging.send('/queue/a', 2, { headers });
    await until('duplicate');
    assert.deepEqual(seen, [[1]]);
    assert.equal(messaging.snapshot().listeners[0]?.counts.consumed, 1);
  });
});

describe('an error', () => {
  test('with a text that no header can carry is told all the same', async (t) => {
    const { messaging, until, listen } = await scene(t);
    const handler = () => {
      throw Object.assign(new Error('bad \0 byte'), { code: 'E\0' });
    };
    await listen(handler, { retry: false });
    await messaging.send('/queue/a', 1);
    await until('dead-lettered');
    const inbox = new Inbox<ListenerContext>();
    await messaging.consume((_body, context) => inbox.add(context), { queue: 'DLQ.a' });
    const [dead] = await inbox.until(1);
    assert.equal(dead?.headers.get('x-failure-message'), 'bad \uFFFD byte');
    assert.equal(dead?.headers.get('x-failure-code'), 'E\uFFFD');
  });

  test('of retryIf costs no message: it is retried as without retryIf', async (t) => {
    const { messaging, until, listen } = await scene(t);
    const retryIf = () => {
      throw new TypeError('retryIf is wrong');
    };
    const handler = (_body: unknown, { attempt }: ListenerContext) => {
      if (attempt === 1) throw new Error('not yet');
    };
    await listen(handler, { retry: { ...retry, retryIf } });
    await messaging.send('/queue/a', 1);
    const [consumed] = await until('consumed');
    assert.equal(consumed?.attempt, 2);
  });
});

describe('a BatchError', () => {
  test('of a listener without batch is an error like any other', async (t) => {
    const { messaging, until, ofType, listen } = await scene(t);
    const handler = () => {
      throw new BatchError(new Map());
    };
    await listen(handler, { retry: false });
    await messaging.send('/queue/a', 1);
    await until('dead-lettered');
    assert.deepEqual(ofType('consumed'), []);
  });
});

describe('a handler that decides itself', () => {
  test('is told of a delay that is no whole number, before anything is sent', async (t) => {
    const { messaging, until, listen } = await scene(t);
    const errors: unknown[] = [];
    const handler = async (_body: unknown, context: ListenerContext) => {
      for (const delayMs of [0.5, -1, Number.NaN]) {
        await context.retryLater({ delayMs }).catch((error: unknown) => errors.push(error));
      }
    };
    await listen(handler);
    await messaging.send('/queue/a', 1);
    await until('consumed');
    assert.equal(errors.length, 3);
    for (const error of errors) {
      assert.ok(error instanceof OptionsError);
      assert.match(error.message, /delayMs of retryLater\(\) must be a whole number/);
    }
  });

  test('that a question is a dead letter, has it answered with the reason', async (t) => {
    const { messaging, listen } = await scene(t);
    await listen((_body, context) => context.deadLetter(new Error('no such article')));
    await assert.rejects(messaging.request('/queue/a', 1), (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.code, 'STOMP_REQUEST_FAILED');
      assert.match(error.message, /no such article/);
      return true;
    });
  });

  test('to put a message off and then fails, has had one attempt', async (t) => {
    const { messaging, until, listen } = await scene(t);
    const handler = async (_body: unknown, context: ListenerContext) => {
      if (context.attempt > 1) return;
      await context.retryLater({ delayMs: 0 });
      throw new Error('after that');
    };
    await listen(handler, { retry });
    await messaging.send('/queue/a', 1);
    const [failed] = await until('attempt-failed');
    assert.deepEqual([failed?.attempt, failed?.next], [1, 'nothing']);
  });
});

describe('a question', () => {
  test('whose answer the broker refuses, is handled no more than twice', async (t) => {
    const { messaging, until, ofType, listen } = await scene(t);
    await listen(() => 'an answer');
    await messaging.send('/queue/a', 1, { replyTo: '/queue/' });
    await until('consumed');
    assert.equal(ofType('handled').length, 2);
  });
});

describe('a listener on a topic', () => {
  test('has no later tries, and says so', async (t) => {
    const { messaging, until, ofType } = await scene(t);
    const seen: string[] = [];
    const handler = (_body: unknown, { attempt, maxAttempts }: ListenerContext) => {
      seen.push(`${attempt} of ${maxAttempts}`);
      throw new Error('no');
    };
    await messaging.consume(handler, { topic: 'a', retry: { immediateMs: [0] } });
    await messaging.send('/topic/a', 1);
    await until('dead-lettered');
    assert.deepEqual(seen, ['1 of 2', '2 of 2']);
    assert.deepEqual(
      ofType('attempt-failed').map(({ next }) => next),
      ['immediate-retry', 'dead-letter'],
    );
  });
});

describe('batches', () => {
  test('are no more at a time than the concurrency, also when their time is over', async () => {
    const fake = new FakeConnection();
    const clock = new MovingClock();
    const messaging = createMessaging(resolveSettings({}, { env: {} }), {
      logger: new MemoryLogger(),
      clock,
      connect: async () => fake.connection,
    });
    const first = gate();
    const begun: unknown[] = [];
    const handler = async (bodies: unknown) => {
      begun.push(bodies);
      if (begun.length === 1) await first.promise;
    };
    await messaging.consume(handler, { queue: 'a', batch: { size: 10, timeoutMs: 100 } });
    const step = async (messageId?: string) => {
      if (messageId !== undefined) fake.subscriptions[0]?.deliver(messageId, messageId);
      await settled();
      clock.move(100);
      await settled();
    };
    await step('1');
    await step('2');
    assert.deepEqual(begun, [[1]]);
    first.open();
    await step();
    assert.deepEqual(begun, [[1], [2]]);
  });
});

describe('a message whose session is gone', () => {
  test('while it waited in a batch, is not handled, and no copy of it is sent', async () => {
    const fake = new FakeConnection();
    const clock = new MovingClock();
    const messaging = createMessaging(resolveSettings({}, { env: {} }), {
      logger: new MemoryLogger(),
      clock,
      connect: async () => fake.connection,
    });
    const seen: unknown[] = [];
    const handler = (bodies: unknown) => {
      seen.push(bodies);
      throw new Error('no');
    };
    const batch = { size: 10, timeoutMs: 100 };
    await messaging.consume(handler, { queue: 'a', batch, prefetch: 9, retry: false });
    fake.subscriptions[0]?.deliver('1', '1');
    await settled();
    fake.tell({ type: 'reconnecting', error: new Error('lost') });
    fake.subscriptions[0]?.deliver('1', '1');
    await settled();
    clock.move(100);
    await settled();
    assert.deepEqual(seen, [[1]]);
    assert.deepEqual(
      fake.journal.filter((line) => line.startsWith('send')),
      ['send /queue/DLQ.a'],
    );
  });
});

describe('a listener that is closed', () => {
  test('leaves a message whose copy is refused to the broker', async () => {
    const fake = new FakeConnection();
    const messaging = createMessaging(resolveSettings({}, { env: {} }), {
      logger: new MemoryLogger(),
      clock: new MovingClock(),
      connect: async () => fake.connection,
    });
    fake.onSend = () => Promise.reject(new Error('no right to write'));
    const handler = () => Promise.reject(new Error('no'));
    const handle = await messaging.consume(handler, { queue: 'a', retry: false });
    fake.subscriptions[0]?.deliver('m1', '1');
    await settled();
    await handle.close();
    assert.deepEqual(fake.journal.slice(1), ['send /queue/DLQ.a', 'unsubscribe /queue/a']);
  });
});

describe('messages of a topic that wait for their batch', () => {
  async function waiting() {
    const fake = new FakeConnection();
    const logger = new MemoryLogger();
    const messaging = createMessaging(resolveSettings({}, { env: {} }), {
      logger,
      clock: new MovingClock(),
      connect: async () => fake.connection,
    });
    const seen: unknown[] = [];
    const batch = { size: 10, timeoutMs: 100 };
    await messaging.consume((bodies) => seen.push(bodies), { topic: 'a', batch });
    fake.subscriptions[0]?.deliver('m1', '1');
    await settled();
    return { fake, logger, messaging, seen };
  }

  test('are handled when the connection is gone for good', async () => {
    const { fake, seen } = await waiting();
    fake.lose(new Error('gone'));
    await settled();
    assert.deepEqual(seen, [[1]]);
  });

  test('are told when the service is cut', async () => {
    const { fake, logger, messaging, seen } = await waiting();
    const [subscription] = fake.subscriptions;
    assert.ok(subscription);
    subscription.onUnsubscribe = () => new Promise(() => undefined);
    const reason = new Error('cut');
    await assert.rejects(messaging.close({ signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(seen, []);
    assert.match(logger.lines.join('\n'), /left 1 message from \/topic\/a unhandled/);
  });
});

describe('a claim', () => {
  test('is given back when the ACK before the handler has failed', async () => {
    const fake = new FakeConnection();
    const messaging = createMessaging(resolveSettings({}, { env: {} }), {
      logger: new MemoryLogger(),
      connect: async () => fake.connection,
    });
    const idempotency = memoryIdempotency();
    const seen: unknown[] = [];
    await messaging.consume((body) => seen.push(body), { queue: 'a', ack: 'first', idempotency });
    const [subscription] = fake.subscriptions;
    assert.ok(subscription);
    subscription.onSettle = () => Promise.reject(new Error('lost'));
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(seen, []);
    subscription.onSettle = () => Promise.resolve();
    subscription.deliver('m1', '1');
    await settled();
    assert.deepEqual(seen, [1]);
  });
});

describe('a dead letter', () => {
  test('that was sent back and fails once more, is a dead letter again', async (t) => {
    const { messaging, until, listen } = await scene(t);
    await listen(() => Promise.reject(new Error('no')), { retry: false });
    const dead = new Inbox<ListenerContext>();
    await messaging.consume((_body, context) => dead.add(context), { queue: 'DLQ.a' });
    await messaging.send('/queue/a', 1);
    const [first] = await dead.until(1);
    assert.ok(first);
    const story = [...first.headers].filter(([name]) => name.startsWith('x-'));
    await messaging.send('/queue/a', 1, { headers: Object.fromEntries(story) });
    await until('dead-lettered', 2);
    assert.equal((await dead.until(2)).length, 2);
  });

  test('is tried as often as other messages, in its own queue or sent back', async (t) => {
    const { messaging, until, listen } = await scene(t);
    await listen(() => Promise.reject(new Error('no')), { retry });
    const seen: string[] = [];
    const onDead = (_body: unknown, { attempt, maxAttempts }: ListenerContext) => {
      seen.push(`${attempt} of ${maxAttempts}`);
      if (attempt < 3) throw new Error('not yet');
    };
    await messaging.consume(onDead, { queue: 'DLQ.a', retry });
    await messaging.send('/queue/a', 1);
    await until('consumed');
    assert.deepEqual(seen, ['1 of 3', '2 of 3', '3 of 3']);
  });
});
