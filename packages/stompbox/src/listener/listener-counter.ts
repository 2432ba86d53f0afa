/** Counts what a listener did, and when it did something last. */
import type { ListenerCounts } from '../messaging-snapshot.js';

export class ListenerCounter {
  readonly #now: () => number;
  readonly #counts: { -readonly [K in keyof ListenerCounts]: number } = {
    received: 0,
    consumed: 0,
    failedAttempts: 0,
    retried: 0,
    deadLettered: 0,
    duplicates: 0,
    redelivered: 0,
  };
  #lastDeliveryAtMs: number | undefined;
  #lastConsumedAtMs: number | undefined;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  get counts(): ListenerCounts {
    return { ...this.#counts };
  }

  get lastDeliveryAtMs(): number | undefined {
    return this.#lastDeliveryAtMs;
  }

  get lastConsumedAtMs(): number | undefined {
    return this.#lastConsumedAtMs;
  }

  count(what: keyof ListenerCounts): void {
    this.#counts[what] += 1;
    if (what === 'received') this.#lastDeliveryAtMs = this.#now();
    if (what === 'consumed') this.#lastConsumedAtMs = this.#now();
  }
}
