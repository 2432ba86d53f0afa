/**
 * The transport over any duplex stream of Node: a socket, TLS, a tunnel that the user brings.
 *
 * A stream that the peer has ended is closed, also where the stream itself would stay half open:
 * a STOMP session has nothing to say to a peer that no longer speaks.
 */
import type { Duplex } from 'node:stream';
import type { Transport, TransportHandlers } from '../transport.js';

export class DuplexTransport implements Transport {
  readonly peer: string;
  readonly #stream: Duplex;

  constructor(stream: Duplex, peer: string) {
    this.#stream = stream;
    this.peer = peer;
  }

  start(handlers: TransportHandlers): void {
    const stream = this.#stream;
    let failure: Error | undefined;
    stream.on('error', (error: Error) => {
      failure = error;
    });
    stream.on('drain', () => handlers.onDrain());
    stream.on('data', (chunk: Uint8Array) => handlers.onData(chunk));
    stream.once('end', () => stream.destroy());
    if (stream.closed) handlers.onClose(failure);
    else stream.once('close', () => handlers.onClose(failure));
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.write(bytes);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#stream.end();
  }

  destroy(error?: Error): void {
    this.#stream.destroy(error);
  }
}
