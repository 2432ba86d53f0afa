/** What travels: orders that customers place, and the listener that packs them. */
import { listener, queue } from 'stompbox';
import { z } from 'zod';

const Order = z.object({ id: z.int(), items: z.array(z.string()).min(1) });

export const orders = queue('orders', { schema: Order, description: 'Orders to be packed' });

/** Answers whoever asked for a reply. */
export const packOrder = listener(orders, { concurrency: 4 }, async ({ id, items }) => {
  process.stdout.write(`packed order ${id}\n`);
  return { id, parcels: Math.ceil(items.length / 2) };
});
