/**
 * What a client has asked for between BEGIN and COMMIT. Nothing of it is visible before; at COMMIT all
 * of it is written in one turn, hence in one batch of the store, hence as a whole or not at all. What is
 * not persistent has no part in the batch: it may be seen before the COMMIT is on disk.
 */
import { ProtocolError } from '@stompbox/protocol';
import type { Delivery } from './delivery.js';
import type { ConnectionMemory } from './memory/connection-memory.js';
import type { Submission } from './sending/submission.js';
import type { WriteNumber } from './store/commit-loop.js';

/** Frames that the open transactions of one session may hold, all together. */
const MAX_OPERATIONS = 100_000;

export class TransactionBudget {
  readonly #memory: ConnectionMemory;
  #operations = 0;

  constructor(memory: ConnectionMemory) {
    this.#memory = memory;
  }

  /** @throws ProtocolError `STOMP_PROTO_TRANSACTION_TOO_LARGE` */
  take(bytes: number): void {
    if (this.#operations >= MAX_OPERATIONS || !this.#memory.hasTransactionRoom(bytes)) {
      throw new ProtocolError(
        'STOMP_PROTO_TRANSACTION_TOO_LARGE',
        `The open transactions of a connection may hold ${MAX_OPERATIONS} frames and ${this.#memory.maxBytes} bytes: commit more often`,
      );
    }
    this.#operations += 1;
    this.#memory.changeTransactions(bytes);
  }

  give(operations: number, bytes: number): void {
    this.#operations -= operations;
    this.#memory.changeTransactions(-bytes);
  }
}

type Operation =
  | { readonly type: 'send'; readonly submission: Submission }
  | { readonly type: 'ack' | 'nack'; readonly delivery: Delivery };

export class Transaction {
  readonly #budget: TransactionBudget;
  #operations: Operation[] = [];
  #bytes = 0;

  constructor(budget: TransactionBudget) {
    this.#budget = budget;
  }

  send(submission: Submission): void {
    this.#add({ type: 'send', submission }, submission.bytes);
  }

  settle(delivery: Delivery, type: 'ack' | 'nack'): void {
    this.#add({ type, delivery }, delivery.entry.message.record.length);
    delivery.subscription.hold(delivery, this);
  }

  /** Does it all; the number of its last write. */
  commit(): WriteNumber {
    let last: WriteNumber = 0;
    for (const operation of this.#takeAll()) {
      const written =
        operation.type === 'send'
          ? operation.submission.submit()
          : operation.delivery.subscription.settle(operation.delivery, operation.type);
      last = Math.max(last, written);
    }
    return last;
  }

  /** Undoes it all: what was acked or nacked is the client's again. */
  abort(): void {
    for (const operation of this.#takeAll()) {
      if (operation.type !== 'send') operation.delivery.subscription.release(operation.delivery);
    }
  }

  #add(operation: Operation, bytes: number): void {
    this.#budget.take(bytes);
    this.#bytes += bytes;
    this.#operations.push(operation);
  }

  #takeAll(): readonly Operation[] {
    const operations = this.#operations;
    this.#budget.give(operations.length, this.#bytes);
    this.#operations = [];
    this.#bytes = 0;
    return operations;
  }
}
