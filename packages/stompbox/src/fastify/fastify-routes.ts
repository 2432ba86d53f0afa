/**
 * Routes for a Fastify application that has `fastifyMessaging`. They are encapsulated, so that the prefix of
 * `register` counts, and what they do to bodies concerns nobody else.
 *
 *     app.register(messagingRoutes, { prefix: '/messages', destinations: { orders } });
 *     app.register(checkRoutes);
 */
import { OptionsError } from '@stompbox/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CheckRouterOptions, checkRouter } from '../rest/check-router.js';
import { problem } from '../rest/problem.js';
import type { RestRouterOptions } from '../rest/rest-options.js';
import { pathBefore, type RestRequest } from '../rest/rest-request.js';
import type { RestResponse } from '../rest/rest-response.js';
import { restRouter } from '../rest/rest-router.js';

/** Fastify's own word, `prefix`, is where the routes are. */
export type MessagingRoutesOptions = RestRouterOptions;

const DEFAULT_MAX_BODY_BYTES = 1_048_576;

export async function messagingRoutes(
  app: FastifyInstance,
  options: MessagingRoutesOptions,
): Promise<void> {
  assertRegistered(app, 'messagingRoutes');
  const { prefix: _prefix, logger = app.log, ...rest } = options;
  const router = restRouter(app.messaging, { ...rest, logger });
  const bodyLimit = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  takeBytes(app, bodyLimit);
  // From the request, because a prefix may have parameters: /shops/:shop/messages.
  const below = (segmentCount: number) => async (request: FastifyRequest, reply: FastifyReply) => {
    const prefix = pathBefore(request.url, segmentCount);
    return answer(reply, await router.handle(restRequest(request), { prefix }));
  };
  app.all('/:destination', { bodyLimit }, below(1));
  app.all('/:destination/replies/:id', { bodyLimit }, below(3));
}

export async function checkRoutes(
  app: FastifyInstance,
  options: CheckRouterOptions & { readonly prefix?: string },
): Promise<void> {
  assertRegistered(app, 'checkRoutes');
  const { prefix: _prefix, logger = app.log, ...rest } = options;
  const router = checkRouter(app.messagingLifecycle, { ...rest, logger });
  for (const path of router.paths) {
    const segmentCount = path.split('/').length - 1;
    app.get(path, async (request, reply) => {
      const prefix = pathBefore(request.url, segmentCount);
      return answer(reply, await router.handle(restRequest(request), { prefix }));
    });
  }
}

function assertRegistered(app: FastifyInstance, name: string): void {
  if (app.hasDecorator('messagingLifecycle')) return;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${name} needs the message service of the application: register fastifyMessaging before it`,
  );
}

/** The routes read bodies themselves, by the same rules in every framework. */
function takeBytes(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error: unknown, _request, reply) => {
    const isTooLarge =
      error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
    if (!isTooLarge) throw error;
    const detail = `A body may have ${bodyLimit} bytes at most.`;
    return answer(reply, problem('body-too-large', { detail }));
  });
}

function restRequest(request: FastifyRequest): RestRequest {
  const { method, url, headers, body, protocol, host } = request;
  const bytes = body instanceof Uint8Array ? body : undefined;
  return { method, url, headers, origin: `${protocol}://${host}`, body: bytes };
}

function answer(reply: FastifyReply, { status, headers, body }: RestResponse): FastifyReply {
  // As bytes, because Fastify would write a character set behind the content type of a text.
  return reply
    .code(status)
    .headers(headers)
    .send(typeof body === 'string' ? Buffer.from(body) : body);
}
