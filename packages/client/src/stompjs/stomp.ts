/** The entry point of stompjs before version 5. */
import { CompatClient } from './compat-client.js';
import { openWebSocket, type WebSocketClass } from './open-web-socket.js';
import { Versions } from './versions.js';

interface StompEntry {
  /** The class for `Stomp.client` to use instead of the runtime's own. */
  WebSocketClass: unknown;
  /** A client for a `ws://` or `wss://` URL. */
  client(url: string, protocols?: string[]): CompatClient;
  /**
   * A client over sockets of your own.
   * @param socket a function that makes one; or one socket, and then there is no second connection
   */
  over(socket: unknown): CompatClient;
}

export const Stomp: StompEntry = {
  WebSocketClass: null,

  client(url, protocols = Versions.default.protocolVersions()) {
    return new CompatClient(() => {
      const Class = Stomp.WebSocketClass as WebSocketClass | null;
      return Class ? new Class(url, protocols) : openWebSocket(url, protocols);
    });
  },

  over(socket) {
    return new CompatClient(
      typeof socket === 'function' ? (socket as () => unknown) : () => socket,
    );
  },
};
