/** The parts of the service with a database in memory. */
import type { TestContext } from 'node:test';
import { sqlIdempotency } from 'stompbox/idempotency';
import { createOutbox, type Outbox } from 'stompbox/outbox';
import type { Database } from '../dist/database/database.js';
import { SqliteDatabase } from '../dist/database/sqlite-database.js';
import { OrderBook } from '../dist/order-book.js';

export interface TestBook {
  readonly book: OrderBook;
  readonly outbox: Outbox;
  readonly commits: { count: number };
}

export async function testBook(
  context: TestContext,
  database: Database = SqliteDatabase.open(':memory:'),
): Promise<TestBook> {
  context.after(() => database.close());
  const outbox = createOutbox(database);
  const idempotency = sqlIdempotency(database);
  const commits = { count: 0 };
  const onCommit = () => {
    commits.count += 1;
  };
  const book = new OrderBook({ database, outbox, idempotency, onCommit });
  for (const owner of [book, outbox, idempotency]) await owner.migrate();
  return { book, outbox, commits };
}

export const TWO_TEAS = { customer: 'Ada', items: [{ article: 'tea', quantity: 2 }] };
export const GOLD = { customer: 'Midas', items: [{ article: 'gold', quantity: 1 }] };
