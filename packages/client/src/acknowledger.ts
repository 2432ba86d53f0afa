/**
 * Writes the ACKs and NACKs of one subscription in the words of the session's version:
 *
 *   1.0, 1.1   message-id and subscription     1.2   id, the value of the MESSAGE's ack header
 *
 * An acknowledgement belongs to the session that delivered the message. On a later one its id may
 * name another message, so it is refused instead of sent.
 */
import { ProtocolError } from '@stompbox/protocol';
import { ConnectionError } from './errors.js';
import type { HeaderPair, OperationRequest } from './operation.js';
import { type AckMode, type AckOptions, resolveAck } from './operation-options.js';
import { invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import type { ReceivedMessage } from './received-message.js';
import { StompTransaction, type Transaction } from './transaction.js';

type AckCommand = 'ACK' | 'NACK';

/** One promise for all acknowledgements that nobody waits for. */
const ON_ITS_WAY: Promise<void> = Promise.resolve();

export class Acknowledger {
  readonly #subscriptionId: string;
  readonly #mode: AckMode;
  readonly #outbox: Outbox;
  readonly #defaultTimeoutMs: number;
  #isEnded = false;

  constructor(subscriptionId: string, mode: AckMode, outbox: Outbox, defaultTimeoutMs: number) {
    this.#subscriptionId = subscriptionId;
    this.#mode = mode;
    this.#outbox = outbox;
    this.#defaultTimeoutMs = defaultTimeoutMs;
  }

  /** UNSUBSCRIBE is under way: brokers take back what is not settled, and ignore or refuse its ACK. */
  end(): void {
    this.#isEnded = true;
  }

  settle(message: ReceivedMessage, command: AckCommand, options?: AckOptions): Promise<void> {
    try {
      this.#assertPossible(message, command);
      if (options !== undefined) return this.#settleWith(message, command, options);
      this.#outbox.post(this.#request(message, command, []));
      message.markSettled(undefined);
      return ON_ITS_WAY;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settleWith(message: ReceivedMessage, command: AckCommand, options: AckOptions): Promise<void> {
    const resolved = resolveAck(options, this.#defaultTimeoutMs);
    resolved.signal?.throwIfAborted();
    const transaction = transactionOf(resolved.transaction);
    const headers = [...resolved.headers];
    if (transaction) headers.push(transaction.headerFor(message.session));
    const request = this.#request(message, command, headers);
    let outcome = ON_ITS_WAY;
    if (resolved.hasReceipt) outcome = this.#outbox.submit(request, resolved);
    else this.#outbox.post(request);
    message.markSettled(transaction);
    return outcome;
  }

  #assertPossible(message: ReceivedMessage, command: AckCommand): void {
    if (this.#mode === 'auto') {
      throw new ProtocolError(
        'STOMP_PROTO_UNEXPECTED_FRAME',
        `${command} is not possible with ack mode auto: subscribe with ack: 'client-individual'`,
      );
    }
    if (!message.session.isOpen || this.#isEnded) {
      throw ConnectionError.of('STOMP_NET_STALE_MESSAGE', [command, message.messageId]);
    }
    if (message.isSettled) {
      throw new ProtocolError(
        'STOMP_PROTO_NO_MESSAGE',
        `Message ${message.messageId} is already settled: ack or nack it once`,
      );
    }
    if (command === 'NACK' && message.session.version === '1.0') {
      throw new ProtocolError(
        'STOMP_PROTO_UNSUPPORTED',
        'STOMP 1.0 has no NACK: let the connection use STOMP 1.1 or 1.2',
      );
    }
  }

  #request(
    message: ReceivedMessage,
    command: AckCommand,
    more: readonly HeaderPair[],
  ): OperationRequest {
    const { messageId } = message;
    const headers: HeaderPair[] =
      message.session.version === '1.2'
        ? [['id', message.headers.get('ack') ?? messageId], ...more]
        : [['message-id', messageId], ['subscription', this.#subscriptionId], ...more];
    return { command, headers, subject: messageId, whenLost: 'acknowledge' };
  }
}

function transactionOf(transaction: Transaction | undefined): StompTransaction | undefined {
  if (transaction === undefined || transaction instanceof StompTransaction) return transaction;
  throw invalidOption('transaction', 'what connection.begin() returned');
}
