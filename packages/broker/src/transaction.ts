/**
 * What a client has asked for between BEGIN and COMMIT. Nothing of it is visible before; at COMMIT all
 * of it is written in one turn, hence in one batch of the store, hence as a whole or not at all.
 */
import { ProtocolError } from '@stompbox/protocol';
import type { Delivery } from './delivery.js';
import type { Message } from './message.js';
import type { Target } from './router.js';
import type { WriteNumber } from './store/commit-loop.js';

/** What one transaction may hold in memory. */
const MAX_OPERATIONS = 100_000;
const MAX_BYTES = 256 * 1024 * 1024;

type Operation =
  | { readonly type: 'send'; readonly target: Target; readonly message: Message }
  | { readonly type: 'ack' | 'nack'; readonly delivery: Delivery };

export class Transaction {
  #operations: Operation[] = [];
  #bytes = 0;

  send(target: Target, message: Message): void {
    this.#bytes += message.record.length;
    this.#add({ type: 'send', target, message });
  }

  settle(delivery: Delivery, type: 'ack' | 'nack'): void {
    this.#add({ type, delivery });
    delivery.subscription.hold(delivery);
  }

  /** Does it all; the number of its last write. */
  commit(): WriteNumber {
    let last: WriteNumber = 0;
    for (const operation of this.#operations) {
      const written =
        operation.type === 'send'
          ? operation.target.put(operation.message)
          : this.#settle(operation.delivery, operation.type);
      last = Math.max(last, written);
    }
    this.#operations = [];
    return last;
  }

  /** Undoes it all: what was acked or nacked is the client's again. */
  abort(): void {
    for (const operation of this.#operations) {
      if (operation.type === 'send') continue;
      const { delivery } = operation;
      if (delivery.state === 'in-transaction') delivery.subscription.release(delivery);
    }
    this.#operations = [];
  }

  /** A subscription that ended meanwhile has given its messages back already; an ack comes too late. */
  #settle(delivery: Delivery, type: 'ack' | 'nack'): WriteNumber {
    return delivery.state === 'in-transaction' ? delivery.subscription.settle(delivery, type) : 0;
  }

  #add(operation: Operation): void {
    if (this.#operations.length >= MAX_OPERATIONS || this.#bytes > MAX_BYTES) {
      throw new ProtocolError(
        'STOMP_PROTO_TRANSACTION_TOO_LARGE',
        `A transaction may hold ${MAX_OPERATIONS} frames and ${MAX_BYTES} bytes: commit more often`,
      );
    }
    this.#operations.push(operation);
  }
}
