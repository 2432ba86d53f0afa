/**
 * A relay in a process of its own, for tests that kill it.
 *
 *   node relay-child.js BROKER_URL DATABASE LEASE_MS [dies-before-mark]
 *
 * DATABASE is the URL of a PostgreSQL or the path of a SQLite file. It tells `sent ID` for each message it has
 * marked. With the last argument it marks nothing: it tells `receipt` when it should, and waits for its end.
 */
import { createMessaging, resolveSettings } from 'stompbox';
import { createOutbox, type SqlExecutor, sqlExecutor, startRelay } from 'stompbox/outbox';
import { openPool } from '../sql/postgres.js';
import { openSqlite } from '../sql/sqlite.js';
import { MemoryLogger } from '../support/memory-logger.js';

const [url = '', place = '', leaseMs = '', mode] = process.argv.slice(2);
const ends: (() => unknown)[] = [];
const context = {
  after: (end: () => unknown) => {
    ends.push(end);
  },
};

const tell = (line: string) => process.stdout.write(`${line}\n`);

const plain = sqlExecutor(
  place.startsWith('postgres:') ? openPool(context, place) : openSqlite(place),
);
/** It never answers a mark. */
const unmarking: SqlExecutor = {
  dialect: plain.dialect,
  query(sql, values) {
    if (!sql.includes("state = 'sent', owner")) return plain.query(sql, values);
    tell('receipt');
    return new Promise(() => undefined);
  },
};

const settings = resolveSettings({ url }, { env: {} });
const messaging = createMessaging(settings, { logger: new MemoryLogger() });
const outbox = createOutbox(mode === 'dies-before-mark' ? unmarking : plain);
const relay = startRelay(messaging, outbox, {
  leaseMs: Number(leaseMs),
  batchSize: 20,
  pollMs: 10,
  retryDelayMs: 10,
});
relay.onEvent((event) => {
  if (event.type === 'sent') tell(`sent ${event.id}`);
});

process.on('SIGTERM', async () => {
  await relay.stop();
  await messaging.close();
  for (const end of ends) await end();
  process.exit(0);
});
