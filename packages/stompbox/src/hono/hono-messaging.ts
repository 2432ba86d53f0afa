/**
 * The message service in a Hono application: middleware that gives handlers `c.var.messaging`, and routes
 * for `app.route()`. Only web-standard requests and responses, so it runs wherever Hono and the client do.
 *
 *     const app = new Hono<MessagingEnv>();
 *     app.use(messagingMiddleware(messaging));
 *     app.route('/messages', messagingRoutes(messaging, { destinations: { orders } }));
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { withCorrelationId } from '../correlation/correlation.js';
import type { Messaging } from '../messaging.js';
import {
  type CheckedMessaging,
  type CheckRouterOptions,
  checkRouter,
} from '../rest/check-router.js';
import { REQUEST_ID_HEADER, statedCorrelationId } from '../rest/request-correlation.js';
import type { RestRouterOptions } from '../rest/rest-options.js';
import { pathBefore, type RestRequest } from '../rest/rest-request.js';
import { toResponse } from '../rest/rest-response.js';
import { restRouter } from '../rest/rest-router.js';

export interface MessagingVariables {
  /** The message service. */
  readonly messaging: Messaging;
  /** Every message that is sent in the course of the request carries it. */
  readonly correlationId: string;
}

export interface MessagingEnv {
  Variables: MessagingVariables;
}

/** Gives requests `c.var.messaging` and a correlation id, which the answer has as `x-request-id`. */
export function messagingMiddleware(messaging: Messaging): MiddlewareHandler<MessagingEnv> {
  return createMiddleware<MessagingEnv>(async (c, next) => {
    const id = statedCorrelationId((name) => c.req.header(name)) ?? crypto.randomUUID();
    c.set('messaging', messaging);
    c.set('correlationId', id);
    await withCorrelationId(id, next);
    c.header(REQUEST_ID_HEADER, id);
  });
}

/**
 * REST routes that send.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function messagingRoutes(messaging: Messaging, options: RestRouterOptions): Hono {
  const router = restRouter(messaging, options);
  const app = new Hono();
  const below = (segmentCount: number) => async (c: Context) => {
    const prefix = pathBefore(c.req.url, segmentCount);
    return toResponse(await router.handle(await unread(c), { prefix }));
  };
  app.all('/:destination', below(1));
  app.all('/:destination/replies/:id', below(3));
  return app;
}

/**
 * `GET /chk/mq`, and `/health` with the option `health`. For the root of the application:
 * `app.route('/', checkRoutes({ messaging }))`.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function checkRoutes(source: CheckedMessaging, options: CheckRouterOptions = {}): Hono {
  const router = checkRouter(source, options);
  const app = new Hono();
  for (const path of router.paths) {
    const segmentCount = path.split('/').length - 1;
    app.get(path, async (c) =>
      toResponse(await router.handle(c.req.raw, { prefix: pathBefore(c.req.url, segmentCount) })),
    );
  }
  return app;
}

/** A validator or a middleware may have read the body; Hono keeps what it was. */
async function unread({ req }: Context): Promise<Request | RestRequest> {
  const { raw, method, url } = req;
  if (!raw.bodyUsed) return raw;
  return { method, url, headers: raw.headers, body: new Uint8Array(await req.arrayBuffer()) };
}
