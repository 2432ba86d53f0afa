/**
 * How a relay gets its rows, at most `count` at a time, each by one statement that no other relay can win:
 *
 * - A row is claimed by at most one relay at a time: the statement passes over rows that another one
 *   has locked, and sees in all others whether their time has come.
 * - Of the rows with one order key only the first that is not sent may be claimed freely. Who has that
 *   one has the key, and alone may claim those that follow.
 *
 * The oldest rows come first. Of a long table only the first `WINDOW_ROWS` that are due are looked at; when
 * most of these are held up, the first row of every key is looked up by the index instead. So a
 * claim costs about the same whether thousands of rows wait or millions, under one key or many.
 */
import type { SqlResult, SqlRow, SqlValue } from '../sql/sql-executor.js';
import { numberIn, optionalTextIn, textIn } from '../sql/sql-row.js';
import { onlyRow } from '../sql/sql-table.js';
import { type DialectWords, placeholders } from '../sql/sql-text.js';
import { MESSAGE_COLUMNS, type OutboxRow, readRow } from './outbox-row.js';

export interface ClaimOptions {
  /** Who claims. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly count: number;
  /** Whether a failed row holds up those after it with the same order key. */
  readonly isHeldByFailed: boolean;
}

export interface ClaimParts extends ClaimOptions {
  readonly words: DialectWords;
  readonly run: (text: string, values: readonly SqlValue[]) => SqlResult;
}

const WINDOW_ROWS = 1_000;
const MAX_KEYS = 100;

const TAKE = 'UPDATE :table SET owner = ?, due_at_ms = :now + CAST(? AS bigint) WHERE seq';
const GIVE = `RETURNING seq, ${MESSAGE_COLUMNS}, attempts, :now - created_at_ms AS waited_ms`;
const DUE = "c.state = 'pending' AND c.due_at_ms <= :now";

/** Resolves with the rows in their order. */
export async function claimRows(parts: ClaimParts): Promise<readonly OutboxRow[]> {
  const window = await onlyRow(
    parts.run(
      `SELECT count(*) AS due, max(seq) AS last FROM (SELECT c.seq FROM :table c WHERE ${DUE}
ORDER BY c.seq LIMIT ${WINDOW_ROWS}) AS w`,
      [],
    ),
  );
  const dueCount = numberIn(window, 'due');
  if (dueCount === 0) return [];
  const claim = new Claim(parts);
  await claim.takeOldest(numberIn(window, 'last'));
  if (dueCount === WINDOW_ROWS && claim.room > 0) {
    await claim.takeUnordered();
    await claim.takeFirstOfKeys();
  }
  await claim.takeFollowers();
  return claim.rows.sort((a, b) => a.seq - b.seq);
}

class Claim {
  readonly #parts: ClaimParts;
  readonly rows: OutboxRow[] = [];

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  get room(): number {
    return this.#parts.count - this.rows.length;
  }

  async takeOldest(lastSeq: number): Promise<void> {
    await this.#take(
      `SELECT c.seq FROM :table c WHERE ${DUE} AND c.seq <= ?
AND (c.order_key IS NULL OR NOT EXISTS (SELECT 1 FROM :table e
  WHERE e.order_key = c.order_key AND ${this.#blocking} AND e.seq < c.seq))
ORDER BY c.seq LIMIT ?`,
      [lastSeq],
    );
  }

  async takeUnordered(): Promise<void> {
    await this.#take(
      `SELECT c.seq FROM :table c WHERE ${DUE} AND c.order_key IS NULL ORDER BY c.seq LIMIT ?`,
    );
  }

  /** Goes from key to key, each time by the index, and stops when there is no more room. */
  async takeFirstOfKeys(): Promise<void> {
    if (this.room === 0) return;
    const keys = "FROM :table WHERE order_key IS NOT NULL AND state <> 'sent'";
    await this.#take(
      `WITH RECURSIVE keys (k) AS (SELECT min(order_key) ${keys}
UNION ALL SELECT (SELECT min(order_key) ${keys} AND order_key > keys.k) FROM keys
  WHERE keys.k IS NOT NULL)
SELECT c.seq FROM keys JOIN :table c ON c.seq = (SELECT min(e.seq) FROM :table e
  WHERE e.order_key = keys.k AND ${this.#blocking}) WHERE ${DUE} LIMIT ?`,
    );
  }

  /** Of keys whose first row is claimed, so that nobody else may. */
  async takeFollowers(): Promise<void> {
    const heads = this.rows.filter(({ orderKey }) => orderKey !== undefined).slice(0, MAX_KEYS);
    if (heads.length === 0 || this.room === 0) return;
    const count = Math.ceil(this.room / heads.length);
    const next = `SELECT * FROM (SELECT c.seq, c.order_key, c.state,
CASE WHEN c.due_at_ms <= :now THEN 1 ELSE 0 END AS is_due FROM :table c
WHERE c.order_key = ? AND ${this.#blocking.replaceAll('e.', 'c.')} AND c.seq > ?
ORDER BY c.seq LIMIT ?) AS f`;
    const found = await this.#parts.run(
      heads.map(() => next).join('\nUNION ALL\n'),
      heads.flatMap(({ orderKey = '', seq }) => [orderKey, seq, count]),
    );
    const seqs = followers(found).slice(0, this.room);
    if (seqs.length === 0) return;
    // What has changed since is seen here.
    const values = [this.#parts.owner, this.#parts.leaseMs, ...seqs];
    const due = "state = 'pending' AND due_at_ms <= :now";
    this.#add(
      await this.#parts.run(`${TAKE} IN (${placeholders(seqs.length)}) AND ${due} ${GIVE}`, values),
    );
  }

  /** What, of the rows `e` with the same key, may hold up those after it. */
  get #blocking(): string {
    // `<> 'sent'` is said always, because the index is about such rows only.
    return this.#parts.isHeldByFailed
      ? "e.state <> 'sent'"
      : "e.state <> 'sent' AND e.state = 'pending'";
  }

  async #take(select: string, values: readonly SqlValue[] = []): Promise<void> {
    const { owner, leaseMs, words, run } = this.#parts;
    const among = words.among(select);
    this.#add(await run(`${TAKE} ${among} ${GIVE}`, [owner, leaseMs, ...values, this.room]));
  }

  #add(rows: readonly SqlRow[]): void {
    this.rows.push(...rows.map(readRow));
  }
}

/** The rows of each key up to the first that is held up itself. */
function followers(found: readonly SqlRow[]): readonly number[] {
  const held = new Set<string | undefined>();
  const seqs: number[] = [];
  const rows = found.map((row) => ({
    seq: numberIn(row, 'seq'),
    key: optionalTextIn(row, 'order_key'),
    isFree: textIn(row, 'state') === 'pending' && numberIn(row, 'is_due') === 1,
  }));
  for (const { seq, key, isFree } of rows.sort((a, b) => a.seq - b.seq)) {
    if (!isFree) held.add(key);
    if (!held.has(key)) seqs.push(seq);
  }
  return seqs;
}
