/** Retries and dead letters over a real broker, by schedule and by hold queues. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { connect, type ProfileName } from '@stompbox/client';
import {
  createMessaging,
  FAILURE_HEADERS,
  type ListenerContext,
  type Messaging,
  type MessagingEvent,
  queue,
  type RetryOptions,
  resolveSettings,
  startBroker,
  UnrecoverableError,
} from 'stompbox';
import { z } from 'zod';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';

/** `generic`: the client is told of no schedule and of no transactions, so both ways are walked. */
const PROFILES: readonly ProfileName[] = ['stompbox', 'generic'];

const retry: RetryOptions = { immediateMs: [0], delayedMs: [5, 20], jitter: 0 };

async function scene(t: TestContext, profile: ProfileName) {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  t.after(() => broker.close());
  const url = broker.connectors[0]?.url ?? '';
  const events = new Inbox<MessagingEvent>();
  const service = (): Messaging => {
    const messaging = createMessaging(resolveSettings({ url, profile }, { env: {} }), {
      logger: new MemoryLogger(),
    });
    messaging.onEvent(events.add);
    t.after(() => messaging.close());
    return messaging;
  };
  const ofType = <T extends MessagingEvent['type']>(type: T) =>
    events.items.filter((event): event is MessagingEvent & { type: T } => event.type === type);
  const until = async (type: MessagingEvent['type'], count = 1) => {
    while (ofType(type).length < count) await events.until(events.items.length + 1);
  };
  return { url, service, ofType, until };
}

/** The dead letters of a queue, taken. */
async function deadLetters(t: TestContext, url: string, name: string, count: number) {
  const connection = await connect(url);
  t.after(() => connection.close());
  const subscription = await connection.subscribe(`/queue/DLQ.${name}`);
  const found = [];
  for await (const message of subscription) {
    found.push({ text: message.text(), headers: message.headers.toObject() });
    if (found.length === count) break;
  }
  return found;
}

