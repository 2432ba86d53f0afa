/** What a listener takes from the settings, and what a service says while it waits for its broker. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError } from '@stompbox/client';
import { createMessaging, resolveSettings } from 'stompbox';
import { resolveConsumption } from '../../dist/listener/listener-options.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';

describe('options of retry and circuit', () => {
  const defaults = {
    retry: { delayedMs: [7], jitter: 0.1 },
    circuit: { probeEveryMs: 5 },
  };
  const resolved = (given: object, own: object = {}, layer: object = defaults) =>
    resolveConsumption(given, own, ['/queue/a'], layer);

  test('count key by key over those of the settings', () => {
    const { retry, circuit } = resolved({ retry: { jitter: 0 } }, { retry: { immediateMs: [3] } });
    assert.deepEqual(
      [retry.jitter, retry.immediateMs, retry.delayedMs, circuit?.probeEveryMs],
      [0, [3], [7], 5],
    );
  });

  test('are switched off by false, and on again by a stronger one', () => {
    assert.deepEqual(resolved({ retry: false, circuit: false }).retry.delayedMs, []);
    assert.equal(resolved({ circuit: false }).circuit, undefined);
    const { retry } = resolved({ retry: { jitter: 0 } }, {}, { retry: false });
    assert.deepEqual([retry.jitter, retry.delayedMs.length], [0, 3]);
  });
});

test('a service that waits for its broker says why there is none yet', async () => {
  const fake = new FakeConnection();
  const logger = new MemoryLogger();
  const settings = resolveSettings({ connection: { startup: 'retry' } }, { env: {} });
  const error = ConnectionError.of('STOMP_NET_LOST', ['fake:1', 'no power']);
  const messaging = createMessaging(settings, {
    logger,
    connect: async (_url, { onStatus, startup }) => {
      assert.equal(startup?.maxAttempts, Number.POSITIVE_INFINITY);
      onStatus?.({ type: 'connect-failed', peer: 'fake:1', attempt: 1, error });
      assert.equal(messaging.snapshot().connection.error, error);
      return fake.connection;
    },
  });
  await messaging.sendToQueue(1);
  assert.match(logger.lines[0] ?? '', /^warn: .*no power.*; trying again$/);
  assert.equal(messaging.snapshot().connection.error, undefined);
});
