/** The statements that make the table of an idempotency store, the same for each database. */
export function idempotencyTable(table: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  key text PRIMARY KEY,
  state text NOT NULL,
  token text NOT NULL,
  until_ms bigint NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS ${table.replaceAll('.', '_')}_until ON ${table} (until_ms)`,
  ];
}
