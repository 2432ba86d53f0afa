/** The web application: GET /chk/mq tells the queue and the topic about the request. */
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { StompError } from 'stompbox';
import type { MessageService } from './message-service.js';

export interface Check {
  /** The whole URL of the request, with its query. */
  readonly url: string;
  readonly path: string;
  /** Host and port, as the browser named them. */
  readonly host: string;
}

export function createApp(service: Pick<MessageService, 'sendToQueueAndTopic'>): FastifyInstance {
  const app = fastify();
  app.get('/chk/mq', async (request, reply) => {
    const check = checkOf(request);
    try {
      await service.sendToQueueAndTopic(check);
      return check;
    } catch (error) {
      if (!(error instanceof StompError) || !error.code.startsWith('STOMP_NET_')) throw error;
      const unavailable = { error: 'The message broker cannot be reached', code: error.code };
      return reply.code(503).send({ ...unavailable, message: error.message });
    }
  });
  return app;
}

function checkOf(request: FastifyRequest): Check {
  const { protocol, host, originalUrl } = request;
  const url = `${protocol}://${host}${originalUrl}`;
  return { url, path: originalUrl.split('?', 1)[0] ?? originalUrl, host };
}
