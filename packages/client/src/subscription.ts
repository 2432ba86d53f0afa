/**
 * One subscription, which outlives the sessions that carry it.
 *
 *   subscribing ──RECEIPT──▶ active ──drain()──▶ draining ──┐
 *        │                     └──unsubscribe()─────────────┴──▶ unsubscribing ──▶ closed
 *        └──ERROR, timeout, abort; or the connection is gone for good──▶ closed
 *
 * While draining and unsubscribing, ack modes differ: in the client modes what still arrives is
 * ignored, because the broker takes it back; with auto it counts as settled, so it is delivered.
 */
import type { Frame } from '@stompbox/protocol';
import { Acknowledger } from './acknowledger.js';
import type { Clock } from './clock.js';
import { BrokerError, ConnectionError, TimeoutError } from './errors.js';
import type { Message } from './message.js';
import { BufferSink, HandlerSink, type MessageHandler, type MessageSink } from './message-sink.js';
import type { HeaderPair, Operation, OperationRequest } from './operation.js';
import {
  type ResolvedSubscribe,
  type ResolvedWait,
  resolveUnsubscribe,
  resolveWait,
  type UnsubscribeOptions,
  type WaitOptions,
} from './operation-options.js';
import { invalidOption } from './option-checks.js';
import type { Outbox } from './outbox.js';
import { ReceivedMessage } from './received-message.js';
import type { Session } from './session.js';
import { type StatusFeed, warn } from './status-feed.js';
import { waitFor } from './wait.js';

export type SubscriptionState = 'subscribing' | 'active' | 'draining' | 'unsubscribing' | 'closed';

/**
 * `for await` over it gives its messages, if it was made without a handler. The loop ends when the
 * subscription ends, throws when the connection is gone for good, and unsubscribes when it is left.
 */
