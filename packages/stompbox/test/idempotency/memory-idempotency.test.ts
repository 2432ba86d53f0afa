/** The store in memory: what all promise, and that its memory has an end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionsError } from 'stompbox';
import { memoryIdempotency } from 'stompbox/idempotency';
import { FakeClock } from '../outbox/fake-clock.js';
import { storeSuite } from './store-suite.js';

const TTL_MS = 100_000;

storeSuite(
  'memoryIdempotency',
  async () => {
    let nowMs = 1;
    const clock = { now: () => nowMs };
    return {
      ttlMs: TTL_MS,
      pass: (ms) => {
        nowMs += ms;
      },
      stores: (count) =>
        Array.from({ length: count }, () => memoryIdempotency({ ttlMs: TTL_MS }, { clock })),
    };
  },
  { isShared: false },
);

describe('a full memory', () => {
  test('forgets the oldest key that is done, and no claim', async () => {
    const store = memoryIdempotency({ maxKeys: 2 }, { clock: new FakeClock() });
    await store.begin('claimed', 1_000);
    for (const key of ['a', 'b', 'c']) {
      await store.begin(key, 1_000);
      await store.finish(key);
    }
    const answers = await Promise.all(
      ['claimed', 'a', 'b', 'c'].map((key) => store.begin(key, 1_000)),
    );
    assert.deepEqual(answers, ['busy', 'new', 'done', 'done']);
  });
});

test('a memory without room is refused', () => {
  for (const options of [{ maxKeys: 0 }, { ttlMs: -1 }, { ttl: 5 }]) {
    assert.throws(() => memoryIdempotency(options), OptionsError);
  }
});
