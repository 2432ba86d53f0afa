/**
 * Remembers in Redis (or Valkey), by a client of `redis`, `@redis/client` or `ioredis`. Each step is one
 * script, which Redis runs as a whole: of two consumers at once one gets the key, and only who has a claim
 * changes it. Time is that of the server.
 *
 * It is as durable as the Redis is: after a loss of its memory a redelivery is handled again.
 */
import { randomUUID } from 'node:crypto';
import { OptionsError } from '@stompbox/protocol';
import {
  checkKey,
  type RedisIdempotencyOptions,
  type ResolvedRedisIdempotency,
  resolveRedisOptions,
} from './idempotency-options.js';
import type { IdempotencyAnswer, IdempotencyStore } from './idempotency-store.js';
import { OwnClaims } from './own-claims.js';

/** `createClient()` or `createCluster()` of `redis` or `@redis/client`, connected. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  sendCommand: (...args: never[]) => Promise<unknown>;
}

/** `new Redis()` or `new Cluster()` of `ioredis`. */
export interface IoRedisClient {
  eval(script: string, keyCount: number, ...values: string[]): Promise<unknown>;
  call: (...args: never[]) => Promise<unknown>;
}

export type RedisClient = NodeRedisClient | IoRedisClient;

const BEGIN = `
local state = redis.call('GET', KEYS[1])
if state == 'done' then return 'done' end
if state then return 'busy' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'new'`;

/** Also when the claim has ended and nobody has taken it: the message was handled. */
const FINISH = `
local state = redis.call('GET', KEYS[1])
if not state or state == ARGV[1] then redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2]) end
return 'ok'`;

const FORGET = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'ok'`;

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function redisIdempotency(
  client: RedisClient,
  options: RedisIdempotencyOptions = {},
): IdempotencyStore {
  return new RedisIdempotency(evalOf(client), resolveRedisOptions(options));
}

type Eval = (script: string, key: string, ...values: string[]) => Promise<unknown>;

class RedisIdempotency implements IdempotencyStore {
  readonly #eval: Eval;
  readonly #options: ResolvedRedisIdempotency;
  readonly #own = new OwnClaims();

  constructor(run: Eval, options: ResolvedRedisIdempotency) {
    this.#eval = run;
    this.#options = options;
  }

  async begin(key: string, claimMs: number): Promise<IdempotencyAnswer> {
    const token = `busy:${randomUUID()}`;
    const answer = String(
      await this.#eval(BEGIN, this.#name(key), token, `${Math.max(1, Math.ceil(claimMs))}`),
    );
    if (answer === 'new') this.#own.begun(key, token);
    return answer as IdempotencyAnswer;
  }

  async finish(key: string): Promise<void> {
    const token = this.#own.tokenToFinish(key);
    if (token === undefined) return;
    await this.#eval(FINISH, this.#name(key), token, String(this.#options.ttlMs));
    this.#own.ended(key);
  }

  async forget(key: string): Promise<void> {
    const token = this.#own.tokenToForget(key);
    if (token !== undefined) await this.#eval(FORGET, this.#name(key), token);
    this.#own.ended(key);
  }

  #name(key: string): string {
    return `${this.#options.prefix}${checkKey(key)}`;
  }
}

/** @throws OptionsError `STOMP_OPT_INVALID` */
function evalOf(client: RedisClient): Eval {
  const value: unknown = client;
  if (typeof value !== 'object' || value === null || !('eval' in value)) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'redisIdempotency() needs a client of redis, @redis/client or ioredis first',
    );
  }
  if ('call' in client) return (script, key, ...values) => client.eval(script, 1, key, ...values);
  return (script, key, ...values) => client.eval(script, { keys: [key], arguments: values });
}
