/**
 * What the relays do in the table. Each is one statement, so that no transaction is open while a message
 * is being sent.
 *
 * - A row is claimed by at most one relay at a time: the statement passes over rows that another one
 *   has locked, and sees in all others whether their time has come.
 * - Of the rows with one order key, only the first that is not sent may be claimed freely. Who has that
 *   one has the key, and alone may claim those that follow.
 * - `sent` is the truth whoever has the row by then, because there was a receipt. All else is written
 *   only by the relay that still has the row.
 */
import { OptionsError } from '@stompbox/protocol';
import type { SqlResult, SqlValue } from '../sql/sql-executor.js';
import type { SqlTable } from '../sql/sql-table.js';
import { placeholders, wordsOf } from '../sql/sql-text.js';
import { MESSAGE_COLUMNS, type OutboxRow, readRow } from './outbox-row.js';

export interface Claim {
  /** Who claims. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly count: number;
  /** Whether a failed row holds up those after it with the same order key. */
  readonly isHeldByFailed: boolean;
}

/** Why a row goes back: when it is due again, what was wrong. */
export interface FailedAttempt {
  readonly seq: number;
  readonly error: string;
  /** Undefined: never, a person decides. */
  readonly delayMs: number | undefined;
}

const TAKE = 'UPDATE :table SET owner = ?, due_at_ms = :now + CAST(? AS bigint) WHERE seq';
const GIVE = `RETURNING seq, ${MESSAGE_COLUMNS}, attempts, :now - created_at_ms AS waited_ms`;

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
  async claim(claim: Claim): Promise<readonly OutboxRow[]> {
    const first = await this.#claimFirst(claim);
    const keys = new Set(first.flatMap(({ orderKey }) => orderKey ?? []));
    const room = claim.count - first.length;
    if (keys.size === 0 || room === 0) return first;
    const after = await this.#claimFollowers({ ...claim, count: room }, [...keys]);
    return [...first, ...after].sort((a, b) => a.seq - b.seq);
  }

  #claimFirst({ owner, leaseMs, count, isHeldByFailed }: Claim): Promise<readonly OutboxRow[]> {
    return this.#take(
      `SELECT c.seq FROM :table c WHERE c.state = 'pending' AND c.due_at_ms <= :now
AND (c.order_key IS NULL OR NOT EXISTS (${earlier(isHeldByFailed)}))
ORDER BY c.seq LIMIT ?`,
      [owner, leaseMs, count],
    );
  }

  /** Of keys whose first row this relay has just claimed, so nobody else may. */
  #claimFollowers(
    { owner, leaseMs, count, isHeldByFailed }: Claim,
    keys: readonly string[],
  ): Promise<readonly OutboxRow[]> {
    return this.#take(
      `SELECT c.seq FROM :table c WHERE c.state = 'pending' AND c.due_at_ms <= :now
AND c.order_key IN (${placeholders(keys.length)}) AND NOT EXISTS (${earlier(isHeldByFailed)}
  AND (e.state = 'failed' OR (e.due_at_ms > :now AND (e.owner IS NULL OR e.owner <> ?))))
ORDER BY c.seq LIMIT ?`,
      [owner, leaseMs, ...keys, owner, count],
    );
  }

  async #take(select: string, values: readonly SqlValue[]): Promise<readonly OutboxRow[]> {
    const { executor } = this.#table;
    const among = wordsOf(executor.dialect).among(select);
    const rows = await this.#run(`${TAKE} ${among} ${GIVE}`, values);
    return rows.map(readRow).sort((a, b) => a.seq - b.seq);
  }

  /** There were receipts for them. */
  async markSent(seqs: readonly number[]): Promise<void> {
    await this.#run(
      `UPDATE :table SET state = 'sent', owner = NULL, error = NULL, ended_at_ms = :now
WHERE seq IN (${placeholders(seqs.length)}) AND state <> 'sent'`,
      seqs,
    );
  }

  /** They were not tried: any relay may have them at once. */
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

/** Rows that stand before the row `c` in its order, and may hold it up. */
function earlier(isHeldByFailed: boolean): string {
  // `<> 'sent'` is said always, because the index is about such rows only.
  const blocking = isHeldByFailed ? '' : "AND e.state = 'pending'";
  return `SELECT 1 FROM :table e WHERE e.order_key = c.order_key AND e.state <> 'sent'
  ${blocking} AND e.seq < c.seq`;
}
