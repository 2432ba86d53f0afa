/** What can be said of the store in Redis without one; the rest is in the tests for databases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionsError } from 'stompbox';
import { type IoRedisClient, type RedisClient, redisIdempotency } from 'stompbox/idempotency';

const client: IoRedisClient = { eval: async () => 'new', call: async () => undefined };

test('options and clients that cannot be used are refused', () => {
  for (const options of [{ prefix: '' }, { ttlMs: 0 }, { keyPrefix: 'a' }]) {
    assert.throws(() => redisIdempotency(client, options as object), OptionsError);
  }
  for (const other of [undefined, {}, 'redis://localhost']) {
    assert.throws(() => redisIdempotency(other as unknown as RedisClient), OptionsError);
  }
});

test('what Redis fails to do may be asked for again', async () => {
  const answers: (string | Error)[] = ['new', new Error('gone'), 'ok', 'done'];
  const asked: string[][] = [];
  const store = redisIdempotency({
    ...client,
    eval: async (_script: string, _count: number, ...values: string[]) => {
      asked.push(values);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  assert.equal(await store.begin('m1', 1_000), 'new');
  await assert.rejects(store.finish('m1'), /gone/);
  await store.finish('m1');
  assert.equal(await store.begin('m1', 1_000), 'done');
  assert.deepEqual(asked[1], asked[2]);
});
