/** The web application. Nothing starts before `listen` or `ready`. */
import fastify, { type FastifyInstance } from 'fastify';
import type { Settings } from 'stompbox';
import { checkRoutes, fastifyMessaging, messagingRoutes } from 'stompbox/fastify';
import { orders, packOrder } from './orders.js';

export function createApp(settings: Settings): FastifyInstance {
  const app = fastify({ logger: { level: 'warn' } });
  app.register(fastifyMessaging, { settings, listeners: [packOrder] });
  // POST /messages/orders sends what comes, if it is an order.
  app.register(messagingRoutes, { prefix: '/messages', destinations: { orders } });
  // GET /chk/mq sends a message and answers with it.
  app.register(checkRoutes);
  // A route of one's own: it answers when the broker has confirmed.
  app.post('/shop/:item', async (request, reply) => {
    const { item } = request.params as { item: string };
    await app.messaging.send(orders, { id: 1, items: [item] });
    return reply.code(201).send({ ordered: item, correlationId: request.correlationId });
  });
  return app;
}
