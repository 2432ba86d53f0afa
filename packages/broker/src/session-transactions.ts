/** The open transactions of one session, by the names that the client gave them. */
import { ProtocolError } from '@stompbox/protocol';
import { detached } from './detached.js';
import type { ConnectionMemory } from './memory/connection-memory.js';
import { Transaction, TransactionBudget } from './transaction.js';

/** Open at the same time; a client that never ends its transactions is told so. */
const MAX_OPEN = 1000;

export class SessionTransactions {
  readonly #open = new Map<string, Transaction>();
  readonly #budget: TransactionBudget;

  constructor(memory: ConnectionMemory) {
    this.#budget = new TransactionBudget(memory);
  }

  /** @throws ProtocolError `STOMP_PROTO_DUPLICATE_TRANSACTION`, `STOMP_PROTO_TRANSACTION_TOO_LARGE` */
  begin(id: string): void {
    if (this.#open.has(id)) {
      throw new ProtocolError(
        'STOMP_PROTO_DUPLICATE_TRANSACTION',
        `Transaction "${id}" has begun already: commit or abort it first`,
      );
    }
    if (this.#open.size >= MAX_OPEN) {
      throw new ProtocolError(
        'STOMP_PROTO_TRANSACTION_TOO_LARGE',
        `${MAX_OPEN} transactions are open on this connection: commit or abort some`,
      );
    }
    this.#open.set(detached(id), new Transaction(this.#budget));
  }

  /** @throws ProtocolError `STOMP_PROTO_NO_TRANSACTION` */
  get(id: string): Transaction {
    const transaction = this.#open.get(id);
    if (transaction) return transaction;
    throw new ProtocolError('STOMP_PROTO_NO_TRANSACTION', `Transaction "${id}" has not begun`);
  }

  /** Takes it out, to commit or abort it. @throws ProtocolError `STOMP_PROTO_NO_TRANSACTION` */
  end(id: string): Transaction {
    const transaction = this.get(id);
    this.#open.delete(id);
    return transaction;
  }

  abortAll(): void {
    for (const transaction of this.#open.values()) transaction.abort();
    this.#open.clear();
  }
}
