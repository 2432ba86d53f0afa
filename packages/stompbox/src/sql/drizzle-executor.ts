/**
 * drizzle: a database or a transaction of it, with the tag `sql` of drizzle-orm, because only that
 * can make a query with values.
 */
import type { SqlExecutor, SqlResult, SqlRow, SqlValue } from './sql-executor.js';

/** `sql` of drizzle-orm. */
export type DrizzleTag<Query> = (strings: TemplateStringsArray, ...values: unknown[]) => Query;

/** Of PostgreSQL. */
export interface DrizzlePgDatabase<Query> {
  execute(query: Query): PromiseLike<unknown>;
}

/** Of SQLite; over better-sqlite3 it answers at once. */
export interface DrizzleSqliteDatabase<Query> {
  all(query: Query): unknown;
}

export function drizzleExecutor<Query>(
  database: DrizzlePgDatabase<Query> | DrizzleSqliteDatabase<Query>,
  sql: DrizzleTag<Query>,
): SqlExecutor {
  if ('all' in database) {
    return {
      dialect: 'sqlite',
      query: (text, values) => database.all(queryOf(sql, text, /\?/, values)) as SqlResult,
    };
  }
  return {
    dialect: 'postgres',
    async query(text, values) {
      return rowsOf(await database.execute(queryOf(sql, text, /\$\d+/, values)));
    },
  };
}

/** The tag numbers the values anew, in the order in which they stand in our text. */
function queryOf<Query>(
  sql: DrizzleTag<Query>,
  text: string,
  placeholder: RegExp,
  values: readonly SqlValue[],
): Query {
  const strings = text.split(placeholder);
  return sql(Object.assign(strings, { raw: strings }), ...values);
}

/** node-postgres gives an object with rows, postgres.js the rows themselves. */
function rowsOf(result: unknown): readonly SqlRow[] {
  const rows = Array.isArray(result) ? result : Reflect.get(Object(result), 'rows');
  return rows as readonly SqlRow[];
}
