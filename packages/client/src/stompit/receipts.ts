/** Callbacks that wait for a RECEIPT. Each is called once: confirmed, or failed with the client. */
import type { SendOptions } from './send-options.js';

export class Receipts {
  readonly #waiting = new Map<string, SendOptions>();
  #last = 0;

  /** The value of a receipt header, or nothing if nobody asked for one. */
  register(options: SendOptions): string | undefined {
    if (options.onReceipt === undefined && options.onError === undefined) return undefined;
    // Receipts of the client beneath have other names.
    const id = `stompit-${++this.#last}`;
    this.#waiting.set(id, options);
    return id;
  }

  confirm(id: string): void {
    const options = this.#waiting.get(id);
    this.#waiting.delete(id);
    options?.onReceipt?.();
  }

  /** @returns how many were told */
  fail(error: Error): number {
    const listeners = [...this.#waiting.values()].flatMap(({ onError }) => onError ?? []);
    this.#waiting.clear();
    for (const onError of listeners) onError(error);
    return listeners.length;
  }
}
