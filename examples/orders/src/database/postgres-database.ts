/** PostgreSQL by pg: statements take any connection of the pool, a transaction has one of its own. */
import pg from 'pg';
import { type SqlExecutor, type SqlResult, type SqlValue, sqlExecutor } from 'stompbox/outbox';
import type { Database } from './database.js';

export class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly #pool: pg.Pool;
  readonly #executor: SqlExecutor;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url });
    // An idle connection that breaks is replaced by the pool; whoever uses one gets the error itself.
    this.#pool.on('error', () => undefined);
    this.#executor = sqlExecutor(this.#pool);
  }

  query(sql: string, values: readonly SqlValue[]): SqlResult {
    return this.#executor.query(sql, values);
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(sqlExecutor(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
