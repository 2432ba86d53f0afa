/** kysely: a database or a transaction of it, over PostgreSQL or SQLite. */
import { OptionsError } from '@stompbox/protocol';
import type { SqlDialect, SqlExecutor, SqlRow } from './sql-executor.js';

/** A query that is written already, as `CompiledQuery.raw` of kysely makes it. */
interface CompiledText {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: {
    readonly kind: 'RawNode';
    readonly sqlFragments: readonly string[];
    readonly parameters: readonly never[];
  };
  readonly queryId: { readonly queryId: string };
}

export interface KyselyDatabase {
  executeQuery(query: CompiledText): Promise<{ readonly rows: readonly unknown[] }>;
  /** Plugins could rename the columns of the rows. */
  withoutPlugins(): KyselyDatabase;
  getExecutor(): { readonly adapter: object };
}

export function isKyselyDatabase(value: object): value is KyselyDatabase {
  return (
    'executeQuery' in value && 'withoutPlugins' in value && typeof value.executeQuery === 'function'
  );
}

/** @throws OptionsError `STOMP_OPT_INVALID` for a dialect that is neither. */
export function kyselyExecutor(database: KyselyDatabase): SqlExecutor {
  const plain = database.withoutPlugins();
  return {
    dialect: dialectOf(database),
    async query(sql, parameters) {
      const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] } as const;
      const queryId = { queryId: 'stompbox' };
      const { rows } = await plain.executeQuery({ sql, parameters, query, queryId });
      return rows as readonly SqlRow[];
    },
  };
}

function dialectOf(database: KyselyDatabase): SqlDialect {
  const adapter = database.getExecutor().adapter.constructor.name;
  if (/postgres/i.test(adapter)) return 'postgres';
  if (/sqlite/i.test(adapter)) return 'sqlite';
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `A kysely database with ${adapter} is neither PostgreSQL nor SQLite: give a SqlExecutor of your own`,
  );
}
