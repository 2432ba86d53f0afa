/**
 * The inbox: a message is recorded as done in the transaction in which it is handled. When that commits,
 * its effects and the record are there together; when it does not, neither is.
 *
 *     if ((await idempotency.within(tx).record(key)) === 'done') return;
 *     … the handler's own statements, with tx …
 *
 * Two transactions at once: the second waits for the first in its `record`. If the first commits, the
 * second is told 'done'; if it rolls back, the second is told 'new'.
 */
import { OptionsError } from '@stompbox/protocol';
import type { SqlResult } from '../sql/sql-executor.js';
import type { SqlTable } from '../sql/sql-table.js';
import { checkKey } from './idempotency-options.js';

export interface Inbox {
  /**
   * `new`: this transaction is the first, go on. `done`: another one has committed it before.
   *
   * @param key unique per listener and message, for example `orders:${context.messageId}`;
   *   better a number that the sender gave, which also survives that it is sent twice.
   */
  record(key: string): Promise<'new' | 'done'>;
  /** `record` for databases that answer at once (better-sqlite3, libsql, node:sqlite). */
  recordNow(key: string): 'new' | 'done';
}

export class SqlInbox implements Inbox {
  readonly #table: SqlTable;
  readonly #ttlMs: number;

  constructor(table: SqlTable, ttlMs: number) {
    this.#table = table;
    this.#ttlMs = ttlMs;
  }

  async record(key: string): Promise<'new' | 'done'> {
    const rows = await this.#record(key);
    return rows.length > 0 ? 'new' : 'done';
  }

  recordNow(key: string): 'new' | 'done' {
    // Without a transaction the record would stay, and the message be taken for handled.
    if (this.#table.executor.dialect !== 'sqlite') throw notAtOnce();
    const rows = this.#record(key);
    if (!('then' in rows)) return rows.length > 0 ? 'new' : 'done';
    // Its answer comes too late; this refusal stands for it.
    rows.catch(() => undefined);
    throw notAtOnce();
  }

  /** A claim of `begin` is no obstacle: whoever commits first has done it. */
  #record(key: string): SqlResult {
    return this.#table.run(
      `INSERT INTO :table AS t (key, state, token, until_ms)
VALUES (?, 'done', 'inbox', :now + CAST(? AS bigint))
ON CONFLICT (key) DO UPDATE SET state = 'done', until_ms = excluded.until_ms
WHERE t.state <> 'done' OR t.until_ms <= :now RETURNING key`,
      [checkKey(key), this.#ttlMs],
    );
  }
}

function notAtOnce(): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    'recordNow() is not possible, because this database does not answer at once: use await record()',
  );
}
