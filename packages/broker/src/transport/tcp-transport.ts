import type { Socket } from 'node:net';
import { isLoopback, peerOf } from './socket-address.js';
import type { Transport, TransportHandlers } from './transport.js';

/** Bytes that wait in a socket before `write` asks for patience. */
export const SOCKET_BUFFER_BYTES = 256 * 1024;

/** A TCP or TLS socket as a transport. Several writes of one turn leave as one system call. */
export class TcpTransport implements Transport {
  readonly peer: string;
  readonly isLocal: boolean;
  readonly certificateName: string | undefined;
  readonly #socket: Socket;
  #isCorked = false;

  constructor(socket: Socket, certificateName?: string) {
    this.#socket = socket;
    this.peer = peerOf(socket);
    this.isLocal = isLoopback(socket.remoteAddress);
    this.certificateName = certificateName;
    // Frames are gathered per turn already; waiting for more in the kernel only adds delay.
    socket.setNoDelay(true);
  }

  get isWritable(): boolean {
    return this.#socket.writable;
  }

  start(handlers: TransportHandlers): void {
    let failure: Error | undefined;
    const socket = this.#socket;
    socket.on('data', handlers.onData);
    socket.on('drain', handlers.onDrain);
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => handlers.onClose(failure));
    socket.on('end', () => handlers.onEnd?.());
  }

  write(bytes: Uint8Array): boolean {
    // The peer has gone meanwhile; onClose is on its way.
    if (!this.#socket.writable) return false;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    this.#socket.write(bytes);
    // A TLS socket has a lower mark of its own, which cannot be set.
    return this.#socket.writableLength < SOCKET_BUFFER_BYTES;
  }

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#socket.uncork();
  };

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}
