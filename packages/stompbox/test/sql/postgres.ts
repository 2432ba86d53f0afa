/** PostgreSQL for tests: the server that POSTGRES_URL names, a database for each test, and its libraries. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import type { DrizzleTag, KyselyDatabase, PgListener, PgQueryable } from 'stompbox/outbox';

interface Rows {
  readonly rows: Record<string, unknown>[];
}

export interface PgClient extends PgQueryable, PgListener {
  query(sql: string, values?: unknown[]): Promise<Rows>;
  connect(): Promise<void>;
  end(): Promise<void>;
  release(error?: boolean): void;
}

export interface PgPool extends PgQueryable {
  query(sql: string, values?: unknown[]): Promise<Rows>;
  connect(): Promise<PgClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  end(): Promise<void>;
}

interface PoolOptions {
  readonly connectionString: string;
  readonly max?: number;
  readonly application_name?: string;
}

interface Pg {
  readonly Client: new (options: PoolOptions) => PgClient;
  readonly Pool: new (options: PoolOptions) => PgPool;
}

const require = createRequire(import.meta.url);
const { Client, Pool }: Pg = require('pg');

/** A kysely database or transaction, as far as the tests use it. */
export interface Kysely extends KyselyDatabase {
  transaction(): { execute<T>(work: (tx: Kysely) => Promise<T>): Promise<T> };
}

export interface DrizzleTransaction {
  execute(query: object): Promise<Rows>;
}

export interface Drizzle extends DrizzleTransaction {
  transaction<T>(work: (tx: DrizzleTransaction) => Promise<T>): Promise<T>;
}

const kysely: {
  readonly Kysely: new (options: object) => Kysely;
  readonly PostgresDialect: new (options: object) => object;
  readonly SqliteDialect: new (options: object) => object;
  readonly CamelCasePlugin: new () => object;
} = require('kysely');
const { sql }: { readonly sql: DrizzleTag<object> } = require('drizzle-orm');

export { kysely, sql };

/** The URL of a database that is gone after the test. */
export async function postgresDatabase(context: Pick<TestContext, 'after'>): Promise<string> {
  const server = process.env['POSTGRES_URL'];
  assert.ok(server, 'run npm run test:databases, or set POSTGRES_URL');
  const name = `stompbox_${randomBytes(6).toString('hex')}`;
  const run = async (statement: string) => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  context.after(() => run(`DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export function openPool(
  context: Pick<TestContext, 'after'>,
  connectionString: string,
  options: Omit<PoolOptions, 'connectionString'> = {},
): PgPool {
  const pool = new Pool({ connectionString, ...options });
  // Tests end connections of it; without a listener that would end the process.
  pool.on('error', () => undefined);
  context.after(() => pool.end());
  return pool;
}

export async function openClient(
  context: Pick<TestContext, 'after'>,
  connectionString: string,
): Promise<PgClient> {
  const client = new Client({ connectionString });
  // Its database may be gone before it; without a listener that would fail the test.
  client.on('error', () => undefined);
  await client.connect();
  context.after(() => client.end());
  return client;
}

/** drizzle over a pool of pg. */
export function openDrizzle(pool: PgPool): Drizzle {
  const { drizzle }: { drizzle(options: object): Drizzle } = require('drizzle-orm/node-postgres');
  return drizzle({ client: pool });
}
