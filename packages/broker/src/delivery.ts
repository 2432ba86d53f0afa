import type { Message } from './message.js';
import type { Source, Subscription } from './subscription.js';
import type { Transaction } from './transaction.js';

/**
 * One message offered to one subscription that acknowledges.
 *
 *   pending ──ack, nack──▶ settled
 *   pending ──ack, nack in a transaction──▶ in-transaction ──commit──▶ settled
 *                                                └──────────abort──▶ pending
 */
export interface Delivery {
  readonly subscription: Subscription;
  readonly entry: Entry;
  /** What the client names it by: the `ack` header in 1.2, the message-id before. */
  readonly key: string;
  state: 'pending' | 'in-transaction' | 'settled';
  /** Who holds it while it is in a transaction. */
  transaction?: Transaction | undefined;
}

/** A message at its place in a queue, or on its way through a topic. */
export interface Entry {
  readonly source: Source;
  readonly message: Message;
  /** Of its lane. */
  readonly priority: number;
  readonly position: number;
  /** Where its record is; `memory`: there is none. */
  readonly keptIn: 'durable' | 'scratch' | 'memory';
  /** Number of the write that makes it durable; it is delivered after that. 0: needs none. */
  readonly writeNumber: number;
  /** When it came to its queue, in ms since 1970; not known once it was only in the store. */
  readonly enteredAtMs?: number | undefined;
  /** How often it came back after it had been offered. */
  redeliveries: number;
  /** How often a consumer refused it; part of `redeliveries`. */
  refusals: number;
}
