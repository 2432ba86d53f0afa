/**
 * Prices orders. When the price service fails, the message is tried again: at once, later, and at last it
 * is a dead letter (the settings `listener.retry`). An article that nobody knows is no case for another
 * try: the order is rejected, and its message becomes a dead letter now.
 */
import { listener, UnrecoverableError } from 'stompbox';
import { orders } from '../destinations.js';
import type { OrderBook } from '../order-book.js';
import type { PriceService } from '../price-service.js';

export function priceOrders(book: OrderBook, prices: PriceService) {
  const options = { name: 'price-orders', concurrency: 4, timeoutMs: 10_000 };
  return listener(orders, options, async ({ id, items }, { signal, log }) => {
    let totalCents = 0;
    for (const { article, quantity } of items) {
      const priceCents = await prices.priceOf(article, signal);
      if (priceCents === undefined) {
        await book.reject(id, `there is no article ${article}`);
        throw new UnrecoverableError(`Order ${id} wants ${article}, which is no article`);
      }
      totalCents += priceCents * quantity;
    }
    await book.price(id, totalCents);
    log.info(`order ${id} is priced: ${totalCents} cents`);
  });
}
