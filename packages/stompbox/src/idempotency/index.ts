export { type DrizzleTag, drizzleExecutor } from '../sql/drizzle-executor.js';
export type { KyselyDatabase } from '../sql/kysely-executor.js';
export type { PgQueryable } from '../sql/pg-executor.js';
export { type PrismaClientLike, prismaExecutor } from '../sql/prisma-executor.js';
export type { SqlDialect, SqlExecutor, SqlResult, SqlRow, SqlValue } from '../sql/sql-executor.js';
export type { SqliteDatabase } from '../sql/sqlite-executor.js';
export { type SqlSource, toExecutor as sqlExecutor } from '../sql/to-executor.js';
export type {
  MemoryIdempotencyOptions,
  RedisIdempotencyOptions,
  SqlIdempotencyOptions,
} from './idempotency-options.js';
export type { IdempotencyAnswer, IdempotencyStore } from './idempotency-store.js';
export type { Inbox } from './inbox.js';
export { type MemoryIdempotencyPorts, memoryIdempotency } from './memory-idempotency.js';
export {
  type IoRedisClient,
  type NodeRedisClient,
  type RedisClient,
  redisIdempotency,
} from './redis-idempotency.js';
export {
  type SqlIdempotency,
  type SqlIdempotencyPorts,
  sqlIdempotency,
} from './sql-idempotency.js';
