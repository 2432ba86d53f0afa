/** What a listener may be told beside its handler, over the embedded broker. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type ListenerContext,
  listener,
  type MessagingEvent,
  queue,
  withCorrelationId,
} from 'stompbox';
import type { IdempotencyStore } from 'stompbox/idempotency';
import { embeddedBroker } from '../support/embedded.js';
import { gate, Inbox } from '../support/events.js';

const retry = { immediateMs: [0], delayedMs: [2], jitter: 0 };

async function scene(t: TestContext) {
  const { messaging } = await embeddedBroker(t);
  const events = new Inbox<MessagingEvent>();
  messaging.onEvent(events.add);
  const until = async (type: MessagingEvent['type'], count = 1) => {
    const found = () => events.items.filter((event) => event.type === type);
    while (found().length < count) await events.until(events.items.length + 1);
    return found();
  };
  return { messaging, events, until };
}

describe('idempotency', () => {
  const memory = () => {
    const done = new Set<string>();
    const busy = new Set<string>();
    const asked: string[] = [];
    const store: IdempotencyStore = {
      async begin(key) {
        asked.push(key);
        if (done.has(key)) return 'done';
        if (busy.has(key)) return 'busy';
        busy.add(key);
        return 'new';
      },
      async finish(key) {
        busy.delete(key);
        done.add(key);
      },
      async forget(key) {
        busy.delete(key);
      },
    };
    return { store, asked, done, busy };
  };

  test('a message that was handled before is acknowledged without its handler', async (t) => {
    const { messaging, until } = await scene(t);
    const { store, done, asked } = memory();
    let calls = 0;
    const handler = () => {
      calls += 1;
    };
    await messaging.consume(handler, { queue: 'a', name: 'L', idempotency: store });
    await messaging.send('/queue/a', 1);
    await until('consumed');
    // As if the ACK had been lost: the same message once more.
    const key = asked[0] ?? '';
    assert.ok(done.has(key));
    asked.length = 0;
    const id = key.slice('L '.length);
    await messaging.send('/queue/a', 1, { headers: { 'x-original-message-id': id } });
    await until('duplicate');
    assert.deepEqual([calls, asked], [1, [key]]);
    assert.equal(messaging.snapshot().listeners[0]?.counts.duplicates, 1);
  });

  test('a handler that failed may be called again with the message', async (t) => {
    const { messaging, until } = await scene(t);
    const { store } = memory();
    const attempts: number[] = [];
    const handler = (_body: unknown, { attempt }: ListenerContext) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
    };
    await messaging.consume(handler, { queue: 'a', retry, idempotency: store });
    await messaging.send('/queue/a', 1);
    await until('consumed');
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  test('a store that fails costs nothing but time: the message is delivered again', async (t) => {
    const { messaging, until } = await scene(t);
    const { store } = memory();
    let failures = 1;
    const flaky: IdempotencyStore = {
      ...store,
      begin: async (key, claimMs) => {
        failures -= 1;
        if (failures >= 0) throw new Error('no database');
        return await store.begin(key, claimMs);
      },
    };
    const handle = await messaging.consume(() => undefined, { queue: 'a', idempotency: flaky });
    await messaging.send('/queue/a', 1);
    await until('settle-failed');
    await handle.close();
    await messaging.consume(() => undefined, { queue: 'a', idempotency: flaky });
    await until('consumed');
  });
});

describe('a handler knows', () => {
  test('the correlation id of its message, and what it sends carries it on', async (t) => {
    const { messaging } = await scene(t);
    const seen = new Inbox<readonly [string | undefined, string]>();
    await messaging.consume(
      async (_body, context) => {
        await context.messaging.send('/queue/b', 1);
        await messaging.send('/queue/c', 1);
      },
      { queue: 'a' },
    );
    const note = (_body: unknown, { destination, correlationId }: ListenerContext) =>
      seen.add([destination, correlationId]);
    await messaging.consume(note, { destinations: ['/queue/b', '/queue/c'] });
    await withCorrelationId('request-7', () => messaging.send('/queue/a', 1));
    assert.deepEqual([...(await seen.until(2))].sort(), [
      ['/queue/b', 'request-7'],
      ['/queue/c', 'request-7'],
    ]);
  });

  test('when its time is over', async (t) => {
    const { messaging, until } = await scene(t);
    const reasons: unknown[] = [];
    const handler = async (_body: unknown, { signal, attempt }: ListenerContext) => {
      if (attempt > 1) return;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason.code);
    };
    const options = { queue: 'a', timeoutMs: 5, retry: { immediateMs: [0], delayedMs: [1] } };
    await messaging.consume(handler, options);
    await messaging.send('/queue/a', 1);
    const [failed] = await until('attempt-failed');
    await until('consumed');
    assert.deepEqual(reasons, ['STOMP_LISTEN_TIMEOUT']);
    assert.equal(failed?.type === 'attempt-failed' && failed.next, 'delayed-retry');
  });

  test('that the service closes soon', async (t) => {
    const { messaging } = await scene(t);
    const begun = gate();
    const handler = async (_body: unknown, { signal }: ListenerContext) => {
      begun.open();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    await messaging.consume(handler, { queue: 'a' });
    await messaging.send('/queue/a', 1);
    await begun.promise;
    // It obeys at 80 % of the time, so closing ends in order.
    await messaging.close({ timeoutMs: 1_000 });
    assert.equal(messaging.snapshot().state, 'closed');
  });
});

describe('requests', () => {
  test('are answered by what a handler returns, typed by their destination', async (t) => {
    const { messaging } = await scene(t);
    const squares = queue<number>('squares');
    await messaging.consume(
      listener(squares, { concurrency: 2 }, async (n) => ({ square: n * n })),
    );
    const replies = await Promise.all(
      [1, 2, 3].map((n) => messaging.request<{ square: number }>(squares, n)),
    );
    assert.deepEqual(replies, [{ square: 1 }, { square: 4 }, { square: 9 }]);
  });

  test('that end as dead letters are answered with the error', async (t) => {
    const { messaging } = await scene(t);
    const handler = () => {
      throw Object.assign(new Error('no such article'), { code: 'ERR_ARTICLE' });
    };
    await messaging.consume(handler, { queue: 'prices', retry: false });
    await assert.rejects(messaging.request('/queue/prices', 17), {
      code: 'STOMP_REQUEST_FAILED',
      remoteCode: 'ERR_ARTICLE',
      message: /no such article/,
    });
  });
});

describe('several messages together', () => {
  test('are sent when the work succeeds', async (t) => {
    const { messaging, until } = await scene(t);
    const seen = new Inbox<unknown>();
    await messaging.consume(seen.add, { queue: 'a' });
    const result = await messaging.transaction(async (sender) => {
      await sender.send('/queue/a', 1);
      await sender.send('/queue/a', 2);
      return 'done';
    });
    assert.equal(result, 'done');
    assert.deepEqual(await seen.until(2), [1, 2]);
    assert.equal((await until('sent', 2)).length, 2);
  });

  test('are not sent when it fails', async (t) => {
    const { messaging } = await scene(t);
    const seen = new Inbox<unknown>();
    await messaging.consume(seen.add, { queue: 'a' });
    const work = messaging.transaction(async (sender) => {
      await sender.send('/queue/a', 'never');
      throw new Error('changed my mind');
    });
    await assert.rejects(work, /changed my mind/);
    await messaging.send('/queue/a', 'after');
    assert.deepEqual(await seen.until(1), ['after']);
  });
});

test('the snapshot tells how each listener is doing', async (t) => {
  const { messaging, until } = await scene(t);
  assert.equal(messaging.snapshot().connection.state, 'none');
  const handling = gate();
  await messaging.consume(() => handling.promise, { queue: 'a', name: 'L', concurrency: 2 });
  await messaging.send('/queue/a', 1);
  await until('received');
  const { state, connection, listeners } = messaging.snapshot();
  assert.deepEqual(
    [state, connection.state, connection.profile],
    ['open', 'connected', 'stompbox'],
  );
  const [one] = listeners;
  assert.ok(one);
  assert.deepEqual(
    [one.listener, one.subscribedTo, one.state, one.circuit, one.handlingCount],
    ['L', '/queue/a', 'running', 'closed', 1],
  );
  assert.ok(one.confirmedAtMs !== undefined && one.oldestHandlingSinceMs !== undefined);
  assert.equal(one.counts.received, 1);
  handling.open();
  await until('consumed');
  assert.deepEqual(messaging.snapshot().listeners[0]?.counts.consumed, 1);
});

test('what is said wrong about a listener is refused before anything is subscribed', async (t) => {
  const { messaging } = await scene(t);
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ ack: 'auto' }, /option ack of consume\(\) must be 'onSuccess', 'first' or 'manual'/],
    [{ batch: { size: 0 } }, /option batch of consume\(\) must be an object/],
    [{ rateLimit: { max: 1 } }, /option rateLimit of consume\(\) must be an object/],
    [{ idempotency: {} }, /option idempotency of consume\(\) must be an idempotency store/],
    [{ retries: 3 }, /did you mean "retry"/],
    [{ retry: { immediate: [1] } }, /did you mean "immediateMs"/],
    [{ circuit: { probeMs: 1 } }, /circuit\.probeMs does not exist/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(
      messaging.consume(() => undefined, { queue: 'a', ...options }),
      message,
    );
  }
  assert.deepEqual(messaging.snapshot().listeners, []);
});
