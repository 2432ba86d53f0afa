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

  /** Runs the statements of a table's definition, each of which does nothing to what is there. */
  async create(statements: readonly string[]): Promise<void> {
    const { executor } = this;
    if (executor.dialect === 'postgres') {
      await executor.query(oneAfterTheOther(statements), []);
      return;
    }
    for (const statement of statements) await executor.query(statement, []);
  }

  /** The same table by another connection or transaction. */
  within(executor: SqlExecutor): SqlTable {
    return new SqlTable(executor, this.name, this.#now);
  }
}

/** Of no meaning but to be the same in every process. */
const LOCK = 61_613;

/** PostgreSQL lets IF NOT EXISTS of two at once fail, or wait for each other; so they queue up. */
function oneAfterTheOther(statements: readonly string[]): string {
  const work = [`PERFORM pg_advisory_xact_lock(${LOCK})`, ...statements];
  return `DO $work$ BEGIN\n${work.map((statement) => `${statement};\n`).join('')}END $work$`;
}

/** The one row of a statement that gives one. */
export async function onlyRow(result: SqlResult): Promise<SqlRow> {
  const [row] = await result;
  if (row === undefined) throw new TypeError('The database gave no row where there is always one');
  return row;
}
