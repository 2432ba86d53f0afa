/** Takes the money for an order. What the handler returns is the reply to whoever asked. */
import { listener } from 'stompbox';
import { type PaymentAnswer, payments } from '../destinations.js';
import type { OrderBook } from '../order-book.js';

export function takePayments(book: OrderBook) {
  const options = { name: 'take-payments', concurrency: 4 };
  return listener(payments, options, async ({ orderId }, { log }): Promise<PaymentAnswer> => {
    const answer = await book.pay(orderId);
    log.info(`payment of order ${orderId}: ${answer.outcome}`);
    return answer;
  });
}
