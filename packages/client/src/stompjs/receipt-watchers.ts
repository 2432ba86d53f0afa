/** Who waits for which receipt. They outlive sockets: a message that is sent again may be confirmed later. */
import type { frameCallbackType } from './frame-types.js';

export class ReceiptWatchers {
  readonly #callbacks = new Map<string, frameCallbackType>();

  get ids(): readonly string[] {
    return [...this.#callbacks.keys()];
  }

  add(receiptId: string, callback: frameCallbackType): void {
    this.#callbacks.set(receiptId, callback);
  }

  /** The one who waits for it; a receipt comes once. */
  take(receiptId: string | undefined): frameCallbackType | undefined {
    if (receiptId === undefined) return undefined;
    const callback = this.#callbacks.get(receiptId);
    this.#callbacks.delete(receiptId);
    return callback;
  }

  clear(): void {
    this.#callbacks.clear();
  }
}