for (const profile of PROFILES) {
  describe(`with the words of ${profile}`, () => {
    test('a message is tried until its handler succeeds, and carries on its headers', async (t) => {
      const { service, ofType, until } = await scene(t, profile);
      const seen: unknown[] = [];
      const handler = (body: unknown, context: ListenerContext) => {
        seen.push([body, context.attempt, context.headers.get('region'), context.correlationId]);
        if (context.attempt < 4) throw new Error(`not yet ${context.attempt}`);
      };
      await service().consume(handler, { queue: 'orders', retry });
      const options = { headers: { region: 'EU' }, correlationId: 'c7', timeToLiveMs: 60_000 };
      await service().send('/queue/orders', { id: 7 }, options);
      await until('consumed');
      assert.deepEqual(
        seen,
        [1, 2, 3, 4].map((attempt) => [{ id: 7 }, attempt, 'EU', 'c7']),
      );
      const by = ofType('retried').map((event) => [event.attempt, event.delayMs, event.by]);
      const way = profile === 'stompbox' ? 'schedule' : 'hold';
      assert.deepEqual(by, [
        [2, 5, way],
        [3, 20, way],
      ]);
      assert.deepEqual(ofType('dead-lettered'), []);
    });

    test('one that always fails ends in its dead letter queue with its story', async (t) => {
      const { url, service, ofType, until } = await scene(t, profile);
      class PriceMissing extends Error {
        override name = 'PriceMissing';
        readonly code = 'ERR_PRICE';
      }
      const handler = () => {
        throw new PriceMissing('no price for 17');
      };
      await service().consume(handler, { queue: 'orders', retry, name: 'pricing' });
      await service().send('/queue/orders', 'x', { timeToLiveMs: 60_000 });
      await until('dead-lettered');
      const [dead] = await deadLetters(t, url, 'orders', 1);
      assert.ok(dead);
      assert.equal(dead.text, 'x');
      const { headers } = dead;
      const expected = {
        [FAILURE_HEADERS.originalDestination]: '/queue/orders',
        [FAILURE_HEADERS.attempt]: '4',
        [FAILURE_HEADERS.maxAttempts]: '4',
        [FAILURE_HEADERS.failureClass]: 'PriceMissing',
        [FAILURE_HEADERS.failureCode]: 'ERR_PRICE',
        [FAILURE_HEADERS.failureMessage]: 'no price for 17',
        [FAILURE_HEADERS.listener]: 'pricing',
        [FAILURE_HEADERS.failureFingerprint]: ofType('dead-lettered')[0]?.fingerprint,
      };
      for (const [name, value] of Object.entries(expected))
        assert.equal(headers[name], value, name);
      assert.match(headers[FAILURE_HEADERS.failureStack] ?? '', /PriceMissing: no price.*\n\s+at /);
      assert.ok(headers[FAILURE_HEADERS.originalMessageId]);
      assert.match(headers[FAILURE_HEADERS.originalExpires] ?? '', /^\d{13}$/);
      assert.equal(headers['expires'] ?? '0', '0', 'a dead letter never expires');
      assert.equal(headers[FAILURE_HEADERS.retryAt], undefined);
      const [firstAt, lastAt] = [
        headers[FAILURE_HEADERS.firstFailureAt] ?? '',
        headers[FAILURE_HEADERS.lastFailureAt] ?? '',
      ];
      assert.ok(new Date(firstAt) <= new Date(lastAt));
    });

    test('what no retry can mend is a dead letter at once', async (t) => {
      const { url, service, ofType, until } = await scene(t, profile);
      const Order = z.object({ id: z.number() });
      const orders = queue('orders', { schema: Order });
      let calls = 0;
      const handler = () => {
        calls += 1;
        throw new UnrecoverableError('no such customer');
      };
      const messaging = service();
      const { listener } = await import('stompbox');
      await messaging.consume(listener(orders, { retry }, handler));
      await messaging.send('/queue/orders', { id: 'seven' });
      await messaging.send(orders, { id: 7 });
      await until('dead-lettered', 2);
      assert.equal(calls, 1);
      assert.deepEqual(ofType('retried'), []);
      const codes = (await deadLetters(t, url, 'orders', 2)).map(
        ({ headers }) => headers[FAILURE_HEADERS.failureCode],
      );
      assert.deepEqual(codes, ['STOMP_OPT_SCHEMA', 'STOMP_LISTEN_UNRECOVERABLE']);
    });

    test('a handler may ask for another try later, or for the dead letter queue', async (t) => {
      const { service, ofType, until } = await scene(t, profile);
      const handler = async (body: unknown, context: ListenerContext) => {
        if (body === 'later' && context.attempt === 1) {
          await context.retryLater({ delayMs: 3, reason: 'stock is being counted' });
        }
        if (body === 'dead') await context.deadLetter('spam');
      };
      await service().consume(handler, { queue: 'orders', retry });
      const producer = service();
      await producer.send('/queue/orders', 'later');
      await producer.send('/queue/orders', 'dead');
      await until('consumed');
      await until('dead-lettered');
      assert.deepEqual(
        ofType('retried').map(({ delayMs, error }) => [delayMs, error]),
        [[3, 'stock is being counted']],
      );
      assert.deepEqual(
        ofType('consumed').map(({ body, attempt }) => [body, attempt]),
        [['later', 2]],
      );
      assert.deepEqual(
        ofType('dead-lettered').map(({ error }) => error),
        ['spam'],
      );
    });

    test('a topic message that fails is tried at once, then dead-lettered', async (t) => {
      const { url, service, until } = await scene(t, profile);
      let calls = 0;
      const handler = () => {
        calls += 1;
        throw new Error('boom');
      };
      await service().consume(handler, { topic: 'news', retry });
      await service().send('/topic/news', 'x');
      await until('dead-lettered');
      assert.equal(calls, 2);
      const [dead] = await deadLetters(t, url, 'news', 1);
      assert.equal(dead?.headers[FAILURE_HEADERS.originalDestination], '/topic/news');
    });
  });
}

test('held messages come back when a listener starts later, and wait while there is none', async (t) => {
  const { service, ofType, until } = await scene(t, 'generic');
  const first = service();
  const handler = (_body: unknown, { attempt }: ListenerContext) => {
    if (attempt === 1) throw new Error('not yet');
  };
  const options = { queue: 'orders', retry: { immediateMs: [], delayedMs: [60_000], jitter: 0 } };
  await first.consume(handler, options);
  await first.send('/queue/orders', 'x');
  await until('retried');
  await first.close();
  assert.equal(ofType('consumed').length, 0);
  // A day later, as its clock says.
  const later = createMessaging(
    resolveSettings({ url: first.settings.url, profile: 'generic' }, { env: {} }),
    {
      logger: new MemoryLogger(),
      now: () => Date.now() + 86_400_000,
    },
  );
  t.after(() => later.close());
  const attempts = new Inbox<number>();
  await later.consume((_body, { attempt }) => attempts.add(attempt), options);
  assert.deepEqual(await attempts.until(1), [2]);
});
