/**
 * A WebSocket as a transport: its messages are pieces of one stream of bytes, wherever they are cut.
 *
 * - What arrives may be text or binary; what leaves is binary unless text was asked for.
 * - No runtime tells when a WebSocket has sent what it holds, so while it holds too much it is asked
 *   again and again.
 * - A close that we did not ask for is an error with its code and reason.
 */
import { encodeUtf8 } from '@stompbox/protocol';
import { type Clock, systemClock } from '../clock.js';
import type { Transport, TransportHandlers } from '../transport.js';

/** What browsers, Node, Deno, Bun and the package ws have in common. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly error?: unknown; readonly message?: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(data: Uint8Array | string): void;
  close(code?: number): void;
  /** Only of the package ws: cuts the connection without the closing handshake. */
  terminate?(): void;
}

/** Cuts what is to be written into messages. */
export type ToMessages = (bytes: Uint8Array) => readonly (Uint8Array | string)[];

/** More than this, not sent yet, asks for a pause in writing. */
const HIGH_MARK_BYTES = 256 * 1024;
const DRAIN_CHECK_MS = 10;

export class WebSocketTransport implements Transport {
  readonly peer: string;
  readonly #socket: WebSocketLike;
  readonly #toMessages: ToMessages;
  readonly #clock: Clock;
  #handlers: TransportHandlers | undefined;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #error: Error | undefined;
  /** What arrived and may not be delivered; undefined while all may. */
  #held: Uint8Array[] | undefined = [];
  #cancelCheck: (() => void) | undefined;

  constructor(
    socket: WebSocketLike,
    peer: string,
    toMessages: ToMessages = (bytes) => [bytes],
    clock: Clock = systemClock,
  ) {
    this.peer = peer;
    this.#socket = socket;
    this.#toMessages = toMessages;
    this.#clock = clock;
    socket.onmessage = ({ data }) =>
      this.#receive(
        typeof data === 'string' ? encodeUtf8(data) : new Uint8Array(data as ArrayBuffer),
      );
    // 'close' always follows, and knows more.
    socket.onerror = ({ error }) => {
      if (saysWhy(error)) this.#error = error;
    };
    socket.onclose = ({ code, reason }) =>
      this.#close(this.#state === 'ending' ? undefined : (this.#error ?? closeError(code, reason)));
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.resume();
    if (this.#state === 'closed') handlers.onClose(this.#error);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open') return false;
    for (const message of this.#toMessages(bytes)) this.#socket.send(message);
    if (this.#socket.bufferedAmount <= HIGH_MARK_BYTES) return true;
    this.#cancelCheck ??= this.#checkLater();
    return false;
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const chunk of held) this.#receive(chunk);
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    // The runtime sends what it holds before it says goodbye.
    this.#socket.close(1000);
  }

  destroy(error?: Error): void {
    if (this.#state === 'closed') return;
    const socket = this.#socket;
    // A peer that is gone answers no goodbye; nobody waits for it.
    socket.onmessage = null;
    socket.onclose = null;
    if (socket.terminate) socket.terminate();
    else socket.close();
    queueMicrotask(() => this.#close(error));
  }

  #receive(chunk: Uint8Array): void {
    if (this.#held) this.#held.push(chunk);
    else this.#handlers?.onData(chunk);
  }

  #checkLater(): () => void {
    return this.#clock.setTimer(() => {
      this.#cancelCheck = undefined;
      if (this.#socket.bufferedAmount > HIGH_MARK_BYTES) this.#cancelCheck = this.#checkLater();
      else this.#handlers?.onDrain();
    }, DRAIN_CHECK_MS);
  }

  #close(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#error = error;
    this.#cancelCheck?.();
    this.#handlers?.onClose(error);
  }
}

/** The package ws tells what went wrong; browsers and Node's own WebSocket give nothing or an empty error. */
export function saysWhy(error: unknown): error is Error {
  // Several addresses that all fail are one error without a text, but with a code.
  return error instanceof Error && (error.message !== '' || 'code' in error);
}

/** What a close says: "the WebSocket was closed with code 1001 (going away)". */
export function closeError(code: number, reason: string): Error {
  return new Error(`the WebSocket was closed with code ${code}${reason && ` (${reason})`}`);
}
