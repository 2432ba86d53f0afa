/**
 * Waits for receipts by their ids, and for the end of the connection. What came before the wait
 * began counts too, so no receipt can be missed between a send and its wait.
 */
import type { WaitOptions } from '../operation-options.js';
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';
import { EventWaits, type WaitingOptions } from './event-waits.js';

/** So many receipts are remembered; the oldest is forgotten first. */
const REMEMBERED_RECEIPTS = 1_000;

/** How a connection ended: with the error, or without one by `close()`. */
export interface Disconnection {
  readonly error: Error | undefined;
}

export class WaitingListener implements ConnectionListener {
  readonly #waits: EventWaits;
  readonly #receipts = new Map<string, ListenerFrame>();
  #disconnection: Disconnection | undefined;

  constructor(options: WaitingOptions = {}) {
    this.#waits = new EventWaits(options);
  }

  /**
   * Resolves with the RECEIPT of this id, at once if it has come. Default timeout 15,000 ms.
   *
   * @throws TimeoutError `STOMP_NET_TIMEOUT_EVENT`; ConnectionError `STOMP_NET_NOT_CONNECTED` when
   *   the connection is closed without it; the reason of the signal
   */
  waitForReceipt(id: string, options: WaitOptions = {}): Promise<ListenerFrame> {
    return this.#waits.until(`receipt ${id}`, () => this.#receipts.get(id), options);
  }

  /**
   * Resolves when the connection has ended, at once if it is not connected any more.
   *
   * @throws TimeoutError `STOMP_NET_TIMEOUT_EVENT`; the reason of the signal
   */
  waitForDisconnected(options: WaitOptions = {}): Promise<Disconnection> {
    return this.#waits.until('the end of the connection', () => this.#disconnection, options);
  }

  onConnected(): void {
    this.#disconnection = undefined;
    this.#waits.reopen();
  }

  onReceipt(frame: ListenerFrame): void {
    const id = frame.headers.get('receipt-id');
    if (id === undefined) return;
    this.#receipts.delete(id);
    this.#receipts.set(id, frame);
    if (this.#receipts.size > REMEMBERED_RECEIPTS) {
      for (const oldest of this.#receipts.keys()) {
        this.#receipts.delete(oldest);
        break;
      }
    }
    this.#waits.check();
  }

  onDisconnected(error: Error | undefined): void {
    this.#disconnection = { error };
    this.#waits.check();
  }

  onClosed(error: Error | undefined): void {
    this.#disconnection ??= { error };
    this.#waits.check();
    this.#waits.end(error);
  }
}
