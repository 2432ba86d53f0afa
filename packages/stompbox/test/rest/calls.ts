/** Requests and answers of the REST routes, shortened for tests. */
import { queue } from 'stompbox';
import {
  type RestPorts,
  type RestResponse,
  type RestRouter,
  type RestRouterOptions,
  restRouter,
} from 'stompbox/rest';
import * as v from 'valibot';
import { MemoryLogger } from '../support/memory-logger.js';
import { FakeMessaging } from './fake-messaging.js';

const Order = v.object({ id: v.number(), note: v.optional(v.string(), '') });
export const orders = queue('orders', { schema: Order });

export interface Setting {
  readonly fake: FakeMessaging;
  readonly router: RestRouter;
  readonly logger: MemoryLogger;
}

export function routerWithFake(
  options: Partial<RestRouterOptions> = {},
  ports: RestPorts = {},
): Setting {
  const fake = new FakeMessaging();
  const logger = new MemoryLogger();
  let ids = 0;
  const router = restRouter(
    fake.messaging,
    { destinations: { orders, plain: '/queue/plain' }, prefix: '/messages', logger, ...options },
    { newId: () => `id-${++ids}`, ...ports },
  );
  return { fake, router, logger };
}

export interface Answer {
  readonly status: number;
  readonly headers: RestResponse['headers'];
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

export async function call(
  router: RestRouter,
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const content = isRaw ? body : JSON.stringify(body);
  const response = await router.handle({
    method,
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof content === 'string' ? new TextEncoder().encode(content) : content,
  });
  const text = new TextDecoder().decode(
    typeof response.body === 'string' ? new TextEncoder().encode(response.body) : response.body,
  );
  const isJson = response.headers['content-type']?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Answer['json']) : {},
  };
}

export function post(
  router: RestRouter,
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return call(router, 'POST', url, body, headers);
}
