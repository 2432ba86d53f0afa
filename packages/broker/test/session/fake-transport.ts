/**
 * The broker's end of a connection that a test holds in its hands: it may come from another machine,
 * and be as slow as the test wants.
 */
import type { Transport, TransportHandlers } from '@stompbox/broker';
import { encodeUtf8 } from '@stompbox/protocol';

export class FakeTransport implements Transport {
  readonly peer = '192.0.2.7:50000';
  readonly isLocal: boolean;
  /** What `write` answers. */
  takesMore = true;
  readonly writes: Uint8Array[] = [];
  reading: 'reading' | 'paused' = 'reading';
  state: 'open' | 'broken' | 'ended' | 'destroyed' = 'open';
  #handlers: TransportHandlers | undefined;

  constructor({ isLocal }: { readonly isLocal: boolean }) {
    this.isLocal = isLocal;
  }

  get isWritable(): boolean {
    return this.state === 'open';
  }

  /** The network has reset it, and nobody has been told yet. */
  breaks(): void {
    this.state = 'broken';
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    return this.takesMore;
  }

  pause(): void {
    this.reading = 'paused';
  }

  resume(): void {
    this.reading = 'reading';
  }

  end(): void {
    this.state = 'ended';
  }

  destroy(error?: Error): void {
    this.state = 'destroyed';
    this.#handlers?.onClose(error);
  }

  /** All that was written, as text. */
  get text(): string {
    return Buffer.concat(this.writes).toString('utf8');
  }

  get writtenBytes(): number {
    return this.writes.reduce((sum, { length }) => sum + length, 0);
  }

  /** Bytes from the client. */
  gets(text: string): void {
    this.#handlers?.onData(encodeUtf8(text));
  }

  /** The client has read what was buffered. */
  drains(): void {
    this.takesMore = true;
    this.#handlers?.onDrain();
  }
}
