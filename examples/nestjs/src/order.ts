/** What travels between the shop and its warehouse: the contract, in one place. */
import { queue, topic } from 'stompbox';
import * as z from 'zod';

const Order = z.object({
  id: z.number().int().positive(),
  item: z.string().min(1),
  count: z.number().int().positive().default(1),
});
/** As the warehouse gets it: with its defaults. */
export type Order = z.output<typeof Order>;

const Shipment = z.object({ orderId: z.number(), parcels: z.number() });
export type Shipment = z.output<typeof Shipment>;

export const orders = queue('orders', { schema: Order, description: 'New orders of the shop.' });
export const shipments = topic('shipments', {
  schema: Shipment,
  description: 'Orders that have left the warehouse.',
});
