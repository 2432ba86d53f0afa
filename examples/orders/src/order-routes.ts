/** The API for customers. A plugin of its own, so that its error handler concerns nobody else. */
import type { FastifyInstance } from 'fastify';
import { StompError } from 'stompbox';
import { NewOrder, PaymentAnswer, payments } from './destinations.js';
import type { OrderBook } from './order-book.js';

interface ById {
  readonly Params: { readonly id: string };
}

/** After that the customer is told to ask again. */
const PAYMENT_TIMEOUT_MS = 5_000;

export async function orderRoutes(
  app: FastifyInstance,
  { book }: { readonly book: OrderBook },
): Promise<void> {
  app.post('/orders', async (request, reply) => {
    const order = NewOrder.safeParse(request.body);
    if (!order.success) return reply.code(400).send({ error: order.error.issues });
    const id = await book.place(order.data);
    // The order and its message are committed; whether the broker is there now does not matter.
    return reply.code(202).header('location', `/orders/${id}`).send({ id, state: 'received' });
  });

  app.get<ById>('/orders/:id', async ({ params }, reply) => {
    const order = await book.find(params.id);
    return order ?? reply.code(404).send({ error: 'There is no such order' });
  });

  app.post<ById>('/orders/:id/payment', async ({ params }, reply) => {
    if ((await book.find(params.id)) === undefined) {
      return reply.code(404).send({ error: 'There is no such order' });
    }
    const body = { orderId: params.id };
    const timeoutMs = PAYMENT_TIMEOUT_MS;
    const answer = PaymentAnswer.parse(await app.messaging.request(payments, body, { timeoutMs }));
    return reply.code(answer.outcome === 'paid' ? 200 : 409).send(answer);
  });

  app.setErrorHandler((error: Error, request, reply) => {
    if (!(error instanceof StompError) || !/^STOMP_(NET|REQUEST)_/.test(error.code)) throw error;
    request.log.warn(error.message);
    return reply.code(503).header('retry-after', '5').send({ error: 'Ask again later' });
  });
}
