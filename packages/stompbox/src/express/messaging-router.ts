/**
 * REST routes as an Express router, for a message service that the application has already. It reads the
 * body itself, unless `express.json()` has parsed it before; errors that are no answers go to `next`.
 */
import express, { type Request, type Response, type Router } from 'express';
import { withCorrelationId } from '../correlation/correlation.js';
import type { Messaging } from '../messaging.js';
import type { RestRouterOptions } from '../rest/rest-options.js';
import type { RestHeaders, RestRequest } from '../rest/rest-request.js';
import type { RestResponse } from '../rest/rest-response.js';
import { restRouter } from '../rest/rest-router.js';

export interface MessagingRouter {
  /** For `app.use('/messages', router)`. */
  readonly router: Router;
  /**
   * Closes the message service: lets listeners and sends finish. Call it when the server has closed,
   * because running requests may still send: `server.close(() => close())`.
   */
  close(): Promise<void>;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function messagingRouter(messaging: Messaging, options: RestRouterOptions): MessagingRouter {
  const rest = restRouter(messaging, options);
  const router = express.Router();
  router.use((request, response, next) => {
    const { correlationId, baseUrl } = request;
    const handle = () => rest.handle(restRequest(request), { prefix: baseUrl });
    // Reading a body before may have left the course of calls that the middleware began.
    const answering =
      correlationId === undefined ? handle() : withCorrelationId(correlationId, handle);
    answering.then((answer) => respond(response, answer)).catch(next);
  });
  return { router, close: () => messaging.close() };
}

export function restRequest(request: Request): RestRequest {
  const { method, originalUrl, protocol } = request;
  const origin = `${protocol}://${request.get('host') ?? 'localhost'}`;
  return { method, url: originalUrl, headers: headersOf(request), origin, ...bodyOf(request) };
}

/** Whoever consumed the stream has decompressed it, too. */
function headersOf({ headers, readableDidRead }: Request): RestHeaders {
  return readableDidRead ? { ...headers, 'content-encoding': undefined } : headers;
}

/** `express.json()`, `.text()` and `.raw()` have consumed the stream, and left what they made of it. */
function bodyOf(request: Request): Pick<RestRequest, 'body' | 'parsedBody'> {
  const body: unknown = request.body;
  if (!request.readableDidRead) {
    // Not destroyed when the body is too large: the answer has to go out by the same connection.
    return { body: request.iterator({ destroyOnReturn: false }) };
  }
  if (body instanceof Uint8Array) return { body };
  if (typeof body === 'string') return { body: new TextEncoder().encode(body) };
  return body === undefined ? {} : { parsedBody: body };
}

export function respond(response: Response, { status, headers, body }: RestResponse): void {
  response.status(status).set(headers);
  // What was not read of a body that is too large must not be taken for the next request.
  if (status === 413) response.set('connection', 'close');
  response.end(body);
}
