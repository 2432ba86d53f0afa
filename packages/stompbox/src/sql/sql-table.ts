/** Runs our own SQL about one table. The clock is the database's, unless a test gives its own. */
import type { SqlExecutor, SqlResult, SqlRow, SqlValue } from './sql-executor.js';
import { sqlText } from './sql-text.js';

export class SqlTable {
  readonly name: string;
  readonly executor: SqlExecutor;
  readonly #now: (() => number) | undefined;

  constructor(executor: SqlExecutor, name: string, now: (() => number) | undefined) {
    this.executor = executor;
    this.name = name;
    this.#now = now;
  }

  /** @param text with `?`, `:now` and `:table` */
  run(text: string, values: readonly SqlValue[] = []): SqlResult {
    const { executor, name } = this;
    const sql = sqlText(text.replaceAll(':table', name), executor.dialect, this.#now?.());
    return executor.query(sql, values);
  }

  /** Runs the statements of a table's definition. Does nothing to what is there. */
  async create(statements: readonly string[]): Promise<void> {
    for (const statement of statements) {
      try {
        await this.executor.query(statement, []);
      } catch (error) {
        // PostgreSQL: IF NOT EXISTS of two at once lets one of them fail; now it is there.
        if (!isLostRace(error)) throw error;
        await this.executor.query(statement, []);
      }
    }
  }

  /** The same table by another connection or transaction. */
  within(executor: SqlExecutor): SqlTable {
    return new SqlTable(executor, this.name, this.#now);
  }
}

const UNIQUE_VIOLATION = '23505';
const DUPLICATE_TABLE = '42P07';

function isLostRace(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const code: unknown = Reflect.get(error, 'code');
  return code === UNIQUE_VIOLATION || code === DUPLICATE_TABLE;
}

/** The one row of a statement that gives one. */
export async function onlyRow(result: SqlResult): Promise<SqlRow> {
  const [row] = await result;
  if (row === undefined) throw new TypeError('The database gave no row where there is always one');
  return row;
}
