/**
 * The message service in an Express application, 4 or 5. Express has no life of its own, so what starts and
 * ends it is said in the program:
 *
 *     const messaging = expressMessaging({ listeners: [onOrder] });
 *     app.use(messaging.middleware);
 *     app.use('/messages', messaging.routes({ destinations: { orders } }));
 *     await messaging.start();
 *     const server = app.listen(8001);
 *     process.exitCode = await drainOnShutdown(server, messaging);
 */
import express, { type RequestHandler, type Router } from 'express';
import { withCorrelationId } from '../correlation/correlation.js';
import type { Messaging } from '../messaging.js';
import { type CheckRouterOptions, checkRouter } from '../rest/check-router.js';
import {
  type LifecycleOptions,
  type MessagingLifecycle,
  messagingLifecycle,
} from '../rest/messaging-lifecycle.js';
import { REQUEST_ID_HEADER, statedCorrelationId } from '../rest/request-correlation.js';
import type { RestRouterOptions } from '../rest/rest-options.js';
import { messagingRouter, respond, restRequest } from './messaging-router.js';

declare global {
  namespace Express {
    interface Request {
      /** Set by the middleware of `expressMessaging`. */
      messaging?: Messaging;
      /** Every message that is sent in the course of the request carries it. */
      correlationId?: string;
    }
  }
}

export interface ExpressMessaging extends MessagingLifecycle {
  /** Gives requests `req.messaging` and a correlation id, which the answer has as `x-request-id`. */
  readonly middleware: RequestHandler;
  /** Routes that send, see `messagingRouter`. */
  routes(options: RestRouterOptions): Router;
  /** `GET /chk/mq`, and `/health` with the option `health`. */
  checks(options?: CheckRouterOptions): Router;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`, also of the settings. */
export function expressMessaging(options: LifecycleOptions = {}): ExpressMessaging {
  const lifecycle = messagingLifecycle(options);
  const { messaging } = lifecycle;
  const { logger } = options;
  const logging = logger === undefined ? {} : { logger };
  return {
    messaging,
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stopListeners: () => lifecycle.stopListeners(),
    close: (closeOptions) => lifecycle.close(closeOptions),
    [Symbol.asyncDispose]: () => lifecycle.close(),
    middleware: correlatingMiddleware(messaging),
    routes: (own) => messagingRouter(messaging, { ...logging, ...own }).router,
    checks: (own) => checks(lifecycle, { ...logging, ...own }),
  };
}

function correlatingMiddleware(messaging: Messaging): RequestHandler {
  return (request, response, next) => {
    const id = statedCorrelationId((name) => request.get(name)) ?? crypto.randomUUID();
    request.messaging = messaging;
    request.correlationId = id;
    response.setHeader(REQUEST_ID_HEADER, id);
    withCorrelationId(id, next);
  };
}

function checks(lifecycle: MessagingLifecycle, options: CheckRouterOptions): Router {
  const checking = checkRouter(lifecycle, options);
  const router = express.Router();
  for (const path of checking.paths) {
    router.get(path, (request, response, next) => {
      checking
        .handle(restRequest(request), { prefix: request.baseUrl })
        .then((answer) => respond(response, answer))
        .catch(next);
    });
  }
  return router;
}
