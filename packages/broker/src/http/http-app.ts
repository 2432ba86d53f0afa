/**
 * The HTTP application that all parts of the broker add their routes to. It keeps out web pages: a page
 * of some other site, open in a browser on this machine, must not use what programs here may use.
 */
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';

/** What a handler finds in its context: Node's request and response. */
export interface HttpEnvironment {
  readonly Bindings: HttpBindings;
}

export type HttpApp = Hono<HttpEnvironment>;

export interface HttpAppContext {
  readonly origins: readonly string[];
  /** A handler failed in a way that nobody foresaw; the client was told 500. */
  onError(error: Error): void;
}

export function createHttpApp({ origins, onError }: HttpAppContext): HttpApp {
  const app = new Hono<HttpEnvironment>();
  app.use(async (context, next) => {
    const origin = context.req.header('origin');
    if (origin === undefined || origins.includes(origin)) return next();
    return context.json(
      {
        code: 'STOMP_HTTP_ORIGIN',
        message: 'Web pages of this origin may not use the broker: add it to http.origins',
      },
      403,
    );
  });
  app.use(
    cors({
      origin: (origin) => (origins.includes(origin) ? origin : null),
      allowMethods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
      exposeHeaders: [
        'accept-ranges',
        'content-range',
        'etag',
        'location',
        'repr-digest',
        'upload-complete',
        'upload-offset',
      ],
      maxAge: 600,
    }),
  );
  app.onError((error, context) => {
    onError(error);
    const message = 'The broker failed to answer; its log says why';
    return context.json({ code: 'STOMP_HTTP_FAILED', message }, 500);
  });
  app.notFound((context) =>
    context.json({ code: 'STOMP_HTTP_NOT_FOUND', message: 'There is nothing here' }, 404),
  );
  return app;
}
