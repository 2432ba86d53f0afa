/**
 * Hands status events to callbacks and iterators. What a listener throws, at once or later as an
 * async function, is reported as a warning of the process: it must neither stop the connection nor
 * vanish.
 */
import { AsyncBuffer } from './async-buffer.js';
import type { ConnectionStatus } from './status.js';

type StatusListener = (status: ConnectionStatus) => void;

export class StatusFeed {
  readonly #listeners = new Set<StatusListener>();
  #isEnded = false;

  /** False when nobody listened. */
  emit(status: ConnectionStatus): boolean {
    if (status.type === 'closed') this.#isEnded = true;
    const listeners = [...this.#listeners];
    for (const listener of listeners) callListener(() => listener(status));
    if (this.#isEnded) this.#listeners.clear();
    return listeners.length > 0;
  }

  /** @returns what ends the listening */
  listen(listener: StatusListener): () => void {
    // A wrapper of its own, so that one function can listen twice and end each separately.
    const entry: StatusListener = (status) => listener(status);
    if (!this.#isEnded) this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** Events from the moment iteration begins; ends after `closed`. */
  async *iterate(): AsyncGenerator<ConnectionStatus, void, undefined> {
    if (this.#isEnded) return;
    const buffer = new AsyncBuffer<ConnectionStatus>();
    const stop = this.listen((status) => {
      buffer.push(status);
      if (status.type === 'closed') buffer.end();
    });
    try {
      for (;;) {
        const next = await buffer.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      stop();
    }
  }
}

/** Calls code of the application that nobody waits for. */
export function callListener(call: () => unknown): void {
  try {
    const result = call();
    // An async function: nobody else would look at what it rejects with.
    if (result instanceof Promise) result.catch(warn);
  } catch (error) {
    warn(error);
  }
}

interface Warner {
  readonly process?: { emitWarning?(text: Error | string): void };
  reportError?(error: unknown): void;
}

/** Node prints warnings on stderr; browsers get an uncaught error, which they print too. */
export function warn(error: unknown): void {
  const { process, reportError } = globalThis as Warner;
  if (process?.emitWarning) process.emitWarning(error instanceof Error ? error : String(error));
  else reportError?.(error);
}
