/** The message of all scenarios, about 256 bytes of JSON, and the proof that each came once. */

export function orderOf(number) {
  return {
    number,
    customer: { id: 'c-20260101-4711', name: 'Ada Lovelace', country: 'GB' },
    items: [
      { sku: 'book-978-0-13-468599-1', quantity: 2, price: 39.95 },
      { sku: 'pen-blue-0.5', quantity: 10, price: 1.2 },
    ],
    isGift: false,
    note: 'Please ring twice: the bell is quiet.',
  };
}

/** Collects the numbers of orders that come, in whatever order. */
export class Arrivals {
  #seen;
  #count = 0;

  constructor(expected) {
    this.#seen = new Uint8Array(expected);
  }

  /** @throws when it came before, or was never sent */
  add({ number }) {
    if (this.#seen[number] !== 0)
      throw new Error(`Void run: order ${number} came twice, or from nowhere`);
    this.#seen[number] = 1;
    this.#count++;
  }

  /** @throws when one is missing */
  check() {
    const expected = this.#seen.length;
    if (this.#count !== expected) {
      throw new Error(`Void run: ${this.#count} orders instead of ${expected}`);
    }
  }
}
