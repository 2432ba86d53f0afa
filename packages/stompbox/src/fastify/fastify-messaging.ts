/**
 * The message service in the life of a Fastify application:
 *
 *   onReady    connects and starts the listeners
 *   preClose   listeners stop; running requests go on and may still send
 *   onClose    requests are finished: the service closes
 *
 * The plugin is for the whole application (`fastify-plugin`), so a prefix means nothing to it. The routes
 * are plugins of their own, which are encapsulated: `messagingRoutes`, `checkRoutes`.
 */
import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { withCorrelationId } from '../correlation/correlation.js';
import type { Messaging } from '../messaging.js';
import {
  type LifecycleOptions,
  type MessagingLifecycle,
  messagingLifecycle,
} from '../rest/messaging-lifecycle.js';
import { isUsableId, statedCorrelationId } from '../rest/request-correlation.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The message service; closed with the application. */
    readonly messaging: Messaging;
    /** Its life within the application. */
    readonly messagingLifecycle: MessagingLifecycle;
  }
  interface FastifyRequest {
    /** Every message that is sent in the course of the request carries it. */
    correlationId: string;
  }
}

/** What Fastify calls requests by itself: counted anew in every process, so they correlate nothing. */
const COUNTED_ID = /^req-[0-9a-z]+$/;

async function messagingPlugin(app: FastifyInstance, options: LifecycleOptions): Promise<void> {
  const logger = options.logger ?? app.log.child({ module: 'stompbox' });
  const lifecycle = messagingLifecycle({ ...options, logger });
  app.decorate('messaging', lifecycle.messaging);
  app.decorate('messagingLifecycle', lifecycle);
  correlate(app);
  app.addHook('onReady', () => lifecycle.start());
  app.addHook('preClose', () => lifecycle.stopListeners());
  app.addHook('onClose', () => lifecycle.close());
  app.addHook('onSend', async (request, reply) => {
    // Fastify would wait for this connection until it has been idle for its keepAliveTimeout: 72 s.
    const isHttp1 = request.raw.httpVersionMajor === 1;
    if (lifecycle.state === 'draining' && isHttp1) reply.header('connection', 'close');
  });
}

/** Twice, because reading the body leaves the course of calls that the first hook began. */
function correlate(app: FastifyInstance): void {
  app.decorateRequest('correlationId', '');
  app.addHook('onRequest', (request, _reply, done) => {
    // With Fastify's requestIdHeader it is what the caller wrote, whatever that is.
    const isOwn = isUsableId(request.id) && !COUNTED_ID.test(request.id);
    const header = (name: string) => {
      const value = request.headers[name];
      return typeof value === 'object' ? value[0] : value;
    };
    request.correlationId =
      statedCorrelationId(header) ?? (isOwn ? request.id : crypto.randomUUID());
    withCorrelationId(request.correlationId, done);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    withCorrelationId(request.correlationId, done);
  });
}

/** Register it before what uses `app.messaging`. */
export const fastifyMessaging = fastifyPlugin<LifecycleOptions>(messagingPlugin, {
  name: 'stompbox',
  fastify: '5.x',
});
