/**
 * The subscriptions of the shell, one per destination, numbered 1, 2, 3 …, and the messages that
 * wait for an acknowledgement.
 *
 * An acknowledgement is given by the id that was printed: the message-id or the ack header. In mode
 * `client` it covers all earlier messages of the subscription, so these are settled too.
 */
import {
  type AckMode,
  type Connection,
  type Message,
  type Subscription,
  systemClock,
  TimeoutError,
} from '@stompbox/client';
import { withinWait } from '../../within-wait.js';
import { usageError } from '../report-error.js';
import type { ShellTransaction } from './shell-transaction.js';

interface Entry {
  readonly subscription: Subscription;
  readonly ack: AckMode;
  /** Not settled yet, in the order in which they came. */
  readonly unsettled: Message[];
}

export class ShellInbox {
  readonly #connection: Connection;
  readonly #show: (message: Message) => Promise<void>;
  readonly #entries = new Map<string, Entry>();
  #nextId = 1;
  #received = 0;
  #waitedFor = 0;
  #onReceived: (() => void) | undefined;

  constructor(connection: Connection, show: (message: Message) => Promise<void>) {
    this.#connection = connection;
    this.#show = show;
  }

  get destinations(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** @returns the id of the subscription */
  async subscribe(destination: string, ack: AckMode, signal: AbortSignal): Promise<string> {
    if (this.#entries.has(destination)) throw usageError(`already subscribed to ${destination}`);
    const id = `${this.#nextId}`;
    this.#nextId += 1;
    const unsettled: Message[] = [];
    const onMessage = async (message: Message) => {
      if (ack !== 'auto') unsettled.push(message);
      await this.#show(message);
      this.#received += 1;
      this.#onReceived?.();
    };
    const options = { ack, id, signal };
    const subscription = await this.#connection.subscribe(destination, options, onMessage);
    this.#entries.set(destination, { subscription, ack, unsettled });
    return id;
  }

  async unsubscribe(destination: string, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(destination);
    if (entry === undefined) throw usageError(`not subscribed to ${destination}`);
    await entry.subscription.unsubscribe({ signal });
    this.#entries.delete(destination);
  }

  /**
   * Acknowledges a message, within the transaction if there is one. Without, resolves when the
   * broker has confirmed.
   */
  async settle(
    how: 'ack' | 'nack',
    id: string,
    subscriptionId: string | undefined,
    transaction: ShellTransaction,
    signal: AbortSignal,
  ): Promise<void> {
    const { entry, message } = this.#find(id, subscriptionId);
    const { current } = transaction;
    const within = current === undefined ? { receipt: true } : { transaction: current };
    await message[how]({ ...within, signal });
    const forget = () => {
      const index = entry.unsettled.indexOf(message);
      // A later one may have settled it already.
      if (index === -1) return;
      const from = entry.ack === 'client' ? 0 : index;
      entry.unsettled.splice(from, index - from + 1);
    };
    if (current === undefined) forget();
    else transaction.afterCommit(forget);
  }

  /** What was not settled comes again, with new ids. */
  forgetUnsettled(): void {
    for (const entry of this.#entries.values()) entry.unsettled.length = 0;
  }

  /** The broker has ended this subscription. */
  forget(destination: string): void {
    this.#entries.delete(destination);
  }

  /**
   * Resolves when so many messages have been shown that no earlier wait was for.
   * @throws TimeoutError `STOMP_NET_TIMEOUT_EVENT`; the reason of the signal
   */
  async waitForMessages(count: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const goal = this.#waitedFor + count;
    const arrived = new Promise<void>((resolve) => {
      this.#onReceived = () => {
        if (this.#received >= goal) resolve();
      };
      this.#onReceived();
    });
    const what = `${count} ${count === 1 ? 'message' : 'messages'}`;
    await withinWait(arrived, { timeoutMs, signal }, systemClock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_EVENT', [what, ms]),
    );
    this.#waitedFor = goal;
  }

  #find(id: string, subscriptionId: string | undefined): { entry: Entry; message: Message } {
    const found = [...this.#entries.values()]
      .filter(({ subscription }) => (subscriptionId ?? subscription.id) === subscription.id)
      .flatMap((entry) => entry.unsettled.map((message) => ({ entry, message })))
      .filter(({ message }) => message.messageId === id || message.headers.get('ack') === id);
    const [first, second] = found;
    if (first === undefined) {
      throw usageError(
        `no message ${id} waits for an acknowledgement`,
        'subscribe with client or client-individual, and give the message-id that was printed',
      );
    }
    if (second !== undefined) {
      throw usageError(`several subscriptions have message ${id}`, 'add the subscription id');
    }
    return first;
  }
}
