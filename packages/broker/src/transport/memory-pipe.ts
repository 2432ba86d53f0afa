/**
 * Two transports joined in memory, for tests and for an application that hosts its own broker. Bytes
 * arrive in a later microtask, never inside `write`, as from a socket.
 */
import type { Transport, TransportHandlers } from './transport.js';

/** Bytes on their way to one end before `write` asks for patience. */
const HIGH_WATER_BYTES = 1024 * 1024;

type EndState = 'waiting' | 'flowing' | 'paused' | 'closed';

class MemoryEnd implements Transport {
  readonly peer = 'memory';
  readonly isLocal = true;
  other: MemoryEnd | undefined;
  #handlers: TransportHandlers | undefined;
  #state: EndState = 'waiting';
  #incoming: Uint8Array[] = [];
  #incomingBytes = 0;
  #otherHasEnded = false;
  #isDeliveryDue = false;

  get isWritable(): boolean {
    return this.#state !== 'closed' && this.other?.hasClosed === false;
  }

  get hasClosed(): boolean {
    return this.#state === 'closed';
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    if (this.#state === 'waiting') this.#state = 'flowing';
    this.#deliverSoon();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === 'closed') return true;
    return this.other?.take(bytes) ?? true;
  }

  /** Bytes from the other end. */
  take(bytes: Uint8Array): boolean {
    if (this.#state === 'closed') return true;
    this.#incoming.push(bytes);
    this.#incomingBytes += bytes.length;
    this.#deliverSoon();
    return this.#incomingBytes < HIGH_WATER_BYTES;
  }

  /** The other end has written its last byte, or vanished. */
  takeEnd(error?: Error): void {
    this.#otherHasEnded = true;
    if (error) this.#incoming = [];
    // A paused end would not look at its bytes again; without any there is nothing to wait for.
    if (this.#state === 'paused' && this.#incoming.length === 0) this.#close();
    else this.#deliverSoon();
  }

  pause(): void {
    if (this.#state === 'flowing') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'flowing';
    this.#deliverSoon();
  }

  end(): void {
    this.#close();
  }

  destroy(error?: Error): void {
    this.#close(error);
  }

  #close(error?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    // The other end must not wait for room that nobody will make any more.
    if (this.#incomingBytes >= HIGH_WATER_BYTES) this.other?.drained();
    this.other?.takeEnd(error);
    queueMicrotask(() => this.#handlers?.onClose(error));
  }

  #deliverSoon(): void {
    if (this.#isDeliveryDue) return;
    this.#isDeliveryDue = true;
    queueMicrotask(() => {
      this.#isDeliveryDue = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#state === 'flowing') {
      const chunk = this.#incoming.shift();
      if (chunk === undefined) break;
      const wasFull = this.#incomingBytes >= HIGH_WATER_BYTES;
      this.#incomingBytes -= chunk.length;
      this.#handlers?.onData(chunk);
      if (wasFull && this.#incomingBytes < HIGH_WATER_BYTES) this.other?.drained();
    }
    if (this.#state === 'flowing' && this.#otherHasEnded) this.#close();
  }

  /** The other end has room again. */
  drained(): void {
    if (this.#state !== 'closed') this.#handlers?.onDrain();
  }
}

/** Both ends of a new pipe. */
export function memoryPipe(): [Transport, Transport] {
  const one = new MemoryEnd();
  const two = new MemoryEnd();
  one.other = two;
  two.other = one;
  return [one, two];
}
