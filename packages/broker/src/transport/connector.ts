/**
 * Listens on one address, of whatever kind, and hands over each new connection as a transport when its
 * handshakes are done. Who is not let in costs nothing but a count.
 */
import type { Server } from 'node:net';
import type { Clock } from '../clock.js';
import type { ConnectorKind, ResolvedConnector } from '../connector-options.js';
import { SCHEMES } from '../connector-url.js';
import { BrokerStartError } from '../errors.js';
import type { ConnectorError } from './connector-error.js';
import { Handshakes } from './handshakes.js';
import { Refusals } from './refusals.js';
import { createTcpServer } from './tcp-server.js';
import { createTlsServer } from './tls-server.js';
import type { Transport } from './transport.js';

export interface Connector {
  readonly kind: ConnectorKind;
  readonly host: string;
  /** The real port, also when 0 (any free one) was asked for. */
  readonly port: number;
  /** `stomp://`, `stomp+ssl://`, `ws://` or `wss://`. */
  readonly url: string;
  /** Connections that were not let in, since the start: limit, handshake, origin. */
  readonly refusedConnections: number;
  /** Stops to accept; open connections stay, those amid a handshake do not. */
  stop(): void;
}

export interface ConnectorContext {
  readonly clock: Clock;
  /** Time in ms for TLS and the upgrade to WebSocket together. */
  readonly handshakeTimeoutMs: number;
  /** The longest WebSocket message. */
  readonly maxMessageBytes: number;
  /** Called for every connection. */
  readonly onTransport: (transport: Transport, connector: Connector) => void;
  /** Somebody was not let in, or a certificate cannot be read again; the connector goes on. */
  readonly onError: (error: ConnectorError) => void;
}

/** What the servers of all kinds need. */
export interface ServerParts {
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  readonly handshakes: Handshakes;
  readonly refusals: Refusals;
  readonly handOver: (transport: Transport) => void;
}

/**
 * @throws BrokerStartError `STOMP_START_PORT_IN_USE`, `STOMP_START_CANNOT_LISTEN`
 */
export async function listen(
  options: ResolvedConnector,
  context: ConnectorContext,
): Promise<Connector> {
  const { host, maxConnections } = options;
  const { clock, maxMessageBytes, onTransport } = context;
  const refusals = new Refusals(context);
  const handshakes = new Handshakes(clock, context.handshakeTimeoutMs);
  let connector: Connector | undefined;
  const server = await createServer(options, {
    clock,
    maxMessageBytes,
    handshakes,
    refusals,
    handOver: (transport) => {
      if (connector) onTransport(transport, connector);
      else transport.destroy();
    },
  });
  server.maxConnections = maxConnections;
  server.on('drop', () =>
    refusals.add(
      'STOMP_CONNECTOR_FULL',
      `closed a new connection, because it has ${maxConnections}: see who holds so many, or raise maxConnections`,
    ),
  );
  const port = await startListening(server, options);
  const path = 'ws' in options ? (options.ws.path ?? '') : '';
  const urlHost = host.includes(':') ? `[${host}]` : host;
  refusals.url = `${SCHEMES[options.kind]}://${urlHost}:${port}${path}`;
  server.on('error', (cause) =>
    refusals.add(
      'STOMP_CONNECTOR_FULL',
      `cannot accept another connection (${cause.message}): raise this process's limit of open files`,
      cause,
    ),
  );
  connector = {
    kind: options.kind,
    host,
    port,
    url: refusals.url,
    get refusedConnections() {
      return refusals.count;
    },
    stop() {
      server.close();
      handshakes.destroyAll();
    },
  };
  return connector;
}

async function createServer(options: ResolvedConnector, parts: ServerParts): Promise<Server> {
  switch (options.kind) {
    case 'tcp':
      return createTcpServer(parts);
    case 'tls':
      return createTlsServer(options.tls, parts);
    case 'ws':
    case 'wss': {
      // Brokers without WebSocket start faster without it.
      const { createWebSocketServer } = await import('./websocket-server.js');
      return createWebSocketServer(options, parts);
    }
  }
}

/** The real port. */
function startListening(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(startError(host, port, cause));
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      const address = server.address();
      if (address === null || typeof address === 'string') throw new TypeError('not a TCP server');
      resolve(address.port);
    });
  });
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
