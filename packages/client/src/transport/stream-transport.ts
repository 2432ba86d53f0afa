/**
 * A stream of Node (a socket, a pipe, any Duplex) as a transport. Its type is structural, so that no
 * module of Node is needed to name it.
 */
import type { Transport, TransportHandlers } from '../transport.js';

/** What a Duplex of Node has. */
export interface NodeStream {
  readonly closed: boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown;
  write(bytes: Uint8Array): boolean;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
  destroy(error?: Error): unknown;
}

export class StreamTransport implements Transport {
  readonly peer: string;
  readonly #stream: NodeStream;
  #error: Error | undefined;

  constructor(stream: NodeStream, peer: string) {
    this.#stream = stream;
    this.peer = peer;
    // From here on an error is always followed by 'close', which carries it to the handlers.
    stream.on('error', (error) => {
      this.#error = error;
    });
  }

  start(handlers: TransportHandlers): void {
    const stream = this.#stream;
    stream.on('drain', () => handlers.onDrain());
    stream.on('data', (chunk) => handlers.onData(chunk));
    // Sockets do this themselves; a Duplex stays open for writing unless told otherwise.
    stream.on('end', () => stream.end());
    if (stream.closed) handlers.onClose(this.#error);
    else stream.on('close', () => handlers.onClose(this.#error));
  }

  write(bytes: Uint8Array): boolean {
    // Writing after the end is an error event of the stream, which closes; the bytes are lost
    // either way and the session finds out by onClose.
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
