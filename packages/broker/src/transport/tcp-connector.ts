/** Listens on a TCP address and hands over each new connection as a transport. */
import { createServer, type Server } from 'node:net';
import { BrokerStartError } from '../errors.js';
import { TcpTransport } from './tcp-transport.js';
import type { Transport } from './transport.js';

/** Bytes that Node buffers for a socket before `write` returns false. */
const SOCKET_BUFFER_BYTES = 256 * 1024;

export interface Connector {
  readonly host: string;
  /** The real port, also when 0 (any free one) was asked for. */
  readonly port: number;
  readonly url: string;
  /** Stops to accept; open connections stay. */
  stop(): void;
}

export interface ConnectorHandlers {
  /** Called for every connection. */
  onTransport(transport: Transport): void;
  /** A connection could not be accepted; the connector goes on. */
  onError(error: Error): void;
}

/**
 * @throws BrokerStartError `STOMP_START_PORT_IN_USE`, `STOMP_START_CANNOT_LISTEN`
 */
export function listenTcp(
  host: string,
  port: number,
  handlers: ConnectorHandlers,
): Promise<Connector> {
  const server = createServer({ highWaterMark: SOCKET_BUFFER_BYTES, allowHalfOpen: true });
  server.on('connection', (socket) => handlers.onTransport(new TcpTransport(socket)));
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(startError(host, port, cause));
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      server.on('error', handlers.onError);
      resolve(connectorOf(server, host));
    });
  });
}

function connectorOf(server: Server, host: string): Connector {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP server');
  const { port } = address;
  const urlHost = host.includes(':') ? `[${host}]` : host;
  return { host, port, url: `stomp://${urlHost}:${port}`, stop: () => void server.close() };
}

function startError(host: string, port: number, cause: NodeJS.ErrnoException): BrokerStartError {
  if (cause.code === 'EADDRINUSE') {
    return new BrokerStartError(
      'STOMP_START_PORT_IN_USE',
      `Port ${port} on ${host} is taken by another program, perhaps another broker: stop that one, or choose another port (0 = any free one)`,
      { cause },
    );
  }
  return new BrokerStartError(
    'STOMP_START_CANNOT_LISTEN',
    `Cannot listen on ${host}:${port} (${cause.code ?? cause.message}): choose an address of this machine and a port that you may use`,
    { cause },
  );
}
