/**
 * Which copies the broker may have found too long, so that the next try of them is a lean one. It outlives
 * the session, because the ERROR for a frame that is too long ends it, and the message is delivered again.
 *
 * - No broker names the SEND that it means: it stops reading in the middle of the frame.
 * - Not every ERROR arrives: some brokers only close, and a reset connection loses what was not read yet. A
 *   connection is also lost for other reasons, so a copy is suspected of that when it comes to pass twice.
 */
import type { BrokerError } from '@stompbox/client';

/** Messages that fail near the limit of their broker are few; one that is forgotten is refused once more. */
const MOST_COPIES = 1_000;

export class RefusedCopies {
  readonly #mostCopies: number;
  readonly #copies = new Map<string, 'lost' | 'refused'>();

  constructor(mostCopies = MOST_COPIES) {
    this.#mostCopies = mostCopies;
  }

  isRefused(name: string): boolean {
    return this.#copies.get(name) === 'refused';
  }

  /** The broker has said that it does not take it. */
  refuse(name: string): void {
    this.#set(name, 'refused');
  }

  /** The connection was lost while it was under way. */
  lose(name: string): void {
    this.#set(name, this.#copies.has(name) ? 'refused' : 'lost');
  }

  /** The broker has it. */
  accept(name: string): void {
    this.#copies.delete(name);
  }

  #set(name: string, what: 'lost' | 'refused'): void {
    // Set anew it is the youngest.
    this.#copies.delete(name);
    this.#copies.set(name, what);
    const [oldest] = this.#copies.keys();
    if (this.#copies.size > this.#mostCopies && oldest !== undefined) this.#copies.delete(oldest);
  }
}

/** Brokers of ours name the reason by a code; the words of others are not to be relied on. */
export function isPerhapsTooLong({ brokerCode }: BrokerError): boolean {
  return brokerCode === undefined || /_TOO_(?:LARGE|LONG)$/.test(brokerCode);
}
