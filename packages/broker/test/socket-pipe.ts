/** A client's TCP socket in the shape of a transport. */
import type { Socket } from 'node:net';
import type { Transport, TransportHandlers } from '@stompbox/broker';

export class SocketPipe implements Transport {
  readonly peer = 'broker';
  readonly isLocal = true;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  start(handlers: TransportHandlers): void {
    let failure: Error | undefined;
    this.#socket.on('data', (chunk) => handlers.onData(chunk));
    this.#socket.on('drain', () => handlers.onDrain());
    this.#socket.on('error', (error) => {
      failure = error;
    });
    this.#socket.on('close', () => handlers.onClose(failure));
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

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
