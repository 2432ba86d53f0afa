/** The handlers alone, with a database in memory and without a broker. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UnrecoverableError } from 'stompbox';
import { testContext } from 'stompbox/testing';
import { countEvents } from '../dist/listener/count-events.js';
import { priceOrders } from '../dist/listener/price-orders.js';
import { takePayments } from '../dist/listener/take-payments.js';
import { PriceServiceError, priceList } from '../dist/price-service.js';
import { GOLD, TWO_TEAS, testBook } from './support.js';

describe('price-orders', () => {
  test('prices an order and tells of it', async (t) => {
    const { book, outbox } = await testBook(t);
    const id = await book.place(TWO_TEAS);
    const context = testContext();

    await priceOrders(book, priceList()).call({ id, ...TWO_TEAS }, context);

    assert.equal((await book.find(id))?.state, 'priced');
    assert.equal((await book.find(id))?.totalCents, 900);
    assert.equal((await outbox.status()).pendingCount, 2, 'the order and the event');
    assert.match(context.lines.join(), /is priced: 900 cents/);
  });

  test('a message that comes twice has one effect', async (t) => {
    const { book, outbox } = await testBook(t);
    const id = await book.place(TWO_TEAS);
    const pricing = priceOrders(book, priceList());

    await pricing.call({ id, ...TWO_TEAS }, testContext());
    await pricing.call({ id, ...TWO_TEAS }, testContext({ isRedelivered: true }));

    assert.equal((await outbox.status()).pendingCount, 2, 'one order and one event');
  });

  test('an unknown article rejects the order, and no retry can mend that', async (t) => {
    const { book } = await testBook(t);
    const id = await book.place(GOLD);

    const handling = priceOrders(book, priceList()).call({ id, ...GOLD }, testContext());

    await assert.rejects(handling, UnrecoverableError);
    assert.equal((await book.find(id))?.state, 'rejected');
    assert.equal((await book.find(id))?.reason, 'there is no article gold');
  });

  test('a price service that fails leaves the order as it was', async (t) => {
    const { book, outbox } = await testBook(t);
    const id = await book.place(TWO_TEAS);

    const handling = priceOrders(book, priceList(1)).call({ id, ...TWO_TEAS }, testContext());

    await assert.rejects(handling, PriceServiceError);
    assert.equal((await book.find(id))?.state, 'received');
    assert.equal((await outbox.status()).pendingCount, 1, 'the order alone');
  });
});

describe('take-payments', () => {
  test('whoever asks twice pays once, and gets the same reference', async (t) => {
    const { book } = await testBook(t);
    const orderId = await book.place(TWO_TEAS);
    await book.price(orderId, 900);
    const taking = takePayments(book);

    const first = await taking.call({ orderId }, testContext());
    const second = await taking.call({ orderId }, testContext());

    const reference = (await book.find(orderId))?.paymentReference;
    assert.deepEqual(first, { outcome: 'paid', reference, totalCents: 900 });
    assert.deepEqual(second, first);
  });

  test('refuses what has no price yet', async (t) => {
    const { book } = await testBook(t);
    const orderId = await book.place(TWO_TEAS);

    const answer = await takePayments(book).call({ orderId }, testContext());

    assert.deepEqual(answer, { outcome: 'refused', reason: 'it is received' });
  });
});

test('count-events counts each kind', async () => {
  const counts = { priced: 0, paid: 0 };
  const event = { type: 'paid' as const, orderId: '', totalCents: 1 };
  await countEvents(counts).call(event, testContext());
  assert.deepEqual(counts, { priced: 0, paid: 1 });
});
