/** Listens for HTTP on one address and hands all requests to the application. */
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { BrokerStartError } from '../errors.js';
import type { HttpApp } from './http-app.js';

/** Time for the head of a request, and between two requests of a connection. */
const HEAD_TIMEOUT_MS = 30_000;

export interface HttpConnector {
  readonly host: string;
  /** The real port, also when 0 (any free one) was asked for. */
  readonly port: number;
  readonly url: string;
  /** For those who take over connections, such as WebSocket. */
  readonly server: Server;
  /** Stops to accept and ends open requests; resolves when all are gone. */
  stop(): Promise<void>;
}

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  /** More are closed at once. Default: no limit. */
  readonly maxConnections?: number;
}

/**
 * @param onError told when a connection could not be accepted; the connector goes on
 * @throws BrokerStartError `STOMP_START_PORT_IN_USE`, `STOMP_START_CANNOT_LISTEN`
 */
export function listenHttp(
  { host, port, maxConnections }: HttpAddress,
  app: HttpApp,
  onError: (error: Error) => void,
): Promise<HttpConnector> {
  // A large body may take hours: routes limit how long nothing comes, not how long all of it takes.
  const server = createServer({ requestTimeout: 0, headersTimeout: HEAD_TIMEOUT_MS });
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  // An embedded broker must leave the Request and Response of its host as they are.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, hostname: host });
  server.on('request', (request, response) => void listener(request, response));
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(startError(host, port, cause));
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      server.on('error', onError);
      resolve(connectorOf(server, host));
    });
  });
}

function connectorOf(server: Server, host: string): HttpConnector {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP server');
  const { port } = address;
  const urlHost = host.includes(':') ? `[${host}]` : host;
  return { host, port, url: `http://${urlHost}:${port}`, server, stop: () => stop(server) };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function startError(host: string, port: number, cause: NodeJS.ErrnoException): BrokerStartError {
  if (cause.code === 'EADDRINUSE') {
    return new BrokerStartError(
      'STOMP_START_PORT_IN_USE',
      `HTTP port ${port} on ${host} is taken by another program, perhaps another broker: stop that one, or choose another http.port (0 = any free one)`,
      { cause },
    );
  }
  return new BrokerStartError(
    'STOMP_START_CANNOT_LISTEN',
    `Cannot serve HTTP on ${host}:${port} (${cause.code ?? cause.message}): choose an address of this machine and a port that you may use`,
    { cause },
  );
}
