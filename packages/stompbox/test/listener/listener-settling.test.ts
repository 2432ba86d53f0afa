/** How a message ends when its handler, its error or its store makes that hard. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ConsumeOptions, ListenerContext, ListenerFunction, MessagingEvent } from 'stompbox';
import { memoryIdempotency } from 'stompbox/idempotency';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';

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
});
