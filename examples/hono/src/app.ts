/** The web application. Nothing starts before `lifecycle.start()` and `serve`. */
import { Hono } from 'hono';
import type { Settings } from 'stompbox';
import {
  checkRoutes,
  type MessagingEnv,
  messagingMiddleware,
  messagingRoutes,
} from 'stompbox/hono';
import { type MessagingLifecycle, messagingLifecycle } from 'stompbox/rest';
import { orders, packOrder } from './orders.js';

export interface App {
  readonly app: Hono<MessagingEnv>;
  readonly lifecycle: MessagingLifecycle;
}

export function createApp(settings: Settings): App {
  const lifecycle = messagingLifecycle({ settings, listeners: [packOrder] });
  const { messaging } = lifecycle;
  const app = new Hono<MessagingEnv>();
  app.use(messagingMiddleware(messaging));
  // POST /messages/orders sends what comes, if it is an order.
  app.route('/messages', messagingRoutes(messaging, { destinations: { orders } }));
  // GET /chk/mq sends a message and answers with it.
  app.route('/', checkRoutes(lifecycle));
  // A route of one's own: it answers when the broker has confirmed.
  app.post('/shop/:item', async (c) => {
    const item = c.req.param('item');
    await c.var.messaging.send(orders, { id: 1, items: [item] });
    return c.json({ ordered: item, correlationId: c.var.correlationId }, 201);
  });
  return { app, lifecycle };
}
