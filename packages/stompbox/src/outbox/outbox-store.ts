/**
 * What the relays do in the table. Each is one statement or a few, and no transaction is open while a
 * message is being sent.
 *
 * `sent` is the truth whoever has the row by then, because there was a receipt. All else is written only
 * by the relay that still has the row.
 */
import { OptionsError } from '@stompbox/protocol';
import type { SqlResult, SqlValue } from '../sql/sql-executor.js';
import type { SqlTable } from '../sql/sql-table.js';
import { placeholders, wordsOf } from '../sql/sql-text.js';
import { type ClaimOptions, claimRows } from './claim.js';
import type { OutboxRow } from './outbox-row.js';

/** Why a row goes back: when it is due again, what was wrong. */
export interface FailedAttempt {
  readonly seq: number;
  readonly error: string;
  /** Undefined: never, a person decides. */
  readonly delayMs: number | undefined;
}

export class OutboxStore {
  readonly #table: SqlTable;

  constructor(table: SqlTable) {
    this.#table = table;
  }

  /**
   * @throws OptionsError `STOMP_OPT_INVALID` while the application has a transaction open on the same
   *   connection: what the relay wrote would be undone with it.
   */
  #run(text: string, values: readonly SqlValue[]): SqlResult {
    if (!this.#table.executor.isInTransaction?.()) return this.#table.run(text, values);
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'A transaction is open on the connection of the outbox: give createOutbox() a pool, or a ' +
        'connection of its own',
    );
  }

  /** Rows that are due, oldest first. */
  claim(options: ClaimOptions): Promise<readonly OutboxRow[]> {
    const words = wordsOf(this.#table.executor.dialect);
    const run = (text: string, values: readonly SqlValue[]) => this.#run(text, values);
    return claimRows({ ...options, words, run });
  }

  /** There were receipts for them. */
  async markSent(seqs: readonly number[]): Promise<void> {
    await this.#run(
      `UPDATE :table SET state = 'sent', owner = NULL, error = NULL, ended_at_ms = :now
WHERE seq IN (${placeholders(seqs.length)}) AND state <> 'sent'`,
      seqs,
    );
  }

  /** They were not tried, and are free again at once. */
  async release(owner: string, seqs: readonly number[]): Promise<void> {
    await this.#run(
      `UPDATE :table SET owner = NULL, due_at_ms = :now
WHERE seq IN (${placeholders(seqs.length)}) AND state = 'pending' AND owner = ?`,
      [...seqs, owner],
    );
  }

  async markFailedAttempt(owner: string, { seq, error, delayMs }: FailedAttempt): Promise<void> {
    const change =
      delayMs === undefined
        ? "state = 'failed', ended_at_ms = :now"
        : `due_at_ms = :now + ${Math.ceil(delayMs)}`;
    await this.#run(
      `UPDATE :table SET ${change}, attempts = attempts + 1, error = ?, owner = NULL
WHERE seq = ? AND state = 'pending' AND owner = ?`,
      [error, seq, owner],
    );
  }

  /** Deletes what was sent long enough ago, at most `count` rows; resolves with how many. */
  async deleteSent(keptMs: number, count: number): Promise<number> {
    const rows = await this.#run(
      `DELETE FROM :table WHERE seq IN (SELECT seq FROM :table
WHERE state = 'sent' AND ended_at_ms <= :now - CAST(? AS bigint) LIMIT ?) RETURNING id`,
      [keptMs, count],
    );
    return rows.length;
  }
}
