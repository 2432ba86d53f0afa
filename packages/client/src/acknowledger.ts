/**
 * Writes the ACKs and NACKs of one subscription in the words of the session's version:
 *
 *   1.0, 1.1   message-id and subscription     1.2   id, the value of the MESSAGE's ack header
 *
 * - An acknowledgement belongs to the session that delivered the message. On a later one its id may
 *   name another message, so it is refused instead of sent.
 * - In ack mode `client` an ACK settles all earlier messages, too: of those that follow each other
 *   in one turn only the last is written. In `client-individual` they share one write.
 */
import { encodeHeaderLine, escapeHeader, ProtocolError } from '@stompbox/protocol';
import { ConnectionError } from './errors.js';
import type { HeaderPair, Operation, OperationRequest } from './operation.js';
import { type AckMode, type AckOptions, resolveAck } from './operation-options.js';
import { invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import { assertSafeInTransaction, assertSafeNack, type Danger } from './profile/unsafe.js';
import type { ReceivedMessage } from './received-message.js';
import { isTraced, trace } from './trace/tracing.js';
import { StompTransaction, type Transaction } from './transaction.js';

type AckCommand = 'ACK' | 'NACK';

export interface AcknowledgerOptions {
  readonly subscriptionId: string;
  /** As the application sees it. */
  readonly mode: AckMode;
  readonly allowUnsafe: readonly Danger[];
  readonly receiptTimeoutMs: number;
}

/** One promise for all acknowledgements that nobody waits for. */
const ON_ITS_WAY: Promise<void> = Promise.resolve();

export class Acknowledger {
  /** True when the session was told ack mode `client`. */
  isCumulative: boolean;
  readonly #options: AcknowledgerOptions;
  readonly #outbox: Outbox;
  #isEnded = false;
  #arrivals = 0;
  /** The last ACK that only says "up to here", and the place of its message. */
  #last: Operation | undefined;
  #lastArrival = 0;

  constructor(options: AcknowledgerOptions, outbox: Outbox) {
    this.#options = options;
    this.#outbox = outbox;
    this.isCumulative = options.mode === 'client';
  }

  /** The place of the next message in the order of their arrival. */
  nextArrival(): number {
    return ++this.#arrivals;
  }

  /** UNSUBSCRIBE is under way: brokers take back what is not settled, and ignore or refuse its ACK. */
  end(): void {
    this.#isEnded = true;
  }

  settle(message: ReceivedMessage, command: AckCommand, options?: AckOptions): Promise<void> {
    if (!isTraced('settle')) return this.#settle(message, command, options);
    const { session, destination, messageId } = message;
    const { subscriptionId } = this.#options;
    const transaction = options?.transaction?.id;
    const context = {
      ...session.origin,
      command,
      destination,
      messageId,
      subscriptionId,
      transaction,
    };
    // An arrow function would make each call keep its arguments for it, traced or not.
    return trace('settle', context, this.#settle.bind(this, message, command, options));
  }

  #settle(message: ReceivedMessage, command: AckCommand, options?: AckOptions): Promise<void> {
    try {
      this.#assertPossible(message, command);
      if (options !== undefined) return this.#settleWith(message, command, options);
      if (command === 'NACK') assertSafeNack(message.session.profile, this.#options);
      message.markSettled(undefined);
      this.#post(message, command);
      return ON_ITS_WAY;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Gives the broker credit for a message that it holds for settled, in ack mode auto. */
  giveCredit(message: ReceivedMessage): void {
    // On another session the broker has forgotten it, and sends it again.
    if (message.session.isOpen && !this.#isEnded && !this.#outbox.isSealed)
      this.#post(message, 'ACK');
  }

  #post(message: ReceivedMessage, command: AckCommand): void {
    const request = this.#request(message, command, []);
    const isUpToHere = command === 'ACK' && this.isCumulative;
    // The ACK of an earlier message says less than what is there already.
    const last = isUpToHere && message.arrival > this.#lastArrival ? this.#last : undefined;
    const operation = this.#outbox.postInstead(last, request);
    this.#last = isUpToHere ? operation : undefined;
    this.#lastArrival = message.arrival;
  }

  #settleWith(message: ReceivedMessage, command: AckCommand, options: AckOptions): Promise<void> {
    const resolved = resolveAck(options, this.#options.receiptTimeoutMs);
    resolved.signal?.throwIfAborted();
    const { profile } = message.session;
    const allowed = { allowUnsafe: [...this.#options.allowUnsafe, ...resolved.allowUnsafe] };
    // Whoever adds headers has said what NACK is to mean.
    if (command === 'NACK' && resolved.headers.length === 0) assertSafeNack(profile, allowed);
    const transaction = transactionOf(resolved.transaction);
    const headers = [...resolved.headers];
    if (transaction) {
      headers.push(transaction.headerFor(message.session));
      assertSafeInTransaction(profile, command, allowed);
    }
    const request = this.#request(message, command, headers);
    let outcome = ON_ITS_WAY;
    if (resolved.hasReceipt) outcome = this.#outbox.submit(request, resolved);
    else this.#outbox.post(request);
    this.#last = undefined;
    message.markSettled(transaction);
    return outcome;
  }

  #assertPossible(message: ReceivedMessage, command: AckCommand): void {
    if (this.#options.mode === 'auto') {
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
    const { version } = message.session;
    let head: string;
    if (version === '1.2') {
      head = `${command}\nid:${escapeHeader(message.headers.get('ack') ?? messageId, version)}\n`;
    } else {
      head =
        `${command}\n${encodeHeaderLine('message-id', messageId, version)}` +
        encodeHeaderLine('subscription', this.#options.subscriptionId, version);
    }
    for (const [name, value] of more) head += encodeHeaderLine(name, value, version);
    return { command, head, subject: messageId, whenLost: 'acknowledge' };
  }
}

function transactionOf(transaction: Transaction | undefined): StompTransaction | undefined {
  if (transaction === undefined || transaction instanceof StompTransaction) return transaction;
  throw invalidOption('transaction', 'what connection.begin() returned');
}
