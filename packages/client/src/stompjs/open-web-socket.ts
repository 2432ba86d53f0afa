/** Opens a WebSocket by the runtime's own class, or by the package ws where the runtime has none. */
import { OptionsError } from '@stompbox/protocol';
import type { IStompSocket } from './stomp-socket.js';

export type WebSocketClass = new (url: string, protocols: string[]) => IStompSocket;

/** In a variable, because bundlers for browsers would look for the package otherwise. */
const PACKAGE = 'ws';

export function openWebSocket(
  url: string,
  protocols: string[],
): IStompSocket | Promise<IStompSocket> {
  const { WebSocket } = globalThis as { readonly WebSocket?: WebSocketClass };
  if (WebSocket !== undefined) return new WebSocket(url, protocols);
  return webSocketOfPackage().then((Class) => new Class(url, protocols));
}

async function webSocketOfPackage(): Promise<WebSocketClass> {
  try {
    const { WebSocket } = (await import(PACKAGE)) as { readonly WebSocket: WebSocketClass };
    return WebSocket;
  } catch (error) {
    throw new OptionsError(
      'STOMP_OPT_PACKAGE',
      'This runtime has no WebSocket: run "npm install ws", or set webSocketFactory',
      { cause: error },
    );
  }
}
