/**
 * Two web streams as a transport: what a worker, WebTransport, Deno or a compression gives.
 *
 * - Bytes are read one chunk ahead of `pause`.
 * - It is closed when the peer has ended its half, either half has failed, or `destroy` was called.
 */
import type { Transport, TransportHandlers } from '../transport.js';

export interface WebStreams {
  readonly readable: ReadableStreamOf;
  readonly writable: WritableStreamOf;
}

/** A ReadableStream, whoever made it. */
export interface ReadableStreamOf {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** A WritableStream, whoever made it. */
export interface WritableStreamOf {
  getWriter(): {
    readonly ready: Promise<unknown>;
    readonly desiredSize: number | null;
    write(chunk: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
  };
}

export class WebStreamTransport implements Transport {
  readonly peer: string;
  readonly #reader: ReturnType<ReadableStreamOf['getReader']>;
  readonly #writer: ReturnType<WritableStreamOf['getWriter']>;
  #handlers: TransportHandlers | undefined;
  #state: 'open' | 'closed' = 'open';
  #flow: 'free' | 'blocked' = 'free';
  /** While paused: what goes on when reading may. */
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  constructor(streams: WebStreams, peer: string) {
    this.peer = peer;
    this.#reader = streams.readable.getReader();
    this.#writer = streams.writable.getWriter();
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    if (this.#state === 'closed') {
      handlers.onClose();
      return;
    }
    this.#read().then(
      () => this.#close(undefined),
      (error) => this.#close(asError(error)),
    );
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === 'closed') return false;
    this.#writer.write(bytes).catch((error) => this.#close(asError(error)));
    if ((this.#writer.desiredSize ?? 0) > 0) return true;
    this.#awaitDrain();
    return false;
  }

  pause(): void {
    if (this.#gate) return;
    let open: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
  }

  resume(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  end(): void {
    this.#writer.close().catch((error) => this.#close(asError(error)));
  }

  destroy(error?: Error): void {
    // A task of its own: `onClose` follows, it does not interrupt.
    queueMicrotask(() => this.#close(error));
  }

  async #read(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      await this.#gate?.opened;
      if (done || this.#state === 'closed') return;
      if (value) this.#handlers?.onData(value);
    }
  }

  #awaitDrain(): void {
    if (this.#flow === 'blocked') return;
    this.#flow = 'blocked';
    this.#writer.ready.then(
      () => {
        this.#flow = 'free';
        if (this.#state === 'open') this.#handlers?.onDrain();
      },
      (error) => this.#close(asError(error)),
    );
  }

  #close(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.resume();
    // Either half may have failed, and says so again here; the first reason was the one that counts.
    Promise.allSettled([this.#reader.cancel(error), this.#writer.abort(error)]);
    this.#handlers?.onClose(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}
