/**
 * What stompjs calls a socket: a WebSocket, or anything that behaves like one, such as SockJS and
 * @stomp/tcp-wrapper.
 */

/** The events of sockets, which every kind makes its own. */
// biome-ignore lint/suspicious/noExplicitAny: programs written for stompjs read from them unchecked
export type SocketEvent = any;

export interface IStompSocketMessageEvent {
  data?: string | ArrayBuffer;
}

export interface IStompSocket {
  url: string;
  onopen: ((event?: SocketEvent) => unknown) | undefined | null;
  onmessage: ((event: SocketEvent) => unknown) | undefined | null;
  onerror: ((event: SocketEvent) => unknown) | undefined | null;
  onclose: ((event?: SocketEvent) => unknown) | undefined | null;
  /** Cuts the connection without a closing handshake. Browsers have none. */
  terminate?: (() => unknown) | undefined | null;
  binaryType?: string;
  /** One of `StompSocketState`. */
  readonly readyState: number;
  close(): void;
  send(data: string | ArrayBuffer): void;
}
