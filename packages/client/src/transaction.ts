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
import type { CodecRegistry } from './codec/codec-registry.js';
import { ConnectionError } from './errors.js';
import type { HeaderPair, OperationRequest } from './operation.js';
import { type ResolvedWait, resolveWait, type WaitOptions } from './operation-options.js';
import { invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import { resolveSend, type SendOptions } from './send-options.js';
import { type SendBody, sendRequest } from './send-request.js';
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

export interface TransactionOptions {
  readonly receiptTimeoutMs: number;
  readonly codecs: CodecRegistry;
}

export class StompTransaction implements Transaction {
  readonly id: string;
  readonly #outbox: Outbox;
  readonly #session: Session;
  readonly #options: TransactionOptions;
  #state: TransactionState = 'open';

  /** @param session where BEGIN was confirmed */
  constructor(id: string, outbox: Outbox, session: Session, options: TransactionOptions) {
    this.id = id;
    this.#outbox = outbox;
    this.#session = session;
    this.#options = options;
  }

  get state(): TransactionState {
    if (this.#state === 'open' && !this.#session.isOpen) this.#state = 'lost';
    return this.#state;
  }

  async send<T extends SendBody>(
    destination: string,
    body: T,
    options: SendOptions<T> = {},
  ): Promise<void> {
    this.#assertOpen();
    const { receiptTimeoutMs } = this.#options;
    const defaults = { receiptTimeoutMs, hasStore: false };
    const resolved = resolveSend(options, defaults);
    const request = sendRequest(destination, body, resolved, this.#options.codecs);
    const confirmsBeforeCommit = this.#session.profile.sendReceiptInTransaction !== 'after-commit';
    await this.#outbox.submit(
      {
        ...request,
        headers: [...request.headers, ['transaction', this.id]],
        whenLost: 'transaction',
        subject: `${destination} in transaction ${this.id}`,
      },
      {
        ...resolved,
        hasReceipt: options.receipt === undefined ? confirmsBeforeCommit : resolved.hasReceipt,
      },
    );
  }

  async commit(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    const wait = resolveWait('commit', options, this.#options.receiptTimeoutMs);
    wait.signal?.throwIfAborted();
    this.#state = 'committing';
    try {
      await this.#end('COMMIT', 'commit', wait);
      this.#state = 'committed';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  async abort(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    const wait = resolveWait('abort', options, this.#options.receiptTimeoutMs);
    wait.signal?.throwIfAborted();
    this.#state = 'aborted';
    await this.#end('ABORT', 'finished', wait);
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

  #end(
    command: 'COMMIT' | 'ABORT',
    whenLost: OperationRequest['whenLost'],
    wait: ResolvedWait,
  ): Promise<void> {
    return this.#outbox.submit(
      { command, headers: [['transaction', this.id]], subject: this.id, whenLost },
      { ...wait, hasReceipt: true },
    );
  }
}
