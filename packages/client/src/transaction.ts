/**
 * A transaction: sends and acknowledgements that take effect together at `commit`, or not at all.
 *
 *   open ──commit()──▶ committing ──RECEIPT──▶ committed
 *    │                     └──ERROR, timeout, loss──▶ failed (its outcome may be unknown)
 *    ├──abort()──▶ aborted
 *    └──connection lost──▶ lost
 *
 * It lives and dies with the session that it began on: no broker keeps one across connections.
 */
import { ProtocolError } from '@stompbox/protocol';
import { ConnectionError } from './errors.js';
import type { HeaderPair, OperationRequest } from './operation.js';
import { type ResolvedWait, resolveWait, type WaitOptions } from './operation-options.js';
import { invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import type { SendOptions } from './send-options.js';
import type { SendBody } from './send-request.js';
import type { Sender, SendTransaction } from './sender.js';
import type { Session } from './session.js';

export type TransactionState = 'open' | 'committing' | 'committed' | 'failed' | 'aborted' | 'lost';

export interface Transaction extends AsyncDisposable {
  /** The transaction's id on the wire. */
  readonly id: string;
  readonly state: TransactionState;
  /**
   * Sends within the transaction. Resolves when the broker has taken the message into it; nobody
   * sees the message before `commit`. RabbitMQ confirms nothing before COMMIT, so there it resolves
   * when the bytes are handed over.
   */
  send<T extends SendBody>(destination: string, body: T, options?: SendOptions<T>): Promise<void>;
  /** Resolves when the broker has confirmed that all of it took effect. */
  commit(options?: WaitOptions): Promise<void>;
  /** Resolves when the broker has confirmed that none of it took effect. */
  abort(options?: WaitOptions): Promise<void>;
}

/** What a transaction needs from its connection. */
export interface TransactionHost {
  readonly outbox: Outbox;
  readonly sender: Sender;
  readonly receiptTimeoutMs: number;
}

export class StompTransaction implements Transaction, SendTransaction {
  readonly id: string;
  readonly #session: Session;
  readonly #host: TransactionHost;
  #state: TransactionState = 'open';

  /** @param session where BEGIN was confirmed */
  constructor(id: string, session: Session, host: TransactionHost) {
    this.id = id;
    this.#session = session;
    this.#host = host;
  }

  get state(): TransactionState {
    if (this.#state === 'open' && !this.#session.isOpen) this.#state = 'lost';
    return this.#state;
  }

  get confirmsSends(): boolean {
    return this.#session.profile.sendReceiptInTransaction !== 'after-commit';
  }

  async send<T extends SendBody>(
    destination: string,
    body: T,
    options?: SendOptions<T>,
  ): Promise<void> {
    this.#assertOpen();
    await this.#host.sender.sendIn(this, destination, body, options);
  }

  async commit(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    const wait = resolveWait('commit', options, this.#host.receiptTimeoutMs);
    wait.signal?.throwIfAborted();
    this.#state = 'committing';
    try {
      await this.#commit(wait);
      this.#state = 'committed';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  async abort(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    const wait = resolveWait('abort', options, this.#host.receiptTimeoutMs);
    wait.signal?.throwIfAborted();
    this.#state = 'aborted';
    const request = this.#request('ABORT', 'finished');
    await this.#host.outbox.submit(request, { ...wait, hasReceipt: true });
  }

  /** Aborts what was neither committed nor aborted; a lost transaction is already rolled back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === 'open') await this.abort();
  }

  /**
   * The header that puts a frame of this session into the transaction.
   * @throws what `send` throws when the transaction is over; OptionsError for a foreign message
   */
  headerFor(session: Session): HeaderPair {
    this.#assertOpen();
    if (session !== this.#session) {
      throw invalidOption('transaction', 'one of the connection that delivered the message');
    }
    return ['transaction', this.id];
  }

  #assertOpen(): void {
    const state = this.state;
    if (state === 'open') return;
    if (state === 'lost') throw ConnectionError.of('STOMP_NET_TRANSACTION_LOST', [this.id]);
    throw new ProtocolError(
      'STOMP_PROTO_NO_TRANSACTION',
      `Transaction ${this.id} is over (${state}): begin a new one`,
    );
  }

  async #commit(wait: ResolvedWait): Promise<void> {
    const { outbox } = this.#host;
    const request = this.#request('COMMIT', 'commit');
    const operation = outbox.create(request, { ...wait, hasReceipt: true });
    const outcome = outbox.watch(operation, wait.signal);
    outbox.enqueue(operation);
    try {
      await outcome;
    } catch (error) {
      // Unsent: the broker would keep what is in it for a COMMIT that never comes.
      if (!operation.mayBeKnown && this.#session.isOpen && !outbox.isSealed) {
        outbox.post(this.#request('ABORT', 'finished'));
      }
      throw error;
    }
  }

  #request(command: 'COMMIT' | 'ABORT', whenLost: OperationRequest['whenLost']): OperationRequest {
    return { command, headers: [['transaction', this.id]], subject: this.id, whenLost };
  }
}
