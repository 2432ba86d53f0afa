import type { Socket } from 'node:net';
import type { Transport, TransportHandlers } from './transport.js';

/** A TCP socket as a transport. Several writes of one turn leave as one system call. */
export class TcpTransport implements Transport {
  readonly peer: string;
  readonly isLocal: boolean;
  readonly #socket: Socket;
  #isCorked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.isLocal = isLoopback(socket.remoteAddress);
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
    return this.#socket.write(bytes);
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

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1$|(::ffff:)?127\.)/.test(address);
}
