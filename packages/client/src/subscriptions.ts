/**
 * The subscriptions of a connection: finds the one that a MESSAGE is for, and tells each new session
 * of all of them.
 *
 * A subscription stays listed until the broker has confirmed its end, so a MESSAGE that finds none
 * is one that nobody will handle; that is reported, never passed over.
 */
import type { Frame } from '@stompbox/protocol';
import type { Clock } from './clock.js';
import { BrokerError } from './errors.js';
import type { MessageHandler } from './message-sink.js';
import type { Operation } from './operation.js';
import type { ResolvedSubscribe } from './operation-options.js';
import { checkText, invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import type { Session } from './session.js';
import type { StatusFeed } from './status-feed.js';
import { StompSubscription, type SubscriptionHost } from './subscription.js';

export class Subscriptions implements SubscriptionHost {
  readonly outbox: Outbox;
  readonly status: StatusFeed;
  readonly clock: Clock;
  readonly receiptTimeoutMs: number;
  readonly #live = new Map<string, StompSubscription>();
  #lastId = 0;
  /** Set while SUBSCRIBE and UNSUBSCRIBE may go out. */
  #session: Session | undefined;
  /** Ends the wait of `restore` when the session is lost meanwhile. */
  #interruptRestore: (() => void) | undefined;

  constructor(outbox: Outbox, status: StatusFeed, clock: Clock, receiptTimeoutMs: number) {
    this.outbox = outbox;
    this.status = status;
    this.clock = clock;
    this.receiptTimeoutMs = receiptTimeoutMs;
  }

  forget(subscription: StompSubscription): void {
    if (this.#live.get(subscription.id) === subscription) this.#live.delete(subscription.id);
  }

  get all(): readonly StompSubscription[] {
    return [...this.#live.values()];
  }

  /** Resolves when the broker has confirmed; without a session that is after the reconnect. */
  async subscribe(
    destination: string,
    options: ResolvedSubscribe,
    handler: MessageHandler | undefined,
  ): Promise<StompSubscription> {
    checkText('destination', destination);
    const id = options.id ?? this.#freeId();
    if (this.#live.has(id)) throw invalidOption('id', 'one that no other subscription has');
    const subscription = new StompSubscription(id, destination, options, handler, this);
    const operation = this.outbox.create(subscription.request(), { ...options, hasReceipt: true });
    this.#live.set(id, subscription);
    const outcome = this.outbox.watch(operation, options.signal);
    const settled = outcome.catch(() => undefined);
    subscription.pending = { operation, settled };
    if (this.#session) this.#enqueue(subscription, this.#session);
    try {
      await outcome;
    } catch (error) {
      this.#withdraw(subscription, operation, error);
      throw error;
    }
    subscription.activate();
    return subscription;
  }

  /** Hands a MESSAGE to its subscription. */
  dispatch(frame: Frame, session: Session): void {
    const id = frame.headers.get('subscription');
    const subscription = id === undefined ? this.#findByDestination(frame) : this.#live.get(id);
    if (subscription) subscription.deliver(frame, session);
    else this.status.emit({ type: 'messages-discarded', subscriptionId: id ?? '', count: 1 });
  }

  /**
   * Tells a new session of all subscriptions, in one write, and waits for the answers. Resolves
   * also when the session is lost meanwhile.
   */
  async restore(session: Session): Promise<void> {
    const wanted = this.all.filter((subscription) => subscription.isWanted);
    if (wanted.length === 0) return;
    const lost = new Promise<void>((resolve) => {
      this.#interruptRestore = resolve;
    });
    const restored = wanted.map((subscription) => this.#prepare(subscription, session));
    const operations = restored.map(({ operation }) => operation);
    this.outbox.writeNow(operations, session);
    await Promise.race([Promise.all(restored.map(({ outcome }) => outcome)), lost]);
    this.#interruptRestore = undefined;
  }

  /** From here on subscriptions come and go at once; those made since `restore` are told of now. */
  open(session: Session): void {
    this.#session = session;
    for (const subscription of this.#live.values()) {
      if (subscription.session === undefined) this.#enqueue(subscription, session);
    }
  }

  /** The session is gone. */
  lose(): void {
    this.#session = undefined;
    for (const subscription of this.#live.values()) subscription.handleLoss();
    this.#interruptRestore?.();
  }

  /** The connection is gone for good. */
  close(error: Error | undefined, pendingError: Error): void {
    for (const subscription of this.all) {
      subscription.pending?.operation.reject(error ?? pendingError);
      subscription.close(error);
    }
  }

  #freeId(): string {
    let id: string;
    do id = `sub-${++this.#lastId}`;
    while (this.#live.has(id));
    return id;
  }

  #enqueue(subscription: StompSubscription, session: Session): void {
    if (!subscription.pending) return;
    subscription.session = session;
    this.outbox.enqueue(subscription.pending.operation);
  }

  /** The broker may know a subscription that we gave up on; it must not keep sending to it. */
  #withdraw(subscription: StompSubscription, operation: Operation, reason: unknown): void {
    // The end of the connection was faster, and has said what there was to say.
    if (subscription.state === 'closed') return;
    subscription.close();
    if (!operation.wasWritten || reason instanceof BrokerError || this.outbox.isSealed) return;
    this.outbox.post({
      command: 'UNSUBSCRIBE',
      headers: [['id', subscription.id]],
      subject: subscription.destination,
      whenLost: 'finished',
    });
  }

  #prepare(subscription: StompSubscription, session: Session) {
    subscription.session = session;
    if (subscription.pending) {
      const { operation, settled } = subscription.pending;
      return { operation, outcome: settled };
    }
    const operation = this.outbox.create(
      // Made anew for each session, so it ends with it.
      { ...subscription.request(), whenLost: 'finished' },
      { hasReceipt: true, timeoutMs: this.receiptTimeoutMs, signal: undefined },
    );
    const outcome = this.outbox
      .watch(operation)
      .catch((error: Error) => this.#handleRefusal(subscription, session, error));
    return { operation, outcome };
  }

  #handleRefusal(subscription: StompSubscription, session: Session, error: Error): void {
    if (error instanceof BrokerError) {
      const { id: subscriptionId, destination } = subscription;
      this.status.emit({ type: 'subscription-refused', subscriptionId, destination, error });
      subscription.close(error);
    } else {
      // No answer in time: a session that does not serve its subscriptions is no use.
      session.destroy(error);
    }
  }

  /** STOMP 1.0 brokers may leave the subscription header out. */
  #findByDestination(frame: Frame): StompSubscription | undefined {
    const destination = frame.headers.get('destination');
    return this.all.find((subscription) => subscription.destination === destination);
  }
}
