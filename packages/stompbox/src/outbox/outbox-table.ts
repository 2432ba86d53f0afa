/**
 * The table of an outbox. A row is
 *
 *   pending ──RECEIPT──► sent                    kept for a while, then deleted
 *      │  ▲
 *      │  └──retryFailed───┐
 *      └──refused for good─┴─ failed             kept until a person decides
 *
 * and a pending row may be taken by a relay when `due_at_ms` is over: at once, after a pause that
 * follows a failed attempt, or when the lease of the relay that has it (`owner`) ends.
 */
import type { SqlDialect } from '../sql/sql-executor.js';
import { wordsOf } from '../sql/sql-text.js';

/** The statements that make it, each of which does nothing if that is there already. */
export function outboxTable(table: string, dialect: SqlDialect): readonly string[] {
  const { sequence, bytes } = wordsOf(dialect);
  const index = table.replaceAll('.', '_');
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  seq ${sequence},
  id text NOT NULL UNIQUE,
  destination text NOT NULL,
  body_text text,
  body_bytes ${bytes},
  body_type text NOT NULL,
  headers text NOT NULL,
  order_key text,
  state text NOT NULL,
  attempts integer NOT NULL,
  due_at_ms bigint NOT NULL,
  owner text,
  error text,
  created_at_ms bigint NOT NULL,
  ended_at_ms bigint
)`,
    `CREATE INDEX IF NOT EXISTS ${index}_pending ON ${table} (seq) WHERE state = 'pending'`,
    `CREATE INDEX IF NOT EXISTS ${index}_order ON ${table} (order_key, seq)
WHERE order_key IS NOT NULL AND state <> 'sent'`,
    `CREATE INDEX IF NOT EXISTS ${index}_ended ON ${table} (ended_at_ms) WHERE state <> 'pending'`,
  ];
}
