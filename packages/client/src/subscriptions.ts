/**
 * The subscriptions of a connection: finds the one that a MESSAGE is for, and tells each new session
 * of all of them.
 *
 * A subscription stays listed until the broker has confirmed its end, so a MESSAGE that finds none
 * is one that nobody will handle; that is reported, never passed over.
 */
import type { Frame } from '@stompbox/protocol';
import type { Clock } from './clock.js';
import type { CodecRegistry } from './codec/codec-registry.js';
import { BrokerError } from './errors.js';
import type { MessageHandler } from './message-sink.js';
import type { Operation, OperationRequest } from './operation.js';
import { checkText, invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { profileOf } from './profile/profiles.js';
import { assertSafeNack, assertSafeSubscribe } from './profile/unsafe.js';
import type { Session } from './session.js';
import type { StatusFeed } from './status-feed.js';
import type { StreamedBody } from './streamed-body.js';
import type { ResolvedSubscribe } from './subscribe-options.js';
import { wireModeOf } from './subscribe-request.js';
import { StompSubscription, type SubscriptionHost } from './subscription.js';
import { isTraced, trace, traceOrigin } from './trace/tracing.js';

export interface SubscriptionsOptions {
  readonly clock: Clock;
  readonly receiptTimeoutMs: number;
  readonly clientId: string | undefined;
  readonly codecs: CodecRegistry;
  readonly streamBodiesOverBytes: number;
}

export class Subscriptions implements SubscriptionHost {
  readonly outbox: Outbox;
  readonly status: StatusFeed;
  readonly clock: Clock;
  readonly receiptTimeoutMs: number;
  readonly clientId: string | undefined;
  readonly codecs: CodecRegistry;
  readonly hasStreamedBodies: boolean;
  /** Of the broker that was told of them last. */
  profile: BrokerProfile = profileOf('generic');
  #peer = '';
  readonly #live = new Map<string, StompSubscription>();
  #lastId = 0;
  /** Set while SUBSCRIBE and UNSUBSCRIBE may go out. */
  #session: Session | undefined;
  /** Ends the wait of `restore` when the session is lost meanwhile. */
  #interruptRestore: (() => void) | undefined;

  constructor(outbox: Outbox, status: StatusFeed, options: SubscriptionsOptions) {
    this.outbox = outbox;
    this.status = status;
    this.clock = options.clock;
    this.receiptTimeoutMs = options.receiptTimeoutMs;
    this.clientId = options.clientId;
    this.codecs = options.codecs;
    this.hasStreamedBodies = Number.isFinite(options.streamBodiesOverBytes);
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
    if (!isTraced('subscribe')) return this.#subscribe(id, destination, options, handler);
    const { ack } = options;
    const origin = traceOrigin(this.#peer, this.profile.name);
    return trace('subscribe', { ...origin, destination, subscriptionId: id, ack }, () =>
      this.#subscribe(id, destination, options, handler),
    );
  }

  async #subscribe(
    id: string,
    destination: string,
    options: ResolvedSubscribe,
    handler: MessageHandler | undefined,
  ): Promise<StompSubscription> {
    if (this.#live.has(id)) throw invalidOption('id', 'one that no other subscription has');
    this.#assertSafe(options);
    const subscription = new StompSubscription(id, destination, options, handler, this);
    const request = subscription.request(this.profile);
    const operation = this.outbox.create(request, { ...options, hasReceipt: true });
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
  dispatch(frame: Frame, session: Session, stream?: StreamedBody): void {
    const id = frame.headers.get('subscription');
    const subscription = id === undefined ? this.#findByDestination(frame) : this.#live.get(id);
    if (subscription) {
      subscription.deliver(frame, session, stream);
      return;
    }
    stream?.discard();
    this.status.emit({ type: 'messages-discarded', subscriptionId: id ?? '', count: 1 });
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
    this.#know(session);
    const restored = wanted.flatMap((subscription) => this.#prepare(subscription, session));
    const operations = restored.map(({ operation }) => operation);
    this.outbox.writeNow(operations, session);
    await Promise.race([Promise.all(restored.map(({ outcome }) => outcome)), lost]);
    this.#interruptRestore = undefined;
  }

  /** From here on subscriptions come and go at once; those made since `restore` are told of now. */
  open(session: Session): void {
    this.#session = session;
    this.#know(session);
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

  #know({ peer, profile }: Session): void {
    this.#peer = peer;
    this.profile = profile;
  }

  /** @throws OptionsError `STOMP_OPT_UNSAFE` */
  #assertSafe(options: ResolvedSubscribe): void {
    const others = this.all;
    const isBounded = Number.isFinite(options.concurrency) || options.settle === 'handled';
    assertSafeSubscribe(this.profile, {
      ...options,
      ack: wireModeOf(options, this.profile),
      clientId: this.clientId,
      // Without a limit, whoever acknowledges by hand is trusted to do it in order.
      concurrency: isBounded ? options.concurrency : 1,
      hasOtherCumulative: others.some(({ isCumulative }) => isCumulative),
      hasOtherAcked: others.some(({ isAcked }) => isAcked),
    });
    if (options.settle === 'handled') assertSafeNack(this.profile, options);
  }

  #freeId(): string {
    let id: string;
    do id = `sub-${++this.#lastId}`;
    while (this.#live.has(id));
    return id;
  }

  #enqueue(subscription: StompSubscription, session: Session): void {
    const operation = subscription.pending?.operation;
    // Whoever has just given it up is about to withdraw it.
    if (operation?.state !== 'waiting') return;
    subscription.session = session;
    this.outbox.enqueue(operation);
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

  /** Nothing when the new broker cannot do what the one before could. */
  #prepare(subscription: StompSubscription, session: Session) {
    subscription.session = session;
    if (subscription.pending) {
      const { operation, settled } = subscription.pending;
      if (operation.state === 'settled') return [];
      return [{ operation, outcome: settled }];
    }
    let request: OperationRequest;
    try {
      request = subscription.request(session.profile);
    } catch (error) {
      this.#refuse(subscription, error as Error);
      return [];
    }
    const operation = this.outbox.create(
      // Made anew for each session, so it ends with it.
      { ...request, whenLost: 'finished' },
      { hasReceipt: true, timeoutMs: this.receiptTimeoutMs, signal: undefined },
    );
    const outcome = this.outbox
      .watch(operation)
      .catch((error: Error) => this.#handleRefusal(subscription, session, error));
    return [{ operation, outcome }];
  }

  #handleRefusal(subscription: StompSubscription, session: Session, error: Error): void {
    if (error instanceof BrokerError) this.#refuse(subscription, error);
    else {
      // No answer in time: a session that does not serve its subscriptions is no use.
      session.destroy(error);
    }
  }

  #refuse(subscription: StompSubscription, error: Error): void {
    const { id: subscriptionId, destination } = subscription;
    this.status.emit({ type: 'subscription-refused', subscriptionId, destination, error });
    subscription.close(error);
  }

  /** STOMP 1.0 brokers may leave the subscription header out. */
  #findByDestination(frame: Frame): StompSubscription | undefined {
    const destination = frame.headers.get('destination');
    return this.all.find((subscription) => subscription.destination === destination);
  }
}
