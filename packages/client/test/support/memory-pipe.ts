/** Two transports that are each other's peer, within the process. */
import type { Transport, TransportHandlers } from '@stompbox/client';

export class MemoryTransport implements Transport {
  readonly peer: string;
  other: MemoryTransport | undefined;
  /** Every chunk written, for tests that look at how writes are made. */
  readonly writes: Uint8Array[] = [];
  /** What the next writes answer. */
  takesMore = true;
  #handlers: TransportHandlers | undefined;
  #inbox: Uint8Array[] = [];
  #isClosed = false;
  #closeError: Error | undefined;

  constructor(peer: string) {
    this.peer = peer;
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    if (this.#isClosed) handlers.onClose(this.#closeError);
    else this.#deliver();
  }

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    this.other?.receive(bytes);
    return this.takesMore;
  }

  /** The peer takes bytes again. */
  drain(): void {
    this.takesMore = true;
    this.#handlers?.onDrain();
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.destroy();
  }

  destroy(error?: Error): void {
    this.#close(error);
    this.other?.destroyByPeer();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#inbox.push(bytes);
    if (this.#handlers) queueMicrotask(() => this.#deliver());
  }

  destroyByPeer(error?: Error): void {
    queueMicrotask(() => this.#close(error));
  }

  #deliver(): void {
    const chunks = this.#inbox;
    this.#inbox = [];
    for (const chunk of chunks) if (!this.#isClosed) this.#handlers?.onData(chunk);
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#deliver();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeError = error;
    this.#handlers?.onClose(error);
  }
}

export function memoryPipe(peer: string): { client: MemoryTransport; server: MemoryTransport } {
  const client = new MemoryTransport(peer);
  const server = new MemoryTransport('client');
  client.other = server;
  server.other = client;
  return { client, server };
}
