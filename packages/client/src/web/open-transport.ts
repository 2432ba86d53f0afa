/**
 * What stands for transport/open-transport.ts in browsers: they have WebSockets and nothing else, and
 * decide themselves whom to trust.
 */
import { invalidOption } from '../option-checks.js';
import { connectWebSocket, type WebSocketClass } from '../transport/connect-websocket.js';
import type { TransportOptions } from '../transport/open-transport.js';
import { checkWebSocketOptions, toMessagesFor } from '../transport/websocket-options.js';
import type { TransportFactory } from '../transport.js';

/** @throws OptionsError */
export function transportFactory({ tls, webSocket = {} }: TransportOptions): TransportFactory {
  if (tls !== undefined) throw invalidOption('tls', 'left out in browsers: they verify themselves');
  const { headers } = checkWebSocketOptions(webSocket);
  if (headers !== undefined) {
    throw invalidOption('webSocket.headers', 'left out in browsers: they forbid them');
  }
  const { WebSocket } = globalThis as unknown as { readonly WebSocket: WebSocketClass };
  return async (server, signal) =>
    connectWebSocket(
      server,
      (url, protocols) => new WebSocket(url, protocols),
      toMessagesFor(webSocket),
      signal,
    );
}
