/** What the guides of outbox and idempotency show with PostgreSQL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresDatabase } from '../sql/postgres.js';
import { embeddedBroker } from '../support/embedded.js';
import { exampleWith, postgresVariables, runExample } from './guide-example.js';

test('a message is put in, sent by the relay and handled', async (t) => {
  const { url } = await embeddedBroker(t);
  const env = { MQ_URL: url, ...postgresVariables(await postgresDatabase(t)) };
  const code = exampleWith(
    'outbox.md',
    "CREATE TABLE IF NOT EXISTS orders (id integer)');\n\n// Where",
  );
  assert.equal(await runExample(t, code, env), 'order 7\n');
});

test('a relay listens, and messages that have failed are in the hands of a person', async (t) => {
  const { url } = await embeddedBroker(t);
  const env = { MQ_URL: url, ...postgresVariables(await postgresDatabase(t)) };
  const code = `${exampleWith('outbox.md', 'pgWakeUp(client, outbox)')}
${exampleWith('outbox.md', 'outbox.failedMessages()')}
await outbox.send(pool, '/queue/a', 1);
while ((await relay.status()).sentCount === 0);
await relay.stop();
await messaging.close();
await client.end();
await pool.end();
console.log(relay.state);`;
  assert.equal(await runExample(t, code, env), 'stopped\n');
});

test('the inbox handles a message once', async (t) => {
  const env = postgresVariables(await postgresDatabase(t));
  assert.equal(await runExample(t, exampleWith('idempotency.md', "from 'pg'"), env), '1 payment\n');
});
