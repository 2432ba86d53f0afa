/**
 * Dispatches what was paid. All processes of this service are one consumer group: each event comes to one
 * of them, also those that happened while none was running. The store remembers what was handled, so
 * that nothing is dispatched twice when an event is delivered again.
 */

import { listener } from 'stompbox';
import type { IdempotencyStore } from 'stompbox/idempotency';
import { orderEvents } from '../destinations.js';
import type { OrderBook } from '../order-book.js';

export function dispatchOrders(book: OrderBook, idempotency: IdempotencyStore) {
  const options = { name: 'dispatch-orders', group: 'dispatch', idempotency };
  return listener(orderEvents, options, async ({ type, orderId }, { log }) => {
    if (type !== 'paid') return;
    await book.dispatch(orderId);
    log.info(`order ${orderId} is dispatched`);
  });
}
