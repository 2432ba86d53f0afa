/**
 * Wires one logical connection and owns its state:
 *
 *   connecting ──▶ connected ◀──▶ reconnecting
 *        │             │               │
 *        │             └───close()─────┴───▶ closing ──▶ closed
 *        └── no server, refused login, attempts used up, reconnect: false ──▶ closed
 *
 * - `#session` is the one session in use; there is never a second one.
 * - After a loss the order is: CONNECT, all SUBSCRIBEs and their receipts, only then what waits.
 * - Who decides: loss.ts what becomes of operations, connector.ts where and when to connect,
 *   graceful-close.ts how to end in order.
 */
import type { Frame, StompVersion } from '@stompbox/protocol';
import { BackOff } from './back-off.js';
import type { ResolvedConnectOptions } from './connect-options.js';
import type { Connection, ConnectionState } from './connection.js';
import { type ConnectionStatistics, statisticsOf } from './connection-statistics.js';
import { Connector } from './connector.js';
import { BrokerError, ConnectionError, TimeoutError } from './errors.js';
import { FrameFeed, type FrameListener } from './frame-feed.js';
import { closeGracefully, whatIsLeft } from './graceful-close.js';
import type { MessageHandler } from './message-sink.js';
import { OfflineQueue } from './offline-queue.js';
import {
  type CloseOptions,
  type ResolvedWait,
  resolveSendFrame,
  resolveWait,
  type SendFrameOptions,
  type WaitOptions,
} from './operation-options.js';
import { Outbox } from './outbox.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { type RawFrame, rawRequest } from './raw-frame.js';
import { measureRoundTrip } from './round-trip.js';
import type { SendOptions } from './send-options.js';
import type { SendBody } from './send-request.js';
import { Sender } from './sender.js';
import type { Server } from './server-url.js';
import type { Session } from './session.js';
import type { ConnectionStatus } from './status.js';
import { StatusFeed, warn } from './status-feed.js';
import { resolveSubscribe, type SubscribeOptions } from './subscribe-options.js';
import type { Subscription } from './subscription.js';
import { Subscriptions } from './subscriptions.js';
import { Traffic } from './traffic.js';
import { StompTransaction, type Transaction } from './transaction.js';
import { waitFor } from './wait.js';

/** A session that lasted this long was no false start, so the next loss starts with short pauses. */
const STABLE_AFTER_MS = 10_000;

const LEGAL_TRANSITIONS: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  connecting: ['connected', 'closed'],
  connected: ['reconnecting', 'closing', 'closed'],
  reconnecting: ['connected', 'closing', 'closed'],
  closing: ['closed'],
  closed: [],
};

export class StompConnection implements Connection {
  readonly closed: Promise<Error | undefined>;
  readonly #options: ResolvedConnectOptions;
  readonly #status = new StatusFeed();
  readonly #frames = new FrameFeed();
  readonly #traffic = new Traffic();
  readonly #backOff: BackOff;
  readonly #connector: Connector;
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  readonly #sender: Sender;
  readonly #offline: OfflineQueue;
  /** Ends attempts to connect. */
  readonly #stop = new AbortController();
  #state: ConnectionState = 'connecting';
  #session: Session | undefined;
  /** Why the session before ended. */
  #lastLoss: Error | undefined;
  #connectedAt = 0;
  /** What the last session agreed to; stays readable while there is none. */
  #peer = '';
  #version: StompVersion = '1.2';
  #server: string | undefined;
  #sessionId: string | undefined;
  #blobUploadUrl: string | undefined;
  #lastTransaction = 0;
  #closing: Promise<void> | undefined;
  #resolveClosed: (error: Error | undefined) => void = () => {};

