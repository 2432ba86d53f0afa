/**
 * A socket as a transport, with a second way in: frames that the adapter writes itself.
 *
 *   opening ──onopen──▶ open ──end──▶ ending ──┐
 *      └─────── destroy, onclose ──────────────┴──▶ closed
 *
 * stompjs writes at once: when `publish()` returns, its frame is with the socket, one frame in one
 * message. So the adapter writes past the connection, which reads, keeps the heart-beats and finds out
 * about the end. Of what the connection writes itself, CONNECT is replaced: brokers take a `host`
 * header at its word, and stompjs sends only the headers that it was given.
 *
 * However the socket ends, `handleClose` is told once; a socket that does not answer is not waited for.
 */
import { decodeUtf8, encodeUtf8 } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import type { Transport, TransportHandlers } from '../transport.js';
import { type EncodedFrame, pieces } from './outgoing-frame.js';
import { StompSocketState } from './states.js';
import type { IStompSocket, SocketEvent } from './stomp-socket.js';

export interface SocketPipeOptions {
  readonly clock: Clock;
  readonly logRawCommunication: boolean;
  readonly splitLargeFrames: boolean;
  readonly maxWebSocketChunkSize: number;
  readonly forceBinaryWSFrames: boolean;
  readonly appendMissingNULLonIncoming: boolean;
  /** The frame to say instead of the connection's CONNECT. */
  readonly greeting: () => EncodedFrame;
  readonly debug: (message: string) => void;
  readonly handleSocketError: (event: SocketEvent) => void;
  /** The last thing that is told; with the reason if this end closed it for one. */
  readonly handleClose: (event: SocketEvent, reason: Error | undefined) => void;
}

type PipeState = 'opening' | 'open' | 'ending' | 'closed';

/** How long a socket may take to close once it was told to. */
const CLOSE_TIMEOUT_MS = 2_000;
/** The code of stompjs for a socket that was given up. */
const DISCARDED = 4001;

export class SocketPipe implements Transport {
  readonly peer: string;
  readonly socket: IStompSocket;
  readonly #options: SocketPipeOptions;
  #state: PipeState = 'opening';
  #handlers: TransportHandlers | undefined;
  #hasGreeted = false;
  #reason: Error | undefined;
  #cancelTimer: (() => void) | undefined;
  #settleOpening: ((error: Error | undefined) => void) | undefined;

  constructor(socket: IStompSocket, options: SocketPipeOptions) {
    this.socket = socket;
    // A query may hold a token.
    this.peer = String(socket.url ?? 'the socket').split('?', 1)[0] ?? '';
    this.#options = options;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onerror = (event) => options.handleSocketError(event);
    socket.onclose = (event) => this.#close(event);
  }

  /** Resolves when the socket is open, at once if it is. */
  opened(): Promise<Transport> {
    const { socket } = this;
    const { readyState } = socket;
    return new Promise((resolve, reject) => {
      this.#settleOpening = (error) => {
        this.#settleOpening = undefined;
        if (error) reject(error);
        else resolve(this);
      };
      const open = () => {
        if (this.#state !== 'opening') return;
        this.#state = 'open';
        this.#options.debug('The socket is open');
        this.#settleOpening?.(undefined);
      };
      if (this.#state === 'closed') this.#settleOpening(this.#reason ?? closedBeforeOpen());
      else if (readyState === StompSocketState.OPEN) open();
      else if (readyState === StompSocketState.CONNECTING) socket.onopen = open;
      // It was used before, and no event will follow.
      else this.destroy(new Error('the socket that was given is already closed: give a factory'));
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Writes a frame of the adapter. */
  transmit({ data, shown }: EncodedFrame): void {
    const { logRawCommunication, forceBinaryWSFrames, splitLargeFrames, debug } = this.#options;
    // The text of CONNECT has the passcode, so it is never shown raw.
    const isRaw = logRawCommunication && !shown.startsWith('CONNECT\n');
    debug(`>>> ${isRaw ? textOf(data) : shown}`);
    if (typeof data !== 'string') this.socket.send(exactBuffer(data));
    else if (forceBinaryWSFrames) this.socket.send(exactBuffer(encodeUtf8(data)));
    else if (!splitLargeFrames) this.socket.send(data);
    else {
      const { maxWebSocketChunkSize } = this.#options;
      for (const piece of pieces(data, maxWebSocketChunkSize)) this.socket.send(piece);
    }
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    if (this.#state === 'closed') handlers.onClose(this.#reason);
  }

  /** What the connection writes itself: CONNECT, then heart-beats. */
  write(bytes: Uint8Array): boolean {
    if (!this.isOpen) return false;
    if (this.#hasGreeted) {
      this.#options.debug('>>> PING');
      this.socket.send(decodeUtf8(bytes));
    } else {
      this.#hasGreeted = true;
      this.transmit(this.#options.greeting());
    }
    return true;
  }

  /** The sockets of stompjs cannot be slowed down. */
  pause(): void {}

  resume(): void {}

  /** Closes in order; what was sent before still goes out. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#discard(), CLOSE_TIMEOUT_MS);
    this.socket.close();
  }

  /** Gives the socket up, unless it is being closed in order already. */
  destroy(error?: Error): void {
    if (this.#state === 'closed' || this.#state === 'ending') return;
    this.#reason = error;
    this.#discard();
  }

  /** A link that is dead would answer a closing handshake after minutes, if at all. */
  #discard(): void {
    const { socket } = this;
    if (this.#state === 'closed') return;
    socket.onopen = () => {};
    socket.onmessage = () => {};
    socket.onclose = () => {};
    if (typeof socket.terminate === 'function') socket.terminate();
    else socket.close();
    this.#options.debug('The socket was discarded without waiting for its close');
    this.#close({
      type: 'close',
      code: DISCARDED,
      reason: this.#reason?.message ?? 'given up',
      wasClean: false,
    });
  }

  #receive(data: unknown): void {
    if (this.#state !== 'open' && this.#state !== 'ending') return;
    const { logRawCommunication, appendMissingNULLonIncoming, debug } = this.#options;
    let bytes = bytesOf(data);
    if (bytes === undefined) {
      this.destroy(new Error('the socket gave neither text nor bytes: set its binaryType'));
      return;
    }
    if (logRawCommunication) debug(`<<< ${decodeUtf8(bytes)}`);
    if (appendMissingNULLonIncoming && bytes.length > 0 && bytes.at(-1) !== 0) {
      bytes = withNul(bytes);
    }
    this.#handlers?.onData(bytes);
  }

  #close(event: SocketEvent): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelTimer?.();
    this.#settleOpening?.(this.#reason ?? closedBeforeOpen());
    // Not within the call that destroys: the connection is told of its end when it has finished that.
    const handlers = this.#handlers;
    queueMicrotask(() => handlers?.onClose(this.#reason));
    queueMicrotask(() => this.#options.handleClose(event, this.#reason));
  }
}

function closedBeforeOpen(): Error {
  return new Error('the socket was closed before it was open');
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (typeof data === 'string') return encodeUtf8(data);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return data instanceof Uint8Array ? data : undefined;
}

/** For sockets that take only whole buffers, as stompjs gives them. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength;
  return isWhole && byteOffset === 0 ? buffer : new Uint8Array(bytes).buffer;
}

function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : decodeUtf8(data);
}

function withNul(bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  return longer;
}
