import { createServer, type Server } from 'node:net';
import type { ServerParts } from './connector.js';
import { SOCKET_BUFFER_BYTES, TcpTransport } from './tcp-transport.js';

/** Plain TCP: a connection is a transport at once. */
export function createTcpServer({ handOver }: ServerParts): Server {
  const server = createServer({ highWaterMark: SOCKET_BUFFER_BYTES, allowHalfOpen: true });
  server.on('connection', (socket) => handOver(new TcpTransport(socket)));
  return server;
}
