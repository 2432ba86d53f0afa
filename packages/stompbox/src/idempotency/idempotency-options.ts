/** Options of the three stores. */
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import { aNonEmptyText, aWholeNumber, expected, parseOptions } from '../options.js';
import { checkTableName } from '../sql/sql-text.js';

/** A week: longer than a message waits in a dead letter queue before a person looks. */
const DEFAULT_TTL_MS = 7 * 24 * 3_600_000;

const ttlMs = v.optional(aWholeNumber(1, Number.MAX_SAFE_INTEGER));

export interface MemoryIdempotencyOptions {
  /** Keys that are remembered; the oldest that is done is forgotten first. Default 100,000. */
  readonly maxKeys?: number | undefined;
  /** How long a key that is done is remembered. Default 604,800,000, a week. */
  readonly ttlMs?: number | undefined;
}

export interface ResolvedMemoryIdempotency {
  readonly maxKeys: number;
  readonly ttlMs: number;
}

const memoryOptions = v.strictObject({
  maxKeys: v.optional(aWholeNumber(1, 10_000_000)),
  ttlMs,
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveMemoryOptions(raw: MemoryIdempotencyOptions): ResolvedMemoryIdempotency {
  const given = parseOptions(memoryOptions, raw, placeOf('memoryIdempotency()'));
  return { maxKeys: given.maxKeys ?? 100_000, ttlMs: given.ttlMs ?? DEFAULT_TTL_MS };
}

export interface SqlIdempotencyOptions {
  /** Default `stompbox_idempotency`. */
  readonly table?: string | undefined;
  /** How long a key that is done is remembered. Default 604,800,000, a week. */
  readonly ttlMs?: number | undefined;
}

export interface ResolvedSqlIdempotency {
  readonly table: string;
  readonly ttlMs: number;
}

const sqlOptions = v.strictObject({
  table: v.optional(expected<string>('the name of a table', (value) => typeof value === 'string')),
  ttlMs,
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveSqlOptions(raw: SqlIdempotencyOptions): ResolvedSqlIdempotency {
  const given = parseOptions(sqlOptions, raw, placeOf('sqlIdempotency()'));
  const table = checkTableName(given.table ?? 'stompbox_idempotency', 'The option table');
  return { table, ttlMs: given.ttlMs ?? DEFAULT_TTL_MS };
}

export interface RedisIdempotencyOptions {
  /** Stands before each key. Default `stompbox:idempotency:`. */
  readonly prefix?: string | undefined;
  /** How long a key that is done is remembered. Default 604,800,000, a week. */
  readonly ttlMs?: number | undefined;
}

export interface ResolvedRedisIdempotency {
  readonly prefix: string;
  readonly ttlMs: number;
}

const redisOptions = v.strictObject({ prefix: v.optional(aNonEmptyText), ttlMs });

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveRedisOptions(raw: RedisIdempotencyOptions): ResolvedRedisIdempotency {
  const given = parseOptions(redisOptions, raw, placeOf('redisIdempotency()'));
  return { prefix: given.prefix ?? 'stompbox:idempotency:', ttlMs: given.ttlMs ?? DEFAULT_TTL_MS };
}

/**
 * What a store is asked about.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function checkKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key;
  throw new OptionsError('STOMP_OPT_INVALID', 'A key of idempotency must be a text, not empty');
}

function placeOf(call: string) {
  return {
    describe: (key: string) =>
      key === '' ? `The options of ${call}` : `The option ${key} of ${call}`,
    aliases: { ttl: 'ttlMs', max: 'maxKeys', tableName: 'table', keyPrefix: 'prefix' },
  };
}
