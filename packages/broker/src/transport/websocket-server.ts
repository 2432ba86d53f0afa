/**
 * STOMP over WebSocket, with or without TLS: an HTTP server that serves nothing but the upgrade. What
 * follows is a stream of bytes in messages of both kinds, see `websocket-transport.ts`.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { ResolvedConnector } from '../connector-options.js';
import type { ServerParts } from './connector.js';
import { SOCKET_BUFFER_BYTES } from './tcp-transport.js';
import { certificateNameOf, guardHandshakes, handshakeFailed, tlsOptionsOf } from './tls-server.js';
import { WebSocketTransport } from './websocket-transport.js';
import { chooseSubProtocol, refusalOf } from './websocket-upgrade.js';

/** The largest that ws can hold: it keeps the limit in 32 bits. */
const MOST_PAYLOAD_BYTES = 2 ** 31 - 1;

const HTTP_OPTIONS: ServerOptions = {
  highWaterMark: SOCKET_BUFFER_BYTES,
  // The time-out of the handshake covers all of it.
  headersTimeout: 0,
  requestTimeout: 0,
};

type WebConnector = Extract<ResolvedConnector, { kind: 'ws' | 'wss' }>;

export function createWebSocketServer(options: WebConnector, parts: ServerParts): Server {
  const { handshakes, refusals } = parts;
  const server = createServer(options, parts);
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: Math.min(parts.maxMessageBytes, MOST_PAYLOAD_BYTES),
    handleProtocols: (offered) => chooseSubProtocol(offered) ?? false,
  });
  const giveUp = (error: Error, socket: Socket, status: number, text: string): void => {
    refusals.add('STOMP_CONNECTOR_HANDSHAKE', handshakeFailed('WebSocket', error), error);
    answer(socket, status, text);
  };
  server.on('clientError', (error, socket) =>
    giveUp(error, socket as Socket, 400, 'This is a WebSocket for STOMP, and that was no HTTP'),
  );
  upgrades.on('wsClientError', (error, socket) =>
    giveUp(error, socket as Socket, 400, `No WebSocket: ${error.message}`),
  );
  server.on('request', answerPlainRequest);
  server.on('upgrade', (request, _socket, head) => {
    const { socket } = request;
    const { url = '', headers } = request;
    const refusal = refusalOf({ url, headers, localAddress: socket.localAddress }, options.ws);
    if (refusal) {
      refusals.add(refusal.code, `refused a WebSocket: ${refusal.text}`);
      answer(socket, refusal.status, refusal.text);
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      handshakes.done(socket);
      const name = socket instanceof TLSSocket ? certificateNameOf(socket) : undefined;
      parts.handOver(new WebSocketTransport(webSocket, request, name));
    });
  });
  return server;
}

function createServer(options: WebConnector, parts: ServerParts): Server {
  if (options.kind === 'wss') {
    const server = createHttpsServer({ ...HTTP_OPTIONS, ...tlsOptionsOf(options.tls) });
    guardHandshakes(server, options.tls, parts);
    return server;
  }
  const server = createHttpServer(HTTP_OPTIONS);
  server.on('connection', (socket) => parts.handshakes.begin(socket));
  return server;
}

/** Somebody has put the address into a browser. */
function answerPlainRequest(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, {
    connection: 'close, upgrade',
    upgrade: 'websocket',
    'content-type': 'text/plain; charset=utf-8',
  });
  response.end('This is a WebSocket for STOMP: connect with a STOMP client.\n');
}

/** An answer to a request that Node's HTTP server has let go of. */
function answer(socket: Socket, status: number, text: string): void {
  // It may be gone already; that was told, and what failed about the answer helps nobody.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${text}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
