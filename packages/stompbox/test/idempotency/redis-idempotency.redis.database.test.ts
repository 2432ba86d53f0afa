/** The store in a real Redis, by both clients. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import {
  type IoRedisClient,
  type NodeRedisClient,
  type RedisClient,
  redisIdempotency,
} from 'stompbox/idempotency';
import { storeSuite } from './store-suite.js';

const require = createRequire(import.meta.url);
const { createClient }: { createClient(options: object): NodeRedis } = require('@redis/client');
const { Redis }: { Redis: new (url: string) => IoRedis } = require('ioredis');

interface NodeRedis extends NodeRedisClient {
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
}

interface IoRedis extends IoRedisClient {
  quit(): Promise<unknown>;
  pttl(key: string): Promise<number>;
}

const url = process.env['REDIS_URL'] ?? '';

type Open = (context: { after(end: () => unknown): void }) => Promise<RedisClient>;

const openNodeRedis: Open = async (t) => {
  const client = createClient({ url });
  await client.connect();
  t.after(() => client.close());
  return client;
};

const openIoRedis: Open = async (t) => {
  const client = new Redis(url);
  t.after(() => client.quit());
  return client;
};

for (const [name, open] of [
  ['@redis/client', openNodeRedis],
  ['ioredis', openIoRedis],
] as const) {
  storeSuite(`redisIdempotency by ${name}`, async (t) => {
    assert.notEqual(url, '', 'run npm run test:databases, or set REDIS_URL');
    const client = await open(t);
    const options = { prefix: `test:${randomUUID()}:`, ttlMs: 300 };
    return {
      ttlMs: options.ttlMs,
      stores: (count) => Array.from({ length: count }, () => redisIdempotency(client, options)),
    };
  });
}

test('keys carry the prefix and end by themselves', async (t) => {
  const client = new Redis(url);
  t.after(() => client.quit());
  const prefix = `test:${randomUUID()}:`;
  const store = redisIdempotency(client, { prefix, ttlMs: 600_000 });
  await store.begin('m1', 60_000);
  const leftMs = await client.pttl(`${prefix}m1`);
  assert.ok(leftMs > 0 && leftMs <= 60_000, `${leftMs}`);
  await store.finish('m1');
  const keptMs = await client.pttl(`${prefix}m1`);
  assert.ok(keptMs > 60_000 && keptMs <= 600_000, `${keptMs}`);
});
