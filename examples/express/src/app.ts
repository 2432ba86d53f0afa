/** The web application. Nothing starts before `messaging.start()` and `app.listen`. */
import express, { type Express } from 'express';
import type { Settings } from 'stompbox';
import { type ExpressMessaging, expressMessaging } from 'stompbox/express';
import { orders, packOrder } from './orders.js';

export function createApp(settings: Settings): { app: Express; messaging: ExpressMessaging } {
  const messaging = expressMessaging({ settings, listeners: [packOrder] });
  const app = express();
  app.use(messaging.middleware);
  // POST /messages/orders sends what comes, if it is an order.
  app.use('/messages', messaging.routes({ destinations: { orders } }));
  // GET /chk/mq sends a message and answers with it.
  app.use(messaging.checks());
  // A route of one's own: it answers when the broker has confirmed.
  app.post('/shop/:item', async (request, response) => {
    const { item } = request.params;
    await messaging.messaging.send(orders, { id: 1, items: [item] });
    response.status(201).json({ ordered: item, correlationId: request.correlationId });
  });
  return { app, messaging };
}