  private constructor(servers: readonly Server[], options: ResolvedConnectOptions) {
    const { clock, random, reconnect, receiptTimeoutMs } = options;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (options.onStatus) this.#status.listen(options.onStatus);
    this.#backOff = new BackOff(reconnect, random);
    if (options.onFrame) this.#frames.listen(options.onFrame);
    this.#connector = new Connector(servers, options, {
      backOff: this.#backOff,
      frames: this.#frames,
      traffic: this.#traffic,
      report: (status) => this.#status.emit(status),
    });
    this.#offline = new OfflineQueue(options.offline, this.#status);
    this.#outbox = new Outbox({
      clock,
      frames: this.#frames,
      traffic: this.#traffic,
      offline: this.#offline,
      sendWindow: options.sendWindow,
    });
    this.#subscriptions = new Subscriptions(this.#outbox, this.#status, options);
    this.#sender = new Sender(this, {
      receiptTimeoutMs,
      hasStore: options.offline.store !== undefined,
      traceContext: options.traceContext,
      codecs: options.codecs,
      random,
    });
  }

  /** @throws as `connect` does */
  static async open(
    servers: readonly Server[],
    options: ResolvedConnectOptions,
  ): Promise<StompConnection> {
    const connection = new StompConnection(servers, options);
    await connection.#restoreSends();
    await connection.#start();
    return connection;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get version(): StompVersion {
    return this.#version;
  }

  get server(): string | undefined {
    return this.#server;
  }

  get session(): string | undefined {
    return this.#sessionId;
  }

  get blobUploadUrl(): string | undefined {
    return this.#blobUploadUrl;
  }

  get peer(): string {
    return this.#peer;
  }

  get profile(): BrokerProfile {
    return this.#subscriptions.profile;
  }

  /** For its own parts. */
  get outbox(): Outbox {
    return this.#outbox;
  }

  send<T extends SendBody>(destination: string, body: T, options?: SendOptions<T>): Promise<void> {
    return this.#sender.send(destination, body, options);
  }

  sendFrame(frame: RawFrame, options: SendFrameOptions = {}): Promise<void> {
    try {
      const wait = resolveSendFrame(options, this.#options.receiptTimeoutMs);
      const request = rawRequest(frame);
      // It belongs to the session of now: another one may not know what it is about.
      if (this.#session === undefined || this.#state === 'reconnecting') {
        throw this.#refusal(`${request.command} ${request.subject}`.trim());
      }
      return this.#outbox.submit(request, wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async subscribe<T = unknown>(
    destination: string,
    options: SubscribeOptions<T> = {},
    onMessage?: MessageHandler<T>,
  ): Promise<Subscription<T>> {
    const resolved = resolveSubscribe(options, this.#options.receiptTimeoutMs);
    if (this.#state === 'closing') throw this.#refusal(`SUBSCRIBE ${destination}`);
    // Who asks for a type vouches for it, as with JSON.parse.
    const handler = onMessage as MessageHandler | undefined;
    const subscription = await this.#subscriptions.subscribe(destination, resolved, handler);
    return subscription as Subscription<T>;
  }

  async begin(options: WaitOptions = {}): Promise<Transaction> {
    const wait = resolveWait('begin', options, this.#options.receiptTimeoutMs);
    const id = `tx-${++this.#lastTransaction}`;
    await this.#outbox.submit(
      { command: 'BEGIN', headers: [['transaction', id]], subject: id, whenLost: 'repeat' },
      { ...wait, hasReceipt: true },
    );
    const session = this.#session;
    if (session === undefined) throw ConnectionError.of('STOMP_NET_TRANSACTION_LOST', [id]);
    return new StompTransaction(id, session, {
      outbox: this.#outbox,
      sender: this.#sender,
      receiptTimeoutMs: this.#options.receiptTimeoutMs,
    });
  }

  rtt(options: WaitOptions = {}): Promise<number> {
    try {
      const wait = resolveWait('rtt', options, this.#options.receiptTimeoutMs);
      if (this.#state !== 'connected') throw this.#refusal('rtt()');
      return measureRoundTrip(
        `rtt-${++this.#lastTransaction}`,
        this.#outbox,
        wait,
        this.#options.clock,
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  stats(): ConnectionStatistics {
    return statisticsOf({
      traffic: this.#traffic,
      outbox: this.#outbox,
      offline: this.#offline,
      subscriptions: this.#subscriptions,
    });
  }

  async drain(options: WaitOptions = {}): Promise<void> {
    const wait = resolveWait('drain', options, this.#options.closeTimeoutMs);
    const { timeoutMs } = wait;
    const all = this.#subscriptions.all.map((subscription) =>
      subscription.drain({ ...options, timeoutMs }),
    );
    const idle = Promise.all(all).then(() => this.#outbox.whenIdle());
    await waitFor(idle, wait, this.#options.clock, () =>
      TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', [
        `The connection to ${this.#peer}`,
        wait.timeoutMs,
        whatIsLeft(this.#outbox, this.#subscriptions.all),
      ]),
    );
  }

  close(options: CloseOptions = {}): Promise<void> {
    try {
      const wait = resolveWait('close', options, this.#options.closeTimeoutMs);
      if (this.#state === 'closed') return Promise.resolve();
      this.#closing ??= this.#close(wait);
      return this.#closing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  status(): AsyncIterable<ConnectionStatus> {
    return this.#status.iterate();
  }

  onStatus(callback: (status: ConnectionStatus) => void): () => void {
    return this.#status.listen(callback);
  }

  onFrame(listener: FrameListener): () => void {
    return this.#frames.listen(listener);
  }

  /** What an earlier process has left in the store is sent first. */
  async #restoreSends(): Promise<void> {
    const { store } = this.#options.offline;
    if (store === undefined) return;
    const { records, damage } = await store.load();
    for (const record of records) this.#outbox.restore(this.#sender.restored(record));
    if (records.length + damage.length > 0) {
      this.#status.emit({ type: 'sends-restored', count: records.length, damage });
    }
  }

  async #start(): Promise<void> {
    const { startupMaxAttempts, signal } = this.#options;
    const plan = {
      attemptsMade: 0,
      maxAttempts: startupMaxAttempts,
      isReconnect: false,
      signal: signal ?? this.#stop.signal,
    };
    let session: Session;
    try {
      ({ session } = await this.#connector.connect(plan));
    } catch (error) {
      this.#end(error as Error);
      throw error;
    }
    // First the state: from here on a loss is an ordinary one, even if it has already happened.
    this.#transition('connected');
    this.#attach(session);
    if (this.#session === session) this.#serve(session, false);
  }

  /**
   * From a loss until a session serves all subscriptions again. One that ends before is a failed
   * attempt like any other, or a broker that dies of a subscription would be tried for ever.
   */
  async #recover(maxAttempts: number): Promise<void> {
    const { signal } = this.#stop;
    let attemptsMade = 0;
    try {
      while (this.#state === 'reconnecting') {
        const plan = { attemptsMade, maxAttempts, isReconnect: true, signal };
        const { session, attempt } = await this.#connector.connect(plan);
        if (signal.aborted) {
          session.destroy(this.#refusal('The session'));
          return;
        }
        const loss = await this.#restore(session);
        if (signal.aborted) return;
        if (loss === undefined) {
          this.#transition('connected');
          this.#serve(session, true);
          return;
        }
        this.#status.emit({ type: 'connect-failed', peer: session.peer, attempt, error: loss });
        if (attempt >= maxAttempts) throw loss;
        attemptsMade = attempt;
      }
    } catch (error) {
      // The stop signal only aborts when close() or the end has taken over.
      if (!signal.aborted) this.#end(error as Error);
    }
  }

  /** Takes a session and tells it of all subscriptions; returns why it ended meanwhile, if so. */
  async #restore(session: Session): Promise<Error | undefined> {
    this.#lastLoss = undefined;
    this.#attach(session);
    if (this.#session === session) await this.#subscriptions.restore(session);
    return this.#session === session ? undefined : this.#lastLoss;
  }

  #attach(session: Session): void {
    this.#session = session;
    this.#peer = session.peer;
    this.#version = session.version;
    this.#server = session.server;
    this.#sessionId = session.sessionId;
    this.#blobUploadUrl = session.blobUploadUrl;
    this.#connectedAt = this.#options.clock.now();
    session.attach({
      handleMessage: (frame, stream) => this.#subscriptions.dispatch(frame, session, stream),
      handleReceipt: (receiptId) => this.#outbox.confirm(receiptId),
      handleError: (frame) => this.#handleError(frame),
      handleDrain: () => this.#outbox.resume(),
      handleClose: (error) => {
        if (this.#session === session) this.#handleLoss(error);
      },
    });
  }

  /** Everything may flow. */
  #serve(session: Session, isReconnect: boolean): void {
    const { peer, version, server } = session;
    this.#status.emit({ type: 'connected', peer, version, server, isReconnect });
    this.#subscriptions.open(session);
    this.#outbox.open(session);
  }

  #handleError(frame: Frame): BrokerError {
    const operation = this.#outbox.unanswered(frame.headers.get('receipt-id'));
    const error = BrokerError.refused(operation?.describe(), frame);
    if (operation) operation.reject(error);
    else this.#status.emit({ type: 'broker-error', error });
    return error;
  }

  #handleLoss(error: Error): void {
    this.#session = undefined;
    this.#lastLoss = error;
    this.#outbox.lose(error);
    this.#subscriptions.lose();
    if (this.#state === 'connected') this.#startRecovery(error);
    else if (this.#state === 'closing') {
      // What still waits will not be sent any more; running handlers are told when they try.
      this.#outbox.seal((what) => this.#refusal(what));
      this.#outbox.fail(error);
    }
  }

  #startRecovery(error: Error): void {
    const { reconnect, clock } = this.#options;
    if (reconnect.maxAttempts === 0) {
      this.#end(error);
      return;
    }
    if (clock.now() - this.#connectedAt >= STABLE_AFTER_MS) this.#backOff.reset();
    this.#transition('reconnecting');
    this.#status.emit({ type: 'reconnecting', error });
    this.#recover(reconnect.maxAttempts);
  }

  async #close(wait: ResolvedWait): Promise<void> {
    const session = this.#state === 'connected' ? this.#session : undefined;
    this.#transition('closing');
    this.#status.emit({ type: 'closing' });
    this.#stop.abort(new Error('The connection is closing'));
    if (session === undefined) {
      // Between two sessions there is nothing to end in order.
      this.#end(undefined);
      return;
    }
    let failure: Error | undefined;
    try {
      await closeGracefully({
        session,
        outbox: this.#outbox,
        subscriptions: this.#subscriptions,
        clock: this.#options.clock,
        refusal: (what) => this.#refusal(what),
        wait,
      });
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      this.#end(failure);
    }
  }

  /** The end, for whatever reason. */
  #end(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#transition('closed');
    this.#stop.abort(new Error('The connection is closed'));
    this.#outbox.seal((what) => this.#refusal(what));
    const reason = error ?? this.#refusal('The session');
    this.#session?.destroy(reason);
    this.#session = undefined;
    this.#outbox.lose(reason);
    this.#subscriptions.close(error, this.#refusal('SUBSCRIBE'));
    this.#outbox.fail(error);
    this.#status.emit({ type: 'closed', error });
    this.#resolveClosed(error);
    this.#options.offline.store?.close().catch(warn);
  }

  #refusal(what: string): ConnectionError {
    return ConnectionError.of('STOMP_NET_NOT_CONNECTED', [what, this.#state]);
  }

  #transition(to: ConnectionState): void {
    if (!LEGAL_TRANSITIONS[this.#state].includes(to)) {
      throw new Error(`Connection: ${this.#state} cannot become ${to}`);
    }
    this.#state = to;
  }
}
