/**
 * Health over HTTP for processes that serve nothing else: GET and HEAD of /live, /ready, /started, / for
 * all of them, and /metrics if there are any. 200 or 503, with the report as JSON.
 *
 * It goes on answering while the service drains, and keeps no process alive.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import { type Logger, stderrLogger } from '../logger.js';
import { aNonEmptyText, aWholeNumber, expected, parseOptions } from '../options.js';
import type { Health } from './health.js';
import type { HealthProbe } from './health-code.js';
import { HealthError } from './health-error.js';
import { healthResponse } from './health-response.js';

export interface HealthServerOptions {
  /** Default 127.0.0.1; a kubelet or another machine only reaches 0.0.0.0 or ::. */
  readonly host?: string | undefined;
  /** Default 9090; 0 stands for any free one. */
  readonly port?: number | undefined;
  /** What the paths of the probes begin with: `/health` for `/health/ready`. Default: nothing. */
  readonly path?: string | undefined;
  /** What GET /metrics answers. Default: 404. */
  readonly metrics?: (() => Promise<MetricsText>) | undefined;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
  /** Of all probes, without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export const DEFAULT_HEALTH_PORT = 9090;

const serverOptions = v.strictObject({
  host: v.optional(aNonEmptyText),
  port: v.optional(aWholeNumber(0, 65_535)),
  path: v.optional(
    expected<string>(
      'a path such as /health, or an empty text',
      (value) => typeof value === 'string' && /^(\/[\w.~-]+)*\/?$/.test(value),
    ),
  ),
  metrics: v.optional(
    expected<() => Promise<MetricsText>>('a function', (value) => typeof value === 'function'),
  ),
});

/**
 * Resolves when it listens.
 *
 * @throws HealthError `STOMP_HEALTH_PORT`; OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export async function startHealthServer(
  health: Pick<Health, 'check'>,
  options: HealthServerOptions = {},
  ports: { readonly logger?: Logger } = {},
): Promise<HealthServer> {
  const given = parseOptions(serverOptions, options, {
    describe: (key) =>
      key === ''
        ? 'The options of startHealthServer()'
        : `The option ${key} of startHealthServer()`,
    aliases: { prefix: 'path', hostname: 'host' },
  });
  const { host = '127.0.0.1', port = DEFAULT_HEALTH_PORT, metrics } = given;
  const path = (given.path ?? '').replace(/\/$/, '');
  const routes = routesOf(health, path, metrics);
  const logger = ports.logger ?? stderrLogger;
  const server = createServer((request, response) => {
    answer(request, routes)
      .then((reply) => write(response, reply, request.method === 'HEAD'))
      .catch((error: unknown) => {
        logger.error(
          `health: ${request.url} failed: ${error instanceof Error ? error.stack : error}`,
        );
        write(response, textReply(500, 'it failed; the log says why'), false);
      });
  });
  server.unref();
  const bound = await listen(server, host, port);
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    port: bound,
    url: `http://${shown}:${bound}${path}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

type Routes = ReadonlyMap<string, () => Promise<Reply>>;

function routesOf(
  health: Pick<Health, 'check'>,
  path: string,
  metrics: (() => Promise<MetricsText>) | undefined,
): Routes {
  const probe = (kind: HealthProbe | 'all') => async (): Promise<Reply> => {
    const { status, body } = await healthResponse(health, kind);
    return { status, contentType: 'application/json', text: `${JSON.stringify(body)}\n` };
  };
  const routes = new Map<string, () => Promise<Reply>>([
    [path, probe('all')],
    [`${path}/live`, probe('live')],
    [`${path}/ready`, probe('ready')],
    [`${path}/started`, probe('started')],
  ]);
  if (metrics) routes.set('/metrics', async () => ({ status: 200, ...(await metrics()) }));
  return routes;
}

async function answer({ method, url = '/' }: IncomingMessage, routes: Routes): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') return textReply(405, 'only GET and HEAD');
  const asked = url.replace(/[?#].*$/, '').replace(/\/$/, '');
  const route = routes.get(asked);
  if (route !== undefined) return await route();
  const paths = [...routes.keys()].map((one) => one || '/');
  return textReply(404, `there are ${paths.join(', ')}`);
}

function textReply(status: number, text: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', text: `${text}\n` };
}

function write(response: ServerResponse, reply: Reply, isHead: boolean): void {
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.text),
    'cache-control': 'no-store',
    // A kept connection would keep the process alive.
    connection: 'close',
    ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(isHead ? undefined : reply.text);
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw HealthError.of('STOMP_HEALTH_PORT', `${host}:${port}`, error);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