export interface Subscription extends AsyncIterable<Message>, AsyncDisposable {
  readonly id: string;
  readonly destination: string;
  readonly state: SubscriptionState;
  /**
   * Ends it. Resolves when the broker has confirmed; running handlers go on. Timeout and signal end
   * the wait only: the broker is told in any case, and with ack mode auto what it still sends until
   * it has confirmed is still delivered.
   */
  unsubscribe(options?: UnsubscribeOptions): Promise<void>;
  /**
   * Takes no more messages, waits for running handlers, then unsubscribes; so what they ack counts.
   * Timeout and signal bound all of it; when they end the wait for handlers, it unsubscribes at
   * once. Do not await it inside a handler of the same subscription.
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
  forget(subscription: StompSubscription): void;
}

export class StompSubscription implements Subscription {
  readonly id: string;
  readonly destination: string;
  /** The first SUBSCRIBE, as long as somebody waits for its receipt. */
  pending: PendingSubscribe | undefined;
  /** The session that knows it. */
  session: Session | undefined;
  readonly #options: ResolvedSubscribe;
  readonly #host: SubscriptionHost;
  readonly #acknowledger: Acknowledger;
  readonly #sink: MessageSink;
  readonly #buffer: BufferSink | undefined;
  #state: SubscriptionState = 'subscribing';
  #ending: Promise<void> | undefined;
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
    this.#acknowledger = new Acknowledger(id, options.ack, host.outbox, host.receiptTimeoutMs);
    if (handler) {
      this.#sink = new HandlerSink(handler, (error, message) =>
        this.#handleFailure(error, message),
      );
    } else {
      this.#buffer = new BufferSink((waitingMessages) => {
        host.status.emit({ type: 'slow-consumer', subscriptionId: id, waitingMessages });
      });
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

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    const sink = this.#buffer;
    if (!sink) throw invalidOption('onMessage', 'missing to iterate over a subscription');
    return {
      next: () => sink.buffer.next(),
      return: async () => {
        await this.#leave();
        return { value: undefined, done: true };
      },
    };
  }

  unsubscribe(options: UnsubscribeOptions = {}): Promise<void> {
    try {
      const wait = resolveUnsubscribe(options, this.#host.receiptTimeoutMs);
      if (this.#state === 'closed') return Promise.resolve();
      this.#ending ??= this.#end(wait.headers);
      return this.#waitForEnd(this.#ending, wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  drain(options: WaitOptions = {}): Promise<void> {
    try {
      const wait = resolveWait('drain', options, this.#host.receiptTimeoutMs);
      if (this.#state === 'closed') return Promise.resolve();
      if (this.#options.ack !== 'auto') return this.#drain(wait);
      this.#ending ??= this.#end([]);
      const idle = this.#ending.then(() => this.#sink.whenIdle());
      return this.#waitForEnd(idle, wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unsubscribe();
  }

  /** True when a new session must be told of it. */
  get isWanted(): boolean {
    return this.#state === 'subscribing' || this.#state === 'active';
  }

  /** The SUBSCRIBE frame; the same for every session. */
  request(): OperationRequest {
    const { ack, prefetch, selector, headers } = this.#options;
    const all: HeaderPair[] = [
      ['destination', this.destination],
      ['id', this.id],
      ['ack', ack],
    ];
    if (selector !== undefined) all.push(['selector', selector]);
    if (prefetch !== undefined) {
      // Brokers ignore the other one's word.
      all.push(['activemq.prefetchSize', `${prefetch}`], ['prefetch-count', `${prefetch}`]);
    }
    return {
      command: 'SUBSCRIBE',
      headers: [...all, ...headers],
      subject: this.destination,
      whenLost: 'subscribe',
    };
  }

  /** The broker confirmed the first SUBSCRIBE. */
  activate(): void {
    this.pending = undefined;
    if (this.#state === 'subscribing') this.#state = 'active';
  }

  deliver(frame: Frame, session: Session): void {
    const isEnding = this.#state === 'draining' || this.#state === 'unsubscribing';
    if (isEnding && this.#options.ack !== 'auto') return;
    this.#sink.take(new ReceivedMessage(frame, session, this.#acknowledger));
  }

  /** Its session is gone: what is not settled comes again, so nobody should start on it. */
  handleLoss(): void {
    this.session = undefined;
    if (this.#options.ack !== 'auto') this.#sink.clear();
  }

  /** Takes no more messages; with ack mode auto only once the broker has stopped. */
  stopIntake(): Promise<void> {
    if (this.#options.ack === 'auto') return this.unsubscribe();
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
    if (this.#options.ack !== 'auto') this.#sink.clear();
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
      this.#ending = Promise.race([this.#sink.whenIdle(), isOver]).then(() => this.#end([]));
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
  async #end(headers: readonly HeaderPair[]): Promise<void> {
    this.#state = 'unsubscribing';
    this.#acknowledger.end();
    if (this.#options.ack !== 'auto') this.#sink.clear();
    const { outbox } = this.#host;
    try {
      // Nothing to end where no session knows it, and the next one is not told of it.
      if (this.session === undefined) return;
      this.#unsubscribe = outbox.create(
        {
          command: 'UNSUBSCRIBE',
          headers: [['id', this.id], ...headers],
          subject: this.destination,
          whenLost: 'finished',
        },
        { hasReceipt: true, timeoutMs: Number.POSITIVE_INFINITY, signal: undefined },
      );
      const outcome = outbox.watch(this.#unsubscribe);
      outbox.enqueue(this.#unsubscribe);
      await outcome;
    } finally {
      this.close();
    }
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
  async #leave(): Promise<void> {
    try {
      await this.unsubscribe();
    } finally {
      const count = this.#sink.clear();
      if (count > 0) {
        const { id } = this;
        this.#host.status.emit({ type: 'messages-discarded', subscriptionId: id, count });
      }
    }
  }

  #handleFailure(error: unknown, message: Message): void {
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
