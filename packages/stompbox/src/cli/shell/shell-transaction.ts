/**
 * The one transaction that the shell has at a time.
 *
 *   none ──begin()──▶ open ──commit(), abort()──▶ none
 *
 * A transaction that ended with its connection stays until it is aborted, so that nobody goes on
 * sending outside of it without noticing.
 */
import type { Connection, Transaction } from '@stompbox/client';
import { usageError } from '../report-error.js';

export class ShellTransaction {
  readonly #connection: Connection;
  #current: Transaction | undefined;
  #onCommit: (() => void)[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get current(): Transaction | undefined {
    return this.#current;
  }

  /** @returns its id */
  async begin(signal: AbortSignal): Promise<string> {
    if (this.#current !== undefined) {
      throw usageError(`a transaction is open (${this.#current.id})`, 'say commit or abort first');
    }
    this.#current = await this.#connection.begin({ signal });
    return this.#current.id;
  }

  async commit(signal: AbortSignal): Promise<string> {
    const transaction = this.#open();
    const settled = this.#onCommit;
    try {
      await transaction.commit({ signal });
      for (const settle of settled) settle();
    } finally {
      // A lost one stays until it is aborted; what else failed is over.
      if (transaction.state !== 'lost') this.#forget();
    }
    return transaction.id;
  }

  async abort(signal?: AbortSignal): Promise<string> {
    const transaction = this.#open();
    this.#forget();
    // Of a lost one there is nothing left to abort.
    if (transaction.state === 'open') await transaction.abort(signal ? { signal } : {});
    return transaction.id;
  }

  /** What is done once the transaction takes effect. */
  afterCommit(settle: () => void): void {
    this.#onCommit.push(settle);
  }

  #forget(): void {
    this.#current = undefined;
    this.#onCommit = [];
  }

  #open(): Transaction {
    if (this.#current !== undefined) return this.#current;
    throw usageError('there is no open transaction', 'say: begin');
  }
}
