/**
 * Every destination of this service and what travels through it, in one place. Whoever sends, listens
 * or tests takes the types from here; messages that do not fit are refused at both ends.
 */
import { queue, topic } from 'stompbox';
import { z } from 'zod';

const Item = z.object({
  article: z.string().min(1).max(100),
  quantity: z.int().min(1).max(1_000),
});

/** What a customer sends to POST /orders. */
export const NewOrder = z.object({
  customer: z.string().min(1).max(200),
  items: z.array(Item).min(1).max(100),
});
export type NewOrder = z.infer<typeof NewOrder>;

const totalCents = z.int().min(0);

/** Orders that are to be priced. */
export const orders = queue('orders', {
  schema: NewOrder.extend({ id: z.uuid() }),
  description: 'Orders that are to be priced',
});

/** Requests to take the money for an order; each is answered with a `PaymentAnswer`. */
export const payments = queue('payments', { schema: z.object({ orderId: z.uuid() }) });

export const PaymentAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('paid'), reference: z.string(), totalCents }),
  z.object({ outcome: z.literal('refused'), reason: z.string() }),
]);
export type PaymentAnswer = z.infer<typeof PaymentAnswer>;

/** What happened to orders. By its name brokers give each group of consumers a queue of its own. */
export const orderEvents = topic('VirtualTopic.order-events', {
  schema: z.object({ type: z.enum(['priced', 'paid']), orderId: z.uuid(), totalCents }),
  description: 'What happened to orders',
});
