/**
 * SQL of ours in the words of a database. In our own text `?` is a value, `:now` the time in ms since
 * the epoch, and these are the only differences that there are:
 *
 *   postgres   $1, $2 …   the server's clock    identity column   bytea   SKIP LOCKED
 *   sqlite     ?          this machine's clock  autoincrement     blob    one writer at a time
 *
 * Leases are measured by the database's clock, so that machines whose clocks differ agree.
 */
import { OptionsError } from '@stompbox/protocol';
import { show } from '../options.js';
import type { SqlDialect } from './sql-executor.js';

export interface DialectWords {
  readonly now: string;
  readonly sequence: string;
  readonly bytes: string;
  /**
   * The rows that a SELECT of one column gives; those of its table `c` that another statement locks
   * now are passed over.
   */
  among(select: string): string;
}

const WORDS: Readonly<Record<SqlDialect, DialectWords>> = {
  postgres: {
    now: 'CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)',
    sequence: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    bytes: 'bytea',
    // An array is selected once; IN (SELECT … LIMIT …) may be run again for each row.
    among: (select) => `= ANY(ARRAY(${select} FOR UPDATE OF c SKIP LOCKED))`,
  },
  sqlite: {
    now: "CAST((julianday('now') - 2440587.5) * 86400000 AS integer)",
    sequence: 'integer PRIMARY KEY AUTOINCREMENT',
    bytes: 'blob',
    among: (select) => `IN (${select})`,
  },
};

export function wordsOf(dialect: SqlDialect): DialectWords {
  return WORDS[dialect];
}

/** @param nowMs the time, if a clock of the caller's counts. */
export function sqlText(text: string, dialect: SqlDialect, nowMs?: number): string {
  const now = nowMs === undefined ? WORDS[dialect].now : `CAST(${Math.floor(nowMs)} AS bigint)`;
  const timed = text.replaceAll(':now', now);
  if (dialect !== 'postgres') return timed;
  let count = 0;
  return timed.replaceAll('?', () => {
    count += 1;
    return `$${count}`;
  });
}

/** So many placeholders, for a list of values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

/** With what is added to it, it is also the name of an index or a channel: PostgreSQL cuts or refuses more than 63. */
const LONGEST_NAME = 55;
const TABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,39}(\.[A-Za-z_][A-Za-z0-9_]{0,39})?$/;

/**
 * The name of a table, which stands in the SQL as it is.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function checkTableName(name: unknown, option: string): string {
  const fits = typeof name === 'string' && name.length <= LONGEST_NAME && TABLE_NAME.test(name);
  if (fits) return name;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${option} must be the name of a table such as app_outbox or app.outbox (letters, digits and _, ` +
      `at most 40 each and ${LONGEST_NAME} together), not ${show(name)}`,
  );
}
