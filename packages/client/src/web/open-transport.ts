/**
 * What stands for transport/open-transport.ts in browsers: they have WebSockets and nothing else, and
 * decide themselves whom to trust. It leaves out what only Node's WebSockets do: errors that say why,
 * and messages before somebody listens.
 *
 * - Each write is one frame, see web/frame-batch.ts, so a message is a frame.
 * - No browser tells when a WebSocket has sent what it holds, so it is asked again and again.
 */
import { encodeUtf8 } from '@stompbox/protocol';
import { systemClock } from '../clock.js';
import { invalidOption } from '../option-checks.js';
import type { WebSocketClass } from '../transport/connect-websocket.js';
import type { TransportOptions } from '../transport/open-transport.js';
import type { WebSocketLike } from '../transport/websocket-transport.js';
import {
  formatAddress,
  type Transport,
  type TransportFactory,
  type TransportHandlers,
} from '../transport.js';

/** More than this, not sent yet, asks for a pause in writing. */
const HIGH_MARK_BYTES = 256 * 1024;
const DRAIN_CHECK_MS = 10;

/** One of STOMP each; which version is spoken is decided by CONNECT. */
const SUB_PROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp'];

/** @throws OptionsError */
export function transportFactory({ tls, webSocket = {} }: TransportOptions): TransportFactory {
  if (tls !== undefined) throw invalidOption('tls', 'left out in browsers: they verify themselves');
  const { headers, format } = webSocket;
  if (headers !== undefined) {
    throw invalidOption('webSocket.headers', 'left out in browsers: they forbid them');
  }
  const { WebSocket } = globalThis as unknown as { readonly WebSocket: WebSocketClass };
  return (server, signal) =>
    new Promise((resolve, reject) => {
      const { isTls, host, port, webSocketPath } = server;
      const place = formatAddress({ host, port, isTls });
      const url = `${isTls ? 'wss' : 'ws'}://${place}${webSocketPath}`;
      const socket = new WebSocket(url, SUB_PROTOCOLS);
      socket.binaryType = 'arraybuffer';
      const abort = () => {
        socket.onopen = null;
        socket.onclose = null;
        socket.close();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort);
      socket.onclose = (event) => reject(closeError(event));
      socket.onopen = () => {
        signal.removeEventListener('abort', abort);
        resolve(new WebSocketTransport(socket, formatAddress(server), format === 'text'));
      };
    });
}

class WebSocketTransport implements Transport {
  readonly peer: string;
  readonly #socket: WebSocketLike;
  readonly #isText: boolean;
  #handlers: TransportHandlers | undefined;
  #cancelCheck: (() => void) | undefined;

  constructor(socket: WebSocketLike, peer: string, isText: boolean) {
    this.peer = peer;
    this.#socket = socket;
    this.#isText = isText;
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#socket.onmessage = ({ data }) =>
      handlers.onData(
        typeof data === 'string' ? encodeUtf8(data) : new Uint8Array(data as ArrayBuffer),
      );
    this.#socket.onclose = (event) => this.#close(closeError(event));
  }

  write(bytes: Uint8Array): boolean {
    this.#socket.send(this.#isText ? textOf(bytes) : bytes);
    if (this.#socket.bufferedAmount <= HIGH_MARK_BYTES) return true;
    this.#cancelCheck ??= this.#checkLater();
    return false;
  }

  /** Only streamed bodies need it, and browsers do not have them. */
  pause(): void {}
  resume(): void {}

  end(): void {
    this.#socket.onclose = () => this.#close();
    // The browser sends what it holds before it says goodbye.
    this.#socket.close(1000);
  }

  destroy(error?: Error): void {
    // A peer that is gone answers no goodbye; nobody waits for it.
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    queueMicrotask(() => this.#close(error));
  }

  #checkLater(): () => void {
    return systemClock.setTimer(() => {
      this.#cancelCheck = undefined;
      if (this.#socket.bufferedAmount > HIGH_MARK_BYTES) this.#cancelCheck = this.#checkLater();
      else this.#handlers?.onDrain();
    }, DRAIN_CHECK_MS);
  }

  #close(error?: Error): void {
    this.#cancelCheck?.();
    this.#handlers?.onClose(error);
  }
}

function closeError({ code, reason }: { readonly code: number; readonly reason: string }): Error {
  return new Error(`the WebSocket was closed with code ${code} ${reason}`);
}

/** What is no UTF-8 cannot travel as text. */
function textOf(bytes: Uint8Array): Uint8Array | string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}
