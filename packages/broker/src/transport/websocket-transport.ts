/**
 * A WebSocket as a transport: its messages are pieces of one stream of bytes, wherever they are cut.
 *
 * What is written in one turn leaves as one message. Its bytes are whole frames, because a connection
 * flushes whole frames only. It is text when the client's own first message was, and when every piece is
 * valid UTF-8 by itself; then no character is cut, and a text is what it says it is. All else is binary.
 *
 * There is no half-close: a client that closes its WebSocket reads no more.
 */
import { strict as assert } from 'node:assert';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { isLocalRequest, peerOf } from './socket-address.js';
import { SOCKET_BUFFER_BYTES } from './tcp-transport.js';
import type { Transport, TransportHandlers } from './transport.js';

const NORMAL_CLOSURE = 1000;

export class WebSocketTransport implements Transport {
  readonly peer: string;
  readonly isLocal: boolean;
  readonly certificateName: string | undefined;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  #handlers: TransportHandlers | undefined;
  /** Until the client's first message, nothing is known. */
  #format: 'unknown' | 'text' | 'binary' = 'unknown';
  #flow: 'free' | 'blocked' = 'free';
  #pieces: Uint8Array[] = [];
  #pendingBytes = 0;
  #failure: Error | undefined;

  /** @param request that became the WebSocket */
  constructor(
    webSocket: WebSocket,
    { socket, headers }: IncomingMessage,
    certificateName: string | undefined,
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.peer = peerOf(socket);
    this.isLocal = isLocalRequest(socket.remoteAddress, headers);
    this.certificateName = certificateName;
    webSocket.pause();
    socket.setNoDelay(true);
  }

  get isWritable(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN && this.#socket.writable;
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    const webSocket = this.#webSocket;
    const fail = (error: Error): void => {
      this.#failure ??= error;
    };
    webSocket.on('message', (data, isBinary) => this.#read(data, isBinary));
    webSocket.on('error', fail);
    webSocket.on('close', () => handlers.onClose(this.#failure));
    this.#socket.on('error', fail);
    this.#socket.on('drain', () => this.#drained());
    webSocket.resume();
  }

  write(bytes: Uint8Array): boolean {
    // The peer has gone meanwhile; onClose is on its way.
    if (!this.isWritable) return false;
    if (this.#pieces.length === 0) process.nextTick(this.#flush);
    this.#pieces.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#socket.writableLength + this.#pendingBytes >= SOCKET_BUFFER_BYTES) {
      this.#flow = 'blocked';
    }
    return this.#flow === 'free';
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    this.#flush();
    this.#webSocket.close(NORMAL_CLOSURE);
    // The answer to the close is read in any case.
    this.#webSocket.resume();
  }

  destroy(error?: Error): void {
    if (error) this.#failure ??= error;
    this.#webSocket.terminate();
  }

  #read(data: RawData, isBinary: boolean): void {
    assert(Buffer.isBuffer(data), 'ws delivers buffers');
    if (this.#format === 'unknown') this.#format = isBinary ? 'binary' : 'text';
    if (data.length > 0) this.#handlers?.onData(data);
  }

  readonly #flush = (): void => {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#pendingBytes = 0;
    const binary = this.#format !== 'text' || !pieces.every((piece) => isUtf8(piece));
    // One message in as many fragments as there are pieces: nothing is copied.
    const last = pieces.length - 1;
    this.#socket.cork();
    for (const [index, piece] of pieces.entries()) {
      this.#webSocket.send(piece, { binary, fin: index === last });
    }
    this.#socket.uncork();
    // Without a full buffer, nothing will tell that it is empty.
    if (this.#flow === 'blocked' && !this.#socket.writableNeedDrain) this.#drained();
  };

  #drained(): void {
    if (this.#flow === 'free' || this.#pendingBytes > 0) return;
    this.#flow = 'free';
    this.#handlers?.onDrain();
  }
}
