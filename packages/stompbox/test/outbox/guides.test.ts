/** What the guides of outbox and idempotency show, without a database server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedBroker } from '../support/embedded.js';
import { exampleWith, runExample } from './guide-example.js';

test('a message is put in within a transaction of SQLite', async (t) => {
  const code = exampleWith('outbox.md', 'outbox.sendNow(database');
  assert.equal(await runExample(t, code), '1 waiting\n');
});

test('the inbox handles a message once in SQLite', async (t) => {
  const code = exampleWith('idempotency.md', 'recordNow(');
  assert.equal(await runExample(t, code), '1 payment\n');
});

test('a listener takes a store in memory', async (t) => {
  const { url } = await embeddedBroker(t);
  const code = exampleWith('idempotency.md', 'memoryIdempotency()');
  assert.equal(
    await runExample(t, code, { MQ_URL: url, MQ_QUEUE: '/queue/orders' }),
    'charged 7\n',
  );
});
