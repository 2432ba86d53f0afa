/** From a WebSocket that connects to a transport that is open. */
import { formatAddress, type ServerAddress, type Transport } from '../transport.js';
import {
  closeError,
  saysWhy,
  type ToMessages,
  type WebSocketLike,
  WebSocketTransport,
} from './websocket-transport.js';

export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/** One of STOMP each; which version is spoken is decided by CONNECT. */
const SUB_PROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp'];

/** Rejects with the runtime's error if it tells one, or with what the close says; browsers tell little. */
export function connectWebSocket(
  server: ServerAddress,
  open: (url: string, protocols: string[]) => WebSocketLike,
  toMessages: ToMessages | undefined,
  signal: AbortSignal,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { isTls, host, port, webSocketPath } = server;
    const place = formatAddress({ host, port, isTls });
    const socket = open(`${isTls ? 'wss' : 'ws'}://${place}${webSocketPath}`, [...SUB_PROTOCOLS]);
    socket.binaryType = 'arraybuffer';
    let failure: unknown;
    const abort = () => {
      socket.onopen = null;
      socket.onclose = null;
      socket.close();
      reject(signal.reason);
    };
    const settle = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    socket.onerror = ({ error }) => {
      failure = error;
    };
    socket.onclose = ({ code, reason }) => {
      settle();
      reject(saysWhy(failure) ? failure : closeError(code, reason));
    };
    socket.onopen = () => {
      settle();
      resolve(new WebSocketTransport(socket, formatAddress(server), toMessages));
    };
  });
}
