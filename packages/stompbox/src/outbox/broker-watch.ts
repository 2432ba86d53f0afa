/**
 * Tells when the broker, which was away, is back, so that a relay need not wait for the end of its pause.
 *
 *   there ──no connection found, attempt to connect failed──► away ──connected──► there
 *
 * That the connection was lost does not count: a broker that refuses a message ends the session, and the
 * client is connected again a moment later. A relay that took that for a return would never pause.
 */
import type { Messaging } from '../messaging.js';

export class BrokerWatch {
  readonly #onReturn: () => void;
  #state: 'there' | 'away' = 'there';
  #leave: () => void = () => undefined;

  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  start(messaging: Pick<Messaging, 'onEvent'>): void {
    this.#leave = messaging.onEvent((event) => {
      if (event.type !== 'connection') return;
      if (event.status.type === 'connect-failed') this.missed();
      if (event.status.type === 'connected') this.#connected();
    });
  }

  stop(): void {
    this.#leave();
  }

  /** There is no connection. */
  missed(): void {
    this.#state = 'away';
  }

  #connected(): void {
    if (this.#state === 'there') return;
    this.#state = 'there';
    this.#onReturn();
  }
}
