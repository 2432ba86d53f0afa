/** Opens the transport that the URL of a server asks for. Browsers have web/open-transport.ts instead. */
import { checkKeys, checkObject } from '../option-checks.js';
import type { TransportFactory } from '../transport.js';
import { openWebSocket } from './open-websocket.js';
import { tcpTransportFactory } from './tcp-transport.js';
import type { TlsOptions } from './tls-options.js';
import { checkWebSocketOptions, type WebSocketOptions } from './websocket-options.js';

export interface TransportOptions {
  /** How `stomp+ssl://` and `wss://` servers are verified, and how we prove who we are. */
  readonly tls?: TlsOptions;
  /** For `ws://` and `wss://` servers. */
  readonly webSocket?: WebSocketOptions;
}

const TLS_KEYS: ReadonlySet<string> = new Set<keyof TlsOptions>([
  'ca',
  'cert',
  'key',
  'passphrase',
  'servername',
  'rejectUnauthorized',
]);

/** @throws OptionsError */
export function transportFactory({ tls = {}, webSocket = {} }: TransportOptions): TransportFactory {
  checkKeys('tls', checkObject('tls', tls), TLS_KEYS);
  checkWebSocketOptions(webSocket);
  const openSocket = tcpTransportFactory({ ...tls });
  return (server, signal) =>
    server.webSocketPath === undefined
      ? openSocket(server, signal)
      : openWebSocket(server, webSocket, tls, signal);
}
