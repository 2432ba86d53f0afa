/** What the guide of idempotency shows with Redis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleWith, runExample } from '../outbox/guide-example.js';

test('a key is claimed once in Redis', async (t) => {
  const env = { REDIS_URL: process.env['REDIS_URL'] ?? '' };
  const code = exampleWith('idempotency.md', '@redis/client');
  assert.equal(await runExample(t, code, env), 'new busy\n');
});
