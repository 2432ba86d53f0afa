export { type DrizzleTag, drizzleExecutor } from '../sql/drizzle-executor.js';
export type { KyselyDatabase } from '../sql/kysely-executor.js';
export type { PgQueryable } from '../sql/pg-executor.js';
export { type PrismaClientLike, prismaExecutor } from '../sql/prisma-executor.js';
export type { SqlDialect, SqlExecutor, SqlResult, SqlRow, SqlValue } from '../sql/sql-executor.js';
export type { SqliteDatabase } from '../sql/sqlite-executor.js';
export { type SqlSource, toExecutor as sqlExecutor } from '../sql/to-executor.js';
export { createOutbox, type Outbox } from './outbox.js';
export type { FailedMessage, OutboxStatus } from './outbox-control.js';
export type {
  OutboxMessageOptions,
  OutboxOptions,
  OutboxOrder,
  OutboxPorts,
} from './outbox-options.js';
export { type Relay, type RelayMessaging, type RelayStatus, startRelay } from './relay.js';
export type { RelayEvent, RelayEventListener, RelayMessage } from './relay-event.js';
export type { AfterFailed, RelayOptions, RelayPorts } from './relay-options.js';
export type { RelayState } from './relay-state.js';
export { type PgListener, pgWakeUp, type WakeUp } from './wake-up.js';
