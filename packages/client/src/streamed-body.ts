/**
 * The body of a message that is handed out before all of it has arrived.
 *
 *   open ──last byte──▶ complete      open ──connection lost──▶ failed
 *   open ──discard()──▶ discarded     (what still arrives is thrown away)
 *
 * STOMP cannot send anything between the parts of a frame. So while more waits here than may, the
 * transport is not read: everything else of the connection waits for the reader of this body.
 */
import { AsyncBuffer } from './async-buffer.js';

/** Bytes that may wait for their reader. */
const MAX_WAITING_BYTES = 256 * 1024;

export interface BodyFlow {
  /** Stops reading from the transport. */
  pause(): void;
  /** Reads again. */
  resume(): void;
}

export class StreamedBody implements AsyncIterable<Uint8Array> {
  readonly #flow: BodyFlow;
  readonly #parts: AsyncBuffer<Uint8Array>;
  #state: 'open' | 'complete' | 'failed' | 'discarded' = 'open';
  #waitingBytes = 0;
  #isPaused = false;

  constructor(flow: BodyFlow) {
    this.#flow = flow;
    this.#parts = new AsyncBuffer((part) => this.#note(-part.length));
  }

  push(part: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#note(part.length);
    this.#parts.push(part);
  }

  complete(): void {
    if (this.#state !== 'open') return;
    this.#state = 'complete';
    this.#parts.end();
  }

  fail(error: Error): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#parts.fail(error);
  }

  /** Nobody will read the rest. */
  discard(): void {
    if (this.#state === 'open') this.#state = 'discarded';
    this.#parts.clear();
    this.#parts.end();
    this.#waitingBytes = 0;
    this.#adjust();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#parts.next(),
      return: async () => {
        this.discard();
        return { value: undefined, done: true };
      },
    };
  }

  #note(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#adjust();
  }

  #adjust(): void {
    const mustWait = this.#state === 'open' && this.#waitingBytes > MAX_WAITING_BYTES;
    if (mustWait === this.#isPaused) return;
    this.#isPaused = mustWait;
    if (mustWait) this.#flow.pause();
    else this.#flow.resume();
  }
}
