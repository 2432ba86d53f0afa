/**
 * Opens WebSockets: the runtime's own where it has one and can do what is asked, else of the package
 * ws, which only then has to be installed.
 */
import { OptionsError } from '@stompbox/protocol';
import { formatAddress, type ServerAddress, type Transport } from '../transport.js';
import { connectWebSocket, type WebSocketClass } from './connect-websocket.js';
import { toNodeTls } from './tcp-transport.js';
import type { TlsOptions } from './tls-options.js';
import { toMessagesFor, type WebSocketOptions } from './websocket-options.js';

/** Where the two kinds come from; tests have their own. */
export interface WebSocketSources {
  /** The runtime's, which can take neither headers nor certificates. */
  readonly native: () => WebSocketClass | undefined;
  /** The package ws. */
  readonly load: () => Promise<unknown>;
}

const SOURCES: WebSocketSources = {
  native: () => (globalThis as { readonly WebSocket?: WebSocketClass }).WebSocket,
  load: () => import('ws'),
};

/** Takes our options as its third argument. */
type NodeWebSocketClass = new (
  url: string,
  protocols: readonly string[],
  options: object,
) => InstanceType<WebSocketClass>;

export async function openWebSocket(
  server: ServerAddress,
  options: WebSocketOptions,
  tls: TlsOptions,
  signal: AbortSignal,
  { native, load }: WebSocketSources = SOURCES,
): Promise<Transport> {
  const Native = native();
  const needsMore = options.headers !== undefined || Object.keys(tls).length > 0;
  let open = (url: string, protocols: string[]) => new (Native as WebSocketClass)(url, protocols);
  if (Native === undefined || needsMore) {
    const Class = await loadClass(load, formatAddress(server));
    const { headers } = options;
    const extra = { ...(headers && { headers }), ...toNodeTls(tls), perMessageDeflate: false };
    open = (url, protocols) => new Class(url, protocols, extra);
  }
  return connectWebSocket(server, open, toMessagesFor(options), signal);
}

async function loadClass(load: () => Promise<unknown>, peer: string): Promise<NodeWebSocketClass> {
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (cause) {
    throw new OptionsError(
      'STOMP_OPT_PACKAGE',
      `${peer} needs the package ws: this runtime has no WebSocket of its own, or not one that takes ` +
        'headers and certificates. Run "npm install ws", or use stomp:// or stomp+ssl://',
      { cause },
    );
  }
  return (loaded as { readonly WebSocket: NodeWebSocketClass }).WebSocket;
}
