/** What the transactions promise: an order and its message together, or neither. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SqliteDatabase } from '../dist/database/sqlite-database.js';
import { GOLD, TWO_TEAS, testBook } from './support.js';

describe('the order book', () => {
  test('an order that cannot be sent is not there either', async (t) => {
    const { book, outbox, commits } = await testBook(t);
    const nothing = { customer: 'Ada', items: [] };

    await assert.rejects(book.place(nothing), { code: 'STOMP_OPT_SCHEMA' });

    assert.equal((await outbox.status()).pendingCount, 0);
    assert.equal(commits.count, 0, 'the relay is not woken for nothing');
  });

  test('orders that are placed at once do not get into each other', async (t) => {
    const { book, outbox } = await testBook(t);
    const broken = { customer: 'Ada', items: [] };
    const placing = [book.place(TWO_TEAS), book.place(broken), book.place(GOLD)];

    const outcomes = await Promise.allSettled(placing);

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((await outbox.status()).pendingCount, 2);
  });

  test('dispatches what is paid, and nothing else', async (t) => {
    const { book } = await testBook(t);
    const id = await book.place(TWO_TEAS);

    await book.dispatch(id);
    assert.equal((await book.find(id))?.state, 'received');
    await book.price(id, 900);
    await book.pay(id);
    await book.dispatch(id);

    assert.equal((await book.find(id))?.state, 'dispatched');
  });
});

test('a statement waits for the transaction of somebody else', async (t) => {
  const database = SqliteDatabase.open(':memory:');
  t.after(() => database.close());
  await database.query('CREATE TABLE seen (n integer)', []);

  const adding = database.transaction(async (tx) => {
    await tx.query('INSERT INTO seen VALUES ($1)', [1]);
    throw new Error('rolled back');
  });
  const reading = database.query('SELECT n FROM seen', []);

  await assert.rejects(adding, /rolled back/);
  assert.deepEqual(await reading, []);
});
