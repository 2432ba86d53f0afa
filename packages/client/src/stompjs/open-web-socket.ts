/** Opens a WebSocket by the runtime's own class, or by the package ws where the runtime has none. */
import { OptionsError } from '@stompbox/protocol';
import type { IStompSocket } from './stomp-socket.js';

export type WebSocketClass = new (url: string, protocols: string[]) => IStompSocket;

/** Where the classes come from; tests have their own. */
export interface WebSocketSources {
  readonly native: () => WebSocketClass | undefined;
  /** The package ws. */
  readonly load: () => Promise<unknown>;
}

/** In a variable, because bundlers for browsers would look for the package otherwise. */
const PACKAGE = 'ws';

const SOURCES: WebSocketSources = {
  native: () => (globalThis as { readonly WebSocket?: WebSocketClass }).WebSocket,
  load: () => import(PACKAGE),
};

/** @throws OptionsError `STOMP_OPT_PACKAGE` there is no class */
export function openWebSocket(
  url: string,
  protocols: string[],
  { native, load }: WebSocketSources = SOURCES,
): IStompSocket | Promise<IStompSocket> {
  const Native = native();
  if (Native !== undefined) return new Native(url, protocols);
  return load().then(
    (loaded) => {
      const { WebSocket } = loaded as { readonly WebSocket: WebSocketClass };
      return new WebSocket(url, protocols);
    },
    (cause: unknown) => {
      throw new OptionsError(
        'STOMP_OPT_PACKAGE',
        'This runtime has no WebSocket: run "npm install ws", or set webSocketFactory',
        { cause },
      );
    },
  );
}
