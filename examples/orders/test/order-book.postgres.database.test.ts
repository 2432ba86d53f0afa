/** The order book on PostgreSQL: the same SQL, transactions of another kind. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { PostgresDatabase } from '../dist/database/postgres-database.js';
import { TWO_TEAS, testBook } from './support.js';

/** The URL of a schema that is gone after the test. */
async function schemaUrl(context: TestContext): Promise<string> {
  const server = process.env['POSTGRES_URL'];
  assert.ok(server, 'run npm run test:databases, or set POSTGRES_URL');
  const schema = `orders_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
  context.after(async () => {
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  });
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${schema}`);
  return url.href;
}

test('an order goes through all its states', async (context) => {
  const url = await schemaUrl(context);
  const { book, outbox } = await testBook(context, new PostgresDatabase(url));

  const id = await book.place(TWO_TEAS);
  await book.price(id, 900);
  await book.price(id, 900);
  const [first, second] = await Promise.all([book.pay(id), book.pay(id)]);
  await book.dispatch(id);

  assert.equal(first.outcome, 'paid');
  assert.deepEqual(second, first);
  assert.equal((await book.find(id))?.state, 'dispatched');
  assert.equal((await outbox.status()).pendingCount, 3, 'the order and its two events');
});

test('an order that cannot be sent is not there either', async (context) => {
  const url = await schemaUrl(context);
  const database = new PostgresDatabase(url);
  const { book } = await testBook(context, database);

  await assert.rejects(book.place({ customer: 'Ada', items: [] }), { code: 'STOMP_OPT_SCHEMA' });

  assert.deepEqual(await database.query('SELECT id FROM orders', []), []);
});
