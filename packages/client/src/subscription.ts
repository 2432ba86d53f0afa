/**
 * One subscription, which outlives the sessions that carry it.
 *
 *   subscribing ──RECEIPT──▶ active ──drain()──▶ draining ──┐
 *        │                     └──unsubscribe()─────────────┴──▶ unsubscribing ──▶ closed
 *        └──ERROR, timeout, abort; or the connection is gone for good──▶ closed
 *
 * While draining and unsubscribing, ack modes differ: where ACKs settle, what still arrives is
 * ignored, because the broker takes it back; otherwise it counts as settled, so it is delivered.
 */
import type { Frame } from '@stompbox/protocol';
import { Acknowledger } from './acknowledger.js';
import type { Clock } from './clock.js';
import type { CodecRegistry } from './codec/codec-registry.js';
import { BrokerError, ConnectionError, TimeoutError } from './errors.js';
import type { Message } from './message.js';
import { type LoopOwner, MessageLoop } from './message-loop.js';
import {
  BufferSink,
  HandlerSink,
  type MessageHandler,
  type MessageSink,
  type SinkOwner,
} from './message-sink.js';
import type { HeaderPair, Operation, OperationRequest } from './operation.js';
import {
  type ResolvedUnsubscribe,
  type ResolvedWait,
  resolveUnsubscribe,
  resolveWait,
  type UnsubscribeOptions,
  type WaitOptions,
} from './operation-options.js';
import { invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { unsubscribeHeaders } from './profile/subscription-headers.js';
import { assertSafeDurableDeletion } from './profile/unsafe.js';
import { type MessageReader, ReceivedMessage } from './received-message.js';
import type { Session } from './session.js';
import { type StatusFeed, warn } from './status-feed.js';
import type { StreamedBody } from './streamed-body.js';
import type { ResolvedSubscribe } from './subscribe-options.js';
import { subscribeRequest, wireModeOf } from './subscribe-request.js';
import { tracedHandler } from './trace/received.js';
import { waitFor } from './wait.js';

/** How it is to end. */
type UnsubscribeWishes = Pick<ResolvedUnsubscribe, 'deleteDurable' | 'headers'>;

const NO_WISHES: UnsubscribeWishes = { deleteDurable: false, headers: [] };

export type SubscriptionState = 'subscribing' | 'active' | 'draining' | 'unsubscribing' | 'closed';

/**
 * `for await` over it gives its messages, if it was made without a handler. The loop ends when the
 * subscription ends, throws when the connection is gone for good, and unsubscribes when it is left.
 */
export interface Subscription<T = unknown> extends AsyncIterable<Message<T>>, AsyncDisposable {
  readonly id: string;
  readonly destination: string;
  readonly state: SubscriptionState;
  /** Messages that have arrived and that the application has not got yet. */
  readonly waitingCount: number;
  /** Handlers that have not finished. */
  readonly runningCount: number;
  /**
   * Ends it. Resolves when the broker has confirmed; running handlers go on. Timeout and signal end
   * the wait only: the broker is told in any case, and with ack mode auto what it still sends until
   * it has confirmed is still delivered.
   */
  unsubscribe(options?: UnsubscribeOptions): Promise<void>;
  /**
   * Takes no more messages, waits for running handlers, then unsubscribes; so what they ack counts.
   * Timeout and signal bound all of it; when they end the wait for handlers, it unsubscribes at
   * once. With `settle: 'handled'` a loop counts as a handler until it asks for the next message or is
   * left. Do not await it inside a handler or such a loop of the same subscription.
   */
  drain(options?: WaitOptions): Promise<void>;
}

export interface PendingSubscribe {
  readonly operation: Operation;
  /** Resolves when it is settled, in whatever way. */
  readonly settled: Promise<void>;
}

/** What a subscription needs from its connection. */
export interface SubscriptionHost {
  readonly outbox: Outbox;
  readonly status: StatusFeed;
  readonly clock: Clock;
  readonly receiptTimeoutMs: number;
  /** The `client-id` of the connection. */
  readonly clientId: string | undefined;
  readonly codecs: CodecRegistry;
  /** True when bodies may arrive in parts. */
  readonly hasStreamedBodies: boolean;
  /** Of the broker now or last connected to. */
  readonly profile: BrokerProfile;
  forget(subscription: StompSubscription): void;
}

export class StompSubscription implements Subscription, SinkOwner<ReceivedMessage>, LoopOwner {
  readonly id: string;
  readonly destination: string;
  /** The first SUBSCRIBE, as long as somebody waits for its receipt. */
  pending: PendingSubscribe | undefined;
  /** The session that knows it. */
  session: Session | undefined;
  readonly #options: ResolvedSubscribe;
  readonly #host: SubscriptionHost;
  readonly #acknowledger: Acknowledger;
  readonly #reader: MessageReader;
  readonly #sink: MessageSink<ReceivedMessage>;
  readonly #buffer: BufferSink<ReceivedMessage> | undefined;
  #state: SubscriptionState = 'subscribing';
  #ending: Promise<void> | undefined;
  /** Where a message failed that an ACK of any later one would settle. */
  #stuckSession: Session | undefined;
  /** True when the loop over it was left. */
  #isLeft = false;
  /** The UNSUBSCRIBE that is under way. */
  #unsubscribe: Operation | undefined;

  constructor(
    id: string,
    destination: string,
    options: ResolvedSubscribe,
    handler: MessageHandler | undefined,
    host: SubscriptionHost,
  ) {
    this.id = id;
    this.destination = destination;
    this.#options = options;
    this.#host = host;
    const { ack: mode, allowUnsafe } = options;
    const { receiptTimeoutMs } = host;
    this.#acknowledger = new Acknowledger(
      { subscriptionId: id, mode, allowUnsafe, receiptTimeoutMs },
      host.outbox,
    );
    const { codecs } = host;
    this.#reader = { acknowledger: this.#acknowledger, codecs, codec: options.codec };
    if (handler) {
      this.#sink = new HandlerSink(tracedHandler(handler, id), options.concurrency, this);
    } else {
      this.#buffer = new BufferSink(this);
      this.#sink = this.#buffer;
    }
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  /** Handlers that have not finished. */
  get runningCount(): number {
    return this.#sink.runningCount;
  }

  get waitingCount(): number {
    return this.#sink.waitingCount;
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    const sink = this.#buffer;
    if (!sink) throw invalidOption('onMessage', 'missing to iterate over a subscription');
    const isAwaited = this.#options.settle === 'handled';
    const cursor = this.#mustFollow ? sink.followingCursor(isAwaited) : sink.cursor;
    return new MessageLoop(cursor, this);
  }

  unsubscribe(options: UnsubscribeOptions = {}): Promise<void> {
    try {
      const wait = resolveUnsubscribe(options, this.#host.receiptTimeoutMs);
      if (this.#state === 'closed') return Promise.resolve();
      if (this.#ending === undefined && wait.deleteDurable) this.#assertDeletable();
      this.#ending ??= this.#end(wait);
      return this.#waitForEnd(this.#ending, wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  drain(options: WaitOptions = {}): Promise<void> {
    try {
      const wait = resolveWait('drain', options, this.#host.receiptTimeoutMs);
      if (this.#state === 'closed') return Promise.resolve();
      if (!this.#isSettledByBroker) return this.#drain(wait);
      this.#ending ??= this.#end(NO_WISHES);
      const idle = this.#ending.then(() => this.#sink.whenIdle());
      return this.#waitForEnd(idle, wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unsubscribe();
  }

  /** True when its ACKs settle all earlier messages, too. */
  get isCumulative(): boolean {
    return this.#acknowledger.isCumulative;
  }

  /** True when only ACKs settle its messages. */
  get isAcked(): boolean {
    return !this.#isSettledByBroker;
  }

  /** True when a new session must be told of it. */
  get isWanted(): boolean {
    return this.#state === 'subscribing' || this.#state === 'active';
  }

  /**
   * The SUBSCRIBE frame, in the words of a broker.
   * @throws OptionsError `STOMP_OPT_UNSAFE`, `STOMP_OPT_UNSUPPORTED`
   */
  request(profile: BrokerProfile): OperationRequest {
    const { clientId } = this.#host;
    const request = subscribeRequest(
      { id: this.id, destination: this.destination, clientId, profile },
      this.#options,
    );
    this.#acknowledger.isCumulative = wireModeOf(this.#options, profile) === 'client';
    return request;
  }

  /** The broker confirmed the first SUBSCRIBE. */
  activate(): void {
    this.pending = undefined;
    if (this.#state === 'subscribing') this.#state = 'active';
  }

  handleTaken(message: ReceivedMessage): void {
    if (this.#givesCredit) this.#acknowledger.giveCredit(message);
  }

  handleDone(message: ReceivedMessage): void {
    if (this.#options.settle === 'handled') this.#settleHandled(message, 'ACK');
    message.discardBody();
  }

  handleLeft(message: ReceivedMessage): void {
    message.discardBody();
  }

  handleForgotten(message: ReceivedMessage): void {
    message.discardBody();
  }

  handleLag(waitingMessages: number): void {
    const { id: subscriptionId } = this;
    this.#host.status.emit({ type: 'slow-consumer', subscriptionId, waitingMessages });
  }

  handleFailure(error: unknown, message: ReceivedMessage): void {
    if (this.#options.settle === 'handled') this.#settleHandled(message, 'NACK');
    message.discardBody();
    this.#reportFailure(error, message);
  }

  deliver(frame: Frame, session: Session, stream: StreamedBody | undefined): void {
    const isEnding = this.#state === 'draining' || this.#state === 'unsubscribing';
    const message = new ReceivedMessage(frame, session, this.#reader, stream);
    if (isEnding && !this.#isSettledByBroker) {
      message.discardBody();
      return;
    }
    // A body that nobody reads would hold back the answer to UNSUBSCRIBE.
    if (this.#isLeft) message.discardBody();
    this.#sink.take(message);
  }

  /** Its session is gone: what is not settled comes again, so nobody should start on it. */
  handleLoss(): void {
    this.session = undefined;
    if (!this.#isSettledByBroker) this.#sink.clear();
  }

  /** Takes no more messages; with ack mode auto only once the broker has stopped. */
  stopIntake(): Promise<void> {
    if (this.#isSettledByBroker) return this.unsubscribe();
    if (this.#state === 'active') {
      this.#state = 'draining';
      this.#sink.clear();
    }
    return Promise.resolve();
  }

  whenIdle(): Promise<void> {
    return this.#sink.whenIdle();
  }

  /** The end, with an error if it is not what the user asked for. */
  close(error?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#host.forget(this);
    // Only close() of the connection ends one that the broker has not confirmed yet.
    const what = `SUBSCRIBE ${this.destination}`;
    this.pending?.operation.reject(
      error ?? ConnectionError.of('STOMP_NET_NOT_CONNECTED', [what, 'closing']),
    );
    if (!this.#isSettledByBroker) this.#sink.clear();
    this.#sink.end(error);
  }

  /** In the client modes: handlers first, so that what they ack counts, but only while we wait. */
  async #drain(wait: ResolvedWait): Promise<void> {
    let stopWaiting = () => {};
    if (this.#ending === undefined) {
      this.#state = 'draining';
      this.#sink.clear();
      const isOver = new Promise<void>((resolve) => {
        stopWaiting = resolve;
      });
      this.#ending = Promise.race([this.#sink.whenIdle(), isOver]).then(() => this.#end(NO_WISHES));
    }
    try {
      await this.#waitForEnd(this.#ending, wait);
    } finally {
      stopWaiting();
    }
  }

  /**
   * UNSUBSCRIBE, however long it takes: until the broker has confirmed, it goes on delivering, so
   * until then the subscription stays listed.
   */
  async #end({ deleteDurable, headers }: UnsubscribeWishes): Promise<void> {
    const { clientId, profile } = this.#host;
    const durable = deleteDurable ? this.#options.durable : undefined;
    this.#state = 'unsubscribing';
    this.#acknowledger.end();
    if (!this.#isSettledByBroker) this.#sink.clear();
    try {
      // Nothing to end where no session knows it, and the next one is not told of it.
      if (this.session === undefined) return;
      const wishes = { id: this.id, deleteDurable: durable, clientId };
      // The end of the session ends a subscription, but deletes none.
      const whenLost = durable === undefined ? 'finished' : 'raw';
      for (const words of unsubscribeHeaders(profile, wishes)) {
        await this.#tell([...words, ...headers], whenLost);
      }
    } finally {
      this.close();
    }
  }

  /** Before anything has changed, so that whoever is refused can still end it in another way. */
  #assertDeletable(): void {
    const { profile } = this.#host;
    assertSafeDurableDeletion(profile, this.#options);
    if (this.session !== undefined || this.#options.durable === undefined) return;
    const what = `The deletion of the durable subscription to ${this.destination}`;
    throw ConnectionError.of('STOMP_NET_NOT_CONNECTED', [what, 'reconnecting']);
  }

  #tell(headers: readonly HeaderPair[], whenLost: 'finished' | 'raw'): Promise<void> {
    const { outbox } = this.#host;
    const { destination: subject } = this;
    this.#unsubscribe = outbox.create(
      { command: 'UNSUBSCRIBE', headers, subject, whenLost },
      { hasReceipt: true, timeoutMs: Number.POSITIVE_INFINITY, signal: undefined },
    );
    const outcome = outbox.watch(this.#unsubscribe);
    outbox.enqueue(this.#unsubscribe);
    return outcome;
  }

  /** True when it matters how long the loop has a message. */
  get #mustFollow(): boolean {
    return this.#options.settle === 'handled' || this.#host.hasStreamedBodies;
  }

  /** The broker holds what it has written for settled; what is not delivered then is lost. */
  get #isSettledByBroker(): boolean {
    return this.#options.ack === 'auto' && this.#options.prefetch === undefined;
  }

  /** In ack mode auto with a prefetch: what the application gets, makes room for more. */
  get #givesCredit(): boolean {
    return this.#options.ack === 'auto' && this.#options.prefetch !== undefined;
  }

  /** What the handler has settled itself stays as it is; a lost session has settled it, too. */
  #settleHandled(message: ReceivedMessage, command: 'ACK' | 'NACK'): void {
    if (message.isSettled || !message.session.isOpen) return;
    // Without NACK it stays ours and comes again with the next session, and so does all behind it
    // that no ACK can settle without it.
    if (command === 'NACK' && message.session.version === '1.0') {
      if (this.isCumulative) this.#stuckSession = message.session;
      return;
    }
    if (this.#stuckSession === message.session) return;
    this.#acknowledger
      .settle(message, command)
      .catch((error: unknown) => this.#reportFailure(error, message));
  }

  /** Bounds the wait, not what is waited for. */
  async #waitForEnd(end: Promise<void>, wait: ResolvedWait): Promise<void> {
    let isWaiting = true;
    end.catch((error: unknown) => {
      // Whoever still waits is told by the promise.
      if (isWaiting || !(error instanceof BrokerError)) return;
      this.#host.status.emit({ type: 'broker-error', error });
    });
    try {
      await waitFor(end, wait, this.#host.clock, () => this.#expire(wait));
    } finally {
      isWaiting = false;
    }
  }

  /** The wait for the end took too long. A broker that was told and says nothing has ended it. */
  #expire({ timeoutMs }: ResolvedWait): Error {
    const frame = this.#unsubscribe;
    if (frame === undefined || frame.state === 'settled') {
      const what = `The subscription to ${this.destination}`;
      const left = `${this.runningCount} handlers`;
      return TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', [what, timeoutMs, left]);
    }
    const error = TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', [frame.describe(), timeoutMs]);
    if (frame.state === 'written') frame.reject(error);
    return error;
  }

  /** A loop over it was left. */
  async handleLeave(): Promise<void> {
    this.#isLeft = true;
    let count = this.#isSettledByBroker ? this.#sink.clear() : 0;
    try {
      await this.unsubscribe();
    } finally {
      count += this.#sink.clear();
      if (count > 0) {
        const { id } = this;
        this.#host.status.emit({ type: 'messages-discarded', subscriptionId: id, count });
      }
    }
  }

  #reportFailure(error: unknown, message: Message): void {
    const { status } = this.#host;
    const isHeard = status.emit({
      type: 'handler-failed',
      subscriptionId: this.id,
      message,
      error,
    });
    const { onError } = this.#options;
    if (!onError) {
      if (!isHeard) warn(error);
      return;
    }
    try {
      onError(error, message);
    } catch (nested) {
      warn(nested);
    }
  }
}
