/** How long the service waits for a connection that does not come. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TimeoutError } from '@stompbox/client';
import { createMessaging, type Messaging, resolveSettings } from 'stompbox';
import { settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { MovingClock } from '../support/moving-clock.js';

function unconnected() {
  const clock = new MovingClock();
  const input = { connection: { startup: 'background', sendTimeoutMs: 700 } } as const;
  const messaging = createMessaging(resolveSettings(input, { env: {} }), {
    logger: new MemoryLogger(),
    clock,
    connect: () => new Promise(() => undefined),
  });
  return { clock, messaging };
}

async function endsAfter(ms: number, call: (messaging: Messaging) => Promise<unknown>) {
  const { clock, messaging } = unconnected();
  const errors: unknown[] = [];
  call(messaging).catch((error: unknown) => errors.push(error));
  await settled();
  clock.move(ms - 1);
  await settled();
  assert.equal(errors.length, 0);
  clock.move(1);
  await settled();
  const [error] = errors;
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.code, 'STOMP_NET_TIMEOUT_NOT_SENT');
}

describe('without a connection', () => {
  test('a request ends when its time is over', () =>
    endsAfter(500, (messaging) => messaging.request('/queue/a', 1, { timeoutMs: 500 })));

  test('a request without a time of its own ends after 15 s', () =>
    endsAfter(15_000, (messaging) => messaging.request('/queue/a', 1)));

  test('a request ends with its signal', async () => {
    const { messaging } = unconnected();
    const stop = new AbortController();
    const asking = messaging.request('/queue/a', 1, { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(asking, reason);
  });

  test('a transaction ends like a send', () =>
    endsAfter(700, (messaging) => messaging.transaction(async () => undefined)));
});

test('a request carries the name that its sender gave it', async () => {
  const fake = new FakeConnection('fake/1', 'rabbitmq');
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    logger: new MemoryLogger(),
    connect: async () => fake.connection,
  });
  const options = { dedupId: 'order-7', signal: AbortSignal.timeout(60_000) };
  messaging.request('/queue/a', 1, options).catch(() => undefined);
  await settled();
  assert.equal(fake.sends[0]?.options.headers?.['dedup-id'], 'order-7');
});
