/**
 * The service, put together. Closing it drains it, in this order: no new requests (Fastify answers 503),
 * the listeners finish their messages, running requests finish, the outbox relay finishes its sends, the
 * message service closes, the database closes. Fastify runs the last `onClose` hook first.
 */
import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { createMessaging, health, type Messaging, type Settings } from 'stompbox';
import { fastifyMessaging } from 'stompbox/fastify';
import { sqlIdempotency } from 'stompbox/idempotency';
import { createOutbox, type RelayPorts, startRelay } from 'stompbox/outbox';
import { prometheusMetrics, relayMetrics } from 'stompbox/prometheus';
import type { Database } from './database/database.js';
import { countEvents } from './listener/count-events.js';
import { dispatchOrders } from './listener/dispatch-orders.js';
import { priceOrders } from './listener/price-orders.js';
import { takePayments } from './listener/take-payments.js';
import { monitoringRoutes } from './monitoring-routes.js';
import { OrderBook } from './order-book.js';
import { orderRoutes } from './order-routes.js';
import type { PriceService } from './price-service.js';
import { currentTrace } from './tracing.js';

export interface AppParts {
  /** Closed with the application. */
  readonly database: Database;
  /** Settings of the message service, or one that a test has made; closed with the application. */
  readonly messaging: Settings | Messaging;
  readonly prices: PriceService;
  readonly logger: NonNullable<FastifyServerOptions['logger']>;
  /** Only of tests; otherwise outbox and idempotency go by the clock of the database. */
  readonly clock?: NonNullable<RelayPorts['clock']>;
}

export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const { database, prices } = parts;
  const app = fastify({
    logger: parts.logger,
    // The id of a request is that of all messages and log lines that follow from it.
    requestIdHeader: 'x-request-id',
    logController: new LogController({ requestIdLogLabel: 'correlationId' }),
    genReqId: () => randomUUID(),
  });
  app.addHook('onClose', () => database.close());
  const logger = app.log.child({ module: 'messaging' });
  const { clock } = parts;
  const ports = { logger, ...(clock && { clock, now: () => clock.now() }) };
  const messaging =
    'consume' in parts.messaging ? parts.messaging : createMessaging(parts.messaging, { logger });

  const idempotency = sqlIdempotency(database, {}, ports);
  const outbox = createOutbox(database, { traceContext: currentTrace }, ports);
  const book = new OrderBook({ database, outbox, idempotency, onCommit: () => relay.wake() });
  for (const owner of [book, outbox, idempotency]) await owner.migrate();
  const relay = startRelay(messaging, outbox, {}, ports);

  const counts = { priced: 0, paid: 0 };
  const listeners = [
    priceOrders(book, prices),
    takePayments(book),
    dispatchOrders(book, idempotency),
    countEvents(counts),
  ];
  await app.register(fastifyMessaging, { messaging, listeners, logger });
  const required = listeners.flatMap(({ options }) => options.name ?? []);
  const watched = health(messaging, { listeners: required }, ports);
  const metrics = prometheusMetrics(messaging);
  const outboxMetrics = relayMetrics(relay, { registry: metrics.registry });
  app.addHook('onClose', async () => {
    await relay.stop();
    await watched.close();
    outboxMetrics.close();
    metrics.close();
  });
  await app.register(orderRoutes, { book });
  await app.register(monitoringRoutes, { health: watched, metrics, relay, counts });
  return app;
}
