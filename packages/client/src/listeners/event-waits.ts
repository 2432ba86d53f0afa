/**
 * Waits for something that listeners hear, each with a timeout and a signal. Whoever hears something
 * calls `check`, which looks at every open wait again; `end` rejects those that nothing can fulfil.
 */
import { type Clock, systemClock } from '../clock.js';
import { ConnectionError, TimeoutError } from '../errors.js';
import { resolveWait, type WaitOptions } from '../operation-options.js';
import { waitFor } from '../wait.js';

const DEFAULT_TIMEOUT_MS = 15_000;

interface OpenWait {
  /** Settles the wait if what it waits for is there. */
  look(): void;
  readonly reject: (error: Error) => void;
  readonly what: string;
}

export interface WaitingOptions {
  readonly clock?: Clock;
}

export class EventWaits {
  readonly #clock: Clock;
  readonly #open = new Set<OpenWait>();
  #end: { readonly cause: Error | undefined } | undefined;

  constructor({ clock = systemClock }: WaitingOptions) {
    this.#clock = clock;
  }

  /**
   * Resolves with what `find` finds, now or later.
   *
   * @param what is waited for, as the subject of an error's sentence
   * @throws TimeoutError `STOMP_NET_TIMEOUT_EVENT`; ConnectionError `STOMP_NET_NOT_CONNECTED` when
   *   the connection is closed; the reason of the signal
   */
  async until<T>(what: string, find: () => T | undefined, options: WaitOptions): Promise<T> {
    const wait = resolveWait('wait', options, DEFAULT_TIMEOUT_MS);
    wait.signal?.throwIfAborted();
    const found = find();
    if (found !== undefined) return found;
    if (this.#end !== undefined) throw endOf(what, this.#end.cause);
    let close = () => {};
    const outcome = new Promise<T>((resolve, reject) => {
      const look = () => {
        const later = find();
        if (later === undefined) return;
        close();
        resolve(later);
      };
      const entry = { look, reject, what };
      this.#open.add(entry);
      close = () => this.#open.delete(entry);
    });
    const timeout = () => TimeoutError.of('STOMP_NET_TIMEOUT_EVENT', [what, wait.timeoutMs]);
    try {
      return await waitFor(outcome, wait, this.#clock, timeout);
    } finally {
      close();
    }
  }

  /** Something has happened; the waits are asked in the order in which they began. */
  check(): void {
    for (const wait of [...this.#open]) wait.look();
  }

  /** Nothing will happen any more, until `reopen`. */
  end(cause: Error | undefined): void {
    this.#end = { cause };
    for (const { reject, what } of [...this.#open]) reject(endOf(what, cause));
    this.#open.clear();
  }

  /** The listener is used for another connection. */
  reopen(): void {
    this.#end = undefined;
  }
}

function endOf(what: string, cause: Error | undefined): ConnectionError {
  return ConnectionError.of('STOMP_NET_NOT_CONNECTED', [`Waiting for ${what}`, 'closed'], cause);
}
