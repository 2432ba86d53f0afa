/**
 * Remembers in a table. A key has at most one row, and whether a claim or a done key has ended is
 * decided by the database, in the statement that takes it: of two consumers at once one gets it.
 *
 *     INSERT … ON CONFLICT (key) DO UPDATE … WHERE it has ended      a row comes back: it is mine
 *
 * `within(tx)` is the inbox: "done" is written in the handler's own transaction, so that what it did in
 * the database and the memory of it are there together or not at all.
 */
import { randomUUID } from 'node:crypto';
import type { SqlRow, SqlValue } from '../sql/sql-executor.js';
import { textIn } from '../sql/sql-row.js';
import { SqlTable } from '../sql/sql-table.js';
import { type SqlSource, toExecutor } from '../sql/to-executor.js';
import {
  checkKey,
  type ResolvedSqlIdempotency,
  resolveSqlOptions,
  type SqlIdempotencyOptions,
} from './idempotency-options.js';
import type { IdempotencyAnswer, IdempotencyStore } from './idempotency-store.js';
import { idempotencyTable } from './idempotency-table.js';
import { type Inbox, SqlInbox } from './inbox.js';
import { OwnClaims } from './own-claims.js';

export interface SqlIdempotency extends IdempotencyStore {
  /** The SQL that `migrate` runs, for migrations of one's own; each statement ends with a semicolon. */
  createTableSql(): string;
  /** Makes the table and its index, if they are not there. */
  migrate(): Promise<void>;
  /** The inbox in a transaction of the application. */
  within(tx: SqlSource): Inbox;
  /** Deletes keys that have ended, at most `count`; `begin` does it by itself now and then. */
  deleteEnded(count?: number): Promise<number>;
}

export interface SqlIdempotencyPorts {
  /** Milliseconds since the epoch, for all times in the table. Default: the database's clock. */
  readonly now?: () => number;
  /** Names a claim. Default: a random UUID. */
  readonly newToken?: () => string;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function sqlIdempotency(
  database: SqlSource,
  options: SqlIdempotencyOptions = {},
  ports: SqlIdempotencyPorts = {},
): SqlIdempotency {
  const resolved = resolveSqlOptions(options);
  const table = new SqlTable(toExecutor(database), resolved.table, ports.now);
  return new SqlIdempotencyStore(table, resolved, ports.newToken ?? randomUUID);
}

/** Between two deletions of what has ended. */
const BEGINS_PER_DELETION = 1_000;

class SqlIdempotencyStore implements SqlIdempotency {
  readonly #table: SqlTable;
  readonly #options: ResolvedSqlIdempotency;
  readonly #newToken: () => string;
  readonly #own = new OwnClaims();
  #begins = 0;

  constructor(table: SqlTable, options: ResolvedSqlIdempotency, newToken: () => string) {
    this.#table = table;
    this.#options = options;
    this.#newToken = newToken;
  }

  createTableSql(): string {
    return idempotencyTable(this.#options.table)
      .map((statement) => `${statement};\n`)
      .join('');
  }

  async migrate(): Promise<void> {
    await this.#table.create(idempotencyTable(this.#table.name));
  }

  within(tx: SqlSource): Inbox {
    return new SqlInbox(this.#table.within(toExecutor(tx)), this.#options.ttlMs);
  }

  async begin(key: string, claimMs: number): Promise<IdempotencyAnswer> {
    checkKey(key);
    await this.#deleteNowAndThen();
    const token = this.#newToken();
    const taken = await this.#run(
      `INSERT INTO :table AS t (key, state, token, until_ms)
VALUES (?, 'busy', ?, :now + CAST(? AS bigint))
ON CONFLICT (key) DO UPDATE SET state = 'busy', token = excluded.token, until_ms = excluded.until_ms
WHERE t.until_ms <= :now RETURNING token`,
      [key, token, Math.ceil(claimMs)],
    );
    if (taken.length > 0) {
      this.#own.begun(key, token);
      return 'new';
    }
    const [row] = await this.#run('SELECT state FROM :table WHERE key = ?', [key]);
    // Without a row its owner has just forgotten it; the next delivery will begin.
    return row !== undefined && textIn(row, 'state') === 'done' ? 'done' : 'busy';
  }

  async finish(key: string): Promise<void> {
    const token = this.#own.tokenToFinish(key);
    if (token === undefined) return;
    // Its row may be gone, when the claim had ended.
    await this.#run(
      `INSERT INTO :table AS t (key, state, token, until_ms)
VALUES (?, 'done', ?, :now + CAST(? AS bigint))
ON CONFLICT (key) DO UPDATE SET state = 'done', until_ms = excluded.until_ms
WHERE t.token = excluded.token`,
      [key, token, this.#options.ttlMs],
    );
    this.#own.ended(key);
  }

  async forget(key: string): Promise<void> {
    const token = this.#own.tokenToForget(key);
    // What the inbox has recorded as done stays.
    const text = "DELETE FROM :table WHERE key = ? AND token = ? AND state = 'busy'";
    if (token !== undefined) await this.#run(text, [key, token]);
    this.#own.ended(key);
  }

  async deleteEnded(count = 1_000): Promise<number> {
    const rows = await this.#run(
      `DELETE FROM :table WHERE key IN (SELECT key FROM :table WHERE until_ms <= :now LIMIT ?)
AND until_ms <= :now RETURNING key`,
      [count],
    );
    return rows.length;
  }

  async #deleteNowAndThen(): Promise<void> {
    this.#begins += 1;
    if (this.#begins % BEGINS_PER_DELETION === 0) await this.deleteEnded(2 * BEGINS_PER_DELETION);
  }

  async #run(text: string, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#table.run(text, values);
  }
}
