/** The API of stompjs before version 5, which `Stomp.client` and `Stomp.over` give. */
import { Client } from './client.js';
import type {
  closeEventCallbackType,
  frameCallbackType,
  messageCallbackType,
} from './frame-types.js';
import { HeartbeatInfo } from './heartbeat-info.js';
import type { StompHeaders } from './stomp-headers.js';
import type { IStompSocket } from './stomp-socket.js';

type CallbackArguments = readonly [
  onConnect?: frameCallbackType | null,
  onError?: frameCallbackType | null,
  onClose?: closeEventCallbackType | null,
];

export class CompatClient extends Client {
  /** Without a meaning, as in stompjs: see `maxWebSocketChunkSize`. */
  maxWebSocketFrameSize = 16 * 1024;
  readonly #heartbeat = new HeartbeatInfo(this);

  constructor(webSocketFactory: () => unknown) {
    super({ webSocketFactory, reconnectDelay: 0 });
  }

  connect(headers: StompHeaders | null | undefined, ...callbacks: CallbackArguments): void;
  connect(
    login: string,
    passcode: string,
    ...callbacks: readonly [...CallbackArguments, host?: string]
  ): void;
  connect(first: unknown, second: unknown, ...rest: readonly unknown[]): void;
  connect(first: unknown, second: unknown, ...rest: readonly unknown[]): void {
    const isHeaders = typeof second === 'function' || (typeof first === 'object' && first !== null);
    const callbacks = isHeaders ? [second, ...rest] : rest;
    if (isHeaders) this.configure({ connectHeaders: (first ?? {}) as StompHeaders });
    else {
      const host = rest[3];
      this.connectHeaders = {
        login: String(first ?? ''),
        passcode: String(second ?? ''),
        ...(host === undefined ? {} : { host: String(host) }),
      };
    }
    const [onConnect, onError, onClose] = callbacks as CallbackArguments;
    if (onConnect) this.onConnect = onConnect;
    if (onError) this.onStompError = onError;
    if (onClose) this.onWebSocketClose = onClose;
    this.activate();
  }

  disconnect(onDisconnect?: frameCallbackType | null, headers: StompHeaders = {}): void {
    if (onDisconnect) this.onDisconnect = onDisconnect;
    this.disconnectHeaders = headers;
    this.deactivate();
  }

  /** `'content-length': false` among the headers leaves that header out. */
  send(destination: string, headers: Readonly<Record<string, unknown>> = {}, body = ''): void {
    const { 'content-length': contentLength, ...others } = headers;
    this.publish({
      destination,
      headers: others as StompHeaders,
      body,
      skipContentLengthHeader: contentLength === false,
    });
  }

  set reconnect_delay(delayMs: number) {
    this.reconnectDelay = delayMs;
  }

  get ws(): IStompSocket | undefined {
    return this.webSocket;
  }

  get version(): string | undefined {
    return this.connectedVersion;
  }

  get onreceive(): messageCallbackType {
    return this.onUnhandledMessage;
  }

  set onreceive(callback: messageCallbackType) {
    this.onUnhandledMessage = callback;
  }

  get onreceipt(): frameCallbackType {
    return this.onUnhandledReceipt;
  }

  set onreceipt(callback: frameCallbackType) {
    this.onUnhandledReceipt = callback;
  }

  get heartbeat(): { incoming: number; outgoing: number } {
    return this.#heartbeat;
  }

  set heartbeat({ incoming, outgoing }: { incoming: number; outgoing: number }) {
    this.heartbeatIncoming = incoming;
    this.heartbeatOutgoing = outgoing;
  }
}
