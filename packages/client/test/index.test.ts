import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from '@stompbox/client';

test('the package exports what it means to, and nothing else', () => {
  assert.deepEqual(Object.keys(client).sort(), [
    'BlobError',
    'BrokerError',
    'CLIENT_ERROR_CODES',
    'CodecRegistry',
    'ConnectionError',
    'PROFILE_NAMES',
    'RequestError',
    'TimeoutError',
    'assertSafeDedup',
    'assertSafeDurableDeletion',
    'assertSafeInTransaction',
    'assertSafeNack',
    'assertSafeSubscribe',
    'blobHeaders',
    'blobOf',
    'checkAllowUnsafe',
    'connect',
    'decodeValue',
    'decodeWith',
    'detectProfile',
    'downloadBlob',
    'duplexTransport',
    'encodeValue',
    'encodeWith',
    'formatTraceparent',
    'frameLog',
    'parseTraceparent',
    'profileOf',
    'reply',
    'replyQueueOf',
    'requester',
    'respond',
    'sendBlob',
    'subscribeHeaders',
    'systemClock',
    'traceContextOf',
    'traceOrigin',
    'unsubscribeHeaders',
    'uploadBlob',
  ]);
});

test('the system clock measures time, and its timers can be cancelled', async () => {
  const before = client.systemClock.now();
  assert.ok(Math.abs(before - Date.now()) < 60_000, 'it counts from the epoch');
  const cancel = client.systemClock.setTimer(() => assert.fail('it was cancelled'), 1);
  cancel();
  await new Promise<void>((resolve) => {
    client.systemClock.setTimer(resolve, 5, { keepAlive: true });
  });
  assert.ok(client.systemClock.now() - before >= 4);
});
