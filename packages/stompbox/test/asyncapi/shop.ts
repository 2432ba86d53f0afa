/** An application with schemas of three libraries, which the tests describe. */
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import { listener, queue, resolveSettings, topic } from 'stompbox';
import type { AsyncApiOptions } from 'stompbox/asyncapi';
import * as v from 'valibot';
import * as z from 'zod';

const Item = z.object({
  sku: z.string().min(3).describe('As printed on the box.'),
  count: z.int().min(1).default(1),
  get parts() {
    return z.array(Item).optional();
  },
});
const Order = z.object({ id: z.uuid(), items: z.array(Item).min(1), placedAt: z.date() });
const Price = v.object({ sku: v.string(), cents: v.pipe(v.number(), v.integer()) });

export const orders = queue('orders', { schema: Order, description: 'New orders <of the shop>.' });
const prices = topic('VirtualTopic.prices', { schema: toStandardJsonSchema(Price) });
const stock = queue('stock.check', { schema: type({ sku: 'string', 'amount?': 'number' }) });
const mail = queue('mail');

export const SHOP: AsyncApiOptions = {
  info: { title: 'shop', version: '1.4.0', description: 'Orders & prices.' },
  settings: resolveSettings(
    { url: 'stomp+ssl://mq.example.com', user: 'shopkeeper', password: 'open-sesame' },
    { env: {} },
  ),
  destinations: { orders, prices, stock, mail },
  listeners: [
    listener(
      orders,
      { name: 'order-listener', concurrency: '2-10', selector: "region = 'EU'", retry: false },
      () => undefined,
    ),
    listener(prices, { name: 'price-listener', group: 'shop' }, () => undefined),
  ],
  requests: [{ destination: stock, reply: type({ free: 'number' }) }],
};
