/** pg: a Pool, a Client, or a client of a pool with a transaction on it. */
import type { SqlExecutor, SqlRow, SqlValue } from './sql-executor.js';

export interface PgQueryable {
  query(sql: string, values: SqlValue[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export function isPgQueryable(value: object): value is PgQueryable {
  return 'query' in value && typeof value.query === 'function';
}

export function pgExecutor(client: PgQueryable): SqlExecutor {
  return {
    dialect: 'postgres',
    async query(sql, values) {
      const { rows } = await client.query(sql, values.map(asBuffer));
      return rows as readonly SqlRow[];
    },
  };
}

/** pg writes a plain Uint8Array as JSON in some versions, a Buffer always as bytes. */
function asBuffer(value: SqlValue): SqlValue {
  if (!(value instanceof Uint8Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
