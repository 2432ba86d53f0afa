/**
 * The client of stompjs: what it is meant to be, the pauses between sockets, and the callbacks.
 *
 *   INACTIVE ──activate()──▶ ACTIVE ──deactivate()──▶ DEACTIVATING ──socket closed──▶ INACTIVE
 *
 * - While ACTIVE it opens one socket after the other. Each has subscriptions of its own, so `onConnect`
 *   subscribes again; that is stompjs's way. `connect` of this package keeps subscriptions.
 * - There is at most one socket, `#session`, and at most one attempt that prepares one, `#attempt`.
 * - A callback that throws is reported as a warning of the process and disturbs nothing here.
 */
import { OptionsError } from '@stompbox/protocol';
import { type Clock, MAX_TIMER_MS, systemClock } from '../clock.js';
import { ConnectionError } from '../errors.js';
import { callListener } from '../status-feed.js';
import { ClientSettings } from './client-settings.js';
import type {
  frameCallbackType,
  IPublishParams,
  ITransaction,
  messageCallbackType,
  StompSubscription,
} from './frame-types.js';
import { openWebSocket } from './open-web-socket.js';
import { ReceiptWatchers } from './receipt-watchers.js';
import { reportUncaught } from './report-uncaught.js';
import {
  SocketSession,
  type SocketSessionOptions,
  type SocketSessionOwner,
} from './socket-session.js';
import { ActivationState, ReconnectionTimeMode } from './states.js';
import type { StompConfig } from './stomp-config.js';
import type { StompHeaders } from './stomp-headers.js';
import type { IStompSocket, SocketEvent } from './stomp-socket.js';

const LEGAL_TRANSITIONS: Readonly<Record<ActivationState, readonly ActivationState[]>> = {
  [ActivationState.ACTIVE]: [ActivationState.DEACTIVATING, ActivationState.INACTIVE],
  [ActivationState.DEACTIVATING]: [ActivationState.INACTIVE],
  [ActivationState.INACTIVE]: [ActivationState.ACTIVE],
};

export class Client extends ClientSettings {
  readonly #clock: Clock;
  readonly #watchers = new ReceiptWatchers();
  #state: ActivationState = ActivationState.INACTIVE;
  /** What the last call of activate or deactivate asked for. */
  #wanted: 'active' | 'inactive' = 'inactive';
  #session: SocketSession | undefined;
  /** The attempt that may still make a session; an older one finds that it is not it any more. */
  #attempt: symbol | undefined;
  #nextDelayMs = 0;
  #cancelReconnect: (() => void) | undefined;
  #deactivation: Promise<void> | undefined;
  #finishDeactivation: () => void = () => {};

  /** @param clock for tests */
  constructor(conf: StompConfig = {}, clock: Clock = systemClock) {
    super();
    this.#clock = clock;
    this.configure(conf);
  }

  /** Keeps Vue from wrapping it into a proxy, which could not reach what is private here. */
  get [Symbol.toStringTag](): string {
    return 'StompClient';
  }

  get state(): ActivationState {
    return this.#state;
  }

  /** True between `activate` and `deactivate`, connected or not. */
  get active(): boolean {
    return this.#state === ActivationState.ACTIVE;
  }

  /** True while frames can be sent. */
  get connected(): boolean {
    return this.#session?.isConnected ?? false;
  }

  get connectedVersion(): string | undefined {
    return this.#session?.version;
  }

  get webSocket(): IStompSocket | undefined {
    return this.#session?.socket;
  }

  /** Sets some of the fields above; those that are `undefined` stay as they are. */
  configure(conf: StompConfig): void {
    const given = Object.entries(conf).filter(([, value]) => value !== undefined);
    Object.assign(this, Object.fromEntries(given));
    if (this.maxReconnectDelay > 0 && this.maxReconnectDelay < this.reconnectDelay) {
      this.debug('maxReconnectDelay is less than reconnectDelay: the latter is taken for both');
      this.maxReconnectDelay = this.reconnectDelay;
    }
  }

  /** Connects, and connects again after each loss. Called while it deactivates: as soon as that is done. */
  activate(): void {
    this.#wanted = 'active';
    if (this.#state === ActivationState.INACTIVE) this.#start();
    else this.debug(`activate() has nothing to do: ${ActivationState[this.#state]}`);
  }

  /**
   * Says DISCONNECT, waits for its receipt and closes the socket. Resolves when the socket is closed, or
   * given up because the broker did not answer in time. With `force` it is given up at once.
   */
  deactivate(options: { force?: boolean } = {}): Promise<void> {
    const { force = false } = options;
    this.#wanted = 'inactive';
    if (this.#state === ActivationState.INACTIVE) return Promise.resolve();
    if (this.#state === ActivationState.ACTIVE) this.#stop(force);
    else if (force) this.#session?.discard(new Error('deactivate({ force: true }) was called'));
    return this.#deactivation ?? Promise.resolve();
  }

  /** Drops the socket; while ACTIVE the next one follows. */
  forceDisconnect(): void {
    this.#session?.discard(new Error('forceDisconnect() was called'));
  }

  /**
   * Sends a message. When it returns, the message is with the socket.
   * @throws TypeError while there is no connection; FrameError for headers that cannot travel
   */
  publish(params: IPublishParams): void {
    this.#connectedSession().publish(params);
  }

  /** Calls back once, when RECEIPT with this id comes, from this connection or a later one. */
  watchForReceipt(receiptId: string, callback: frameCallbackType): void {
    this.#watchers.add(receiptId, callback);
  }

  /** Subscribes until the connection ends; `onConnect` is the place to do so. */
  subscribe(
    destination: string,
    callback: messageCallbackType,
    headers: StompHeaders = {},
  ): StompSubscription {
    return this.#connectedSession().subscribe(destination, callback, headers);
  }

  unsubscribe(id: string, headers: StompHeaders = {}): void {
    this.#connectedSession().unsubscribe(id, headers);
  }

  /** Begins a transaction; frames belong to it by their header `transaction`. */
  begin(transactionId?: string): ITransaction {
    return this.#connectedSession().begin(transactionId);
  }

  commit(transactionId: string): void {
    this.#connectedSession().commit(transactionId);
  }

  abort(transactionId: string): void {
    this.#connectedSession().abort(transactionId);
  }

  /** @param messageId for STOMP 1.2 the `ack` header of the message, else its `message-id` */
  ack(messageId: string, subscriptionId: string, headers: StompHeaders = {}): void {
    this.#connectedSession().settle('ACK', messageId, subscriptionId, headers);
  }

  /** @param messageId as for `ack` */
  nack(messageId: string, subscriptionId: string, headers: StompHeaders = {}): void {
    this.#connectedSession().settle('NACK', messageId, subscriptionId, headers);
  }

  #connectedSession(): SocketSession {
    const session = this.#session;
    if (session?.isConnected) return session;
    throw new TypeError('There is no STOMP connection: wait for onConnect, or look at connected');
  }

  #start(): void {
    this.#transition(ActivationState.ACTIVE);
    this.#nextDelayMs = this.reconnectDelay;
    this.#open();
  }

  #stop(force: boolean): void {
    this.#attempt = undefined;
    this.#cancelReconnect?.();
    this.#transition(ActivationState.DEACTIVATING);
    const session = this.#session;
    if (session === undefined) {
      this.#watchers.clear();
      this.#transition(ActivationState.INACTIVE);
      return;
    }
    this.#deactivation = new Promise((resolve) => {
      this.#finishDeactivation = resolve;
    });
    if (force) session.discard(new Error('deactivate({ force: true }) was called'));
    else session.disconnect(this.disconnectHeaders);
  }

  /** One attempt. What fails before there is a socket is a lost socket like any other. */
  async #open(): Promise<void> {
    const attempt = Symbol('attempt');
    this.#attempt = attempt;
    let socket: IStompSocket;
    try {
      await this.beforeConnect(this);
      if (this.#attempt !== attempt) return;
      // One that is there is used at once, before deactivate() can come in between.
      const made = this.#createSocket();
      socket = 'then' in made ? await made : made;
    } catch (error) {
      if (this.#attempt === attempt) this.#handleFailedAttempt(error);
      else this.debug(`An attempt that was given up failed: ${error}`);
      return;
    }
    if (this.#attempt === attempt) {
      this.#attempt = undefined;
      this.#session = new SocketSession(socket, this.#sessionOptions(), this.#sessionOwner());
    } else {
      // It is not open yet, and sockets may tell that as an error that nobody hears.
      socket.onerror = () => {};
      socket.close();
    }
  }

  #createSocket(): IStompSocket | Promise<IStompSocket> {
    if (this.webSocketFactory) return this.webSocketFactory();
    if (this.brokerURL) return openWebSocket(this.brokerURL, this.stompVersions.protocolVersions());
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'The client knows no broker: set brokerURL or webSocketFactory before activate()',
    );
  }

  #handleFailedAttempt(error: unknown): void {
    this.#attempt = undefined;
    if (error instanceof OptionsError) {
      // Another attempt would end in the same way.
      this.#wanted = 'inactive';
      this.#transition(ActivationState.INACTIVE);
      reportUncaught(error);
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.debug(`No socket could be made: ${message}`);
    callListener(() => this.onWebSocketError({ type: 'error', error, message }));
    this.#handleClose({ type: 'close', code: 1006, reason: message, wasClean: false });
  }

  #handleClose(event: SocketEvent): void {
    this.#session = undefined;
    if (this.#state === ActivationState.DEACTIVATING) {
      this.#watchers.clear();
      this.#transition(ActivationState.INACTIVE);
    }
    // Before the next attempt is planned, so that it may deactivate the client.
    callListener(() => this.onWebSocketClose(event));
    const isIdle = this.#session === undefined && this.#attempt === undefined;
    if (this.#state === ActivationState.ACTIVE && isIdle) this.#scheduleReconnect();
    else if (this.#state === ActivationState.INACTIVE && this.#wanted === 'active') this.#start();
    this.#deactivation = undefined;
    this.#finishDeactivation();
  }

  #scheduleReconnect(): void {
    const delayMs = this.#nextDelayMs;
    if (delayMs <= 0) return;
    this.debug(`The next attempt begins in ${delayMs} ms`);
    const reconnect = () => {
      this.#cancelReconnect = undefined;
      if (this.reconnectTimeMode === ReconnectionTimeMode.EXPONENTIAL) {
        const longest = this.maxReconnectDelay || Number.POSITIVE_INFINITY;
        this.#nextDelayMs = Math.min(delayMs * 2, longest);
      }
      this.#open();
    };
    const delay = Math.min(delayMs, MAX_TIMER_MS);
    this.#cancelReconnect?.();
    this.#cancelReconnect = this.#clock.setTimer(reconnect, delay, { keepAlive: true });
  }

  #sessionOptions(): SocketSessionOptions {
    return {
      clock: this.#clock,
      stompVersions: this.stompVersions,
      connectHeaders: this.connectHeaders,
      connectionTimeout: this.connectionTimeout,
      heartbeatIncoming: this.heartbeatIncoming,
      heartbeatOutgoing: this.heartbeatOutgoing,
      heartbeatToleranceMultiplier: this.heartbeatToleranceMultiplier,
      splitLargeFrames: this.splitLargeFrames,
      maxWebSocketChunkSize: this.maxWebSocketChunkSize,
      forceBinaryWSFrames: this.forceBinaryWSFrames,
      appendMissingNULLonIncoming: this.appendMissingNULLonIncoming,
      logRawCommunication: this.logRawCommunication,
      debug: (message) => this.debug(message),
    };
  }

  #sessionOwner(): SocketSessionOwner {
    return {
      handleConnected: (frame) => {
        this.#nextDelayMs = this.reconnectDelay;
        callListener(() => this.onConnect(frame));
      },
      handleMessage: (callback, message) =>
        callListener(() => (callback ?? this.onUnhandledMessage)(message)),
      handleReceipt: (frame) => {
        const watcher = this.#watchers.take(frame.headers['receipt-id']);
        callListener(() => (watcher ?? this.onUnhandledReceipt)(frame));
      },
      handleDisconnected: (frame) => callListener(() => this.onDisconnect(frame)),
      handleError: (frame) => callListener(() => this.onStompError(frame)),
      handleOther: (frame) => callListener(() => this.onUnhandledFrame(frame)),
      handleHeartBeat: () => callListener(() => this.onHeartbeatReceived()),
      handleSilence: () => callListener(() => this.onHeartbeatLost()),
      handleSocketError: (event) => callListener(() => this.onWebSocketError(event)),
      handleMistake: reportUncaught,
      handleClose: (event, reason) => {
        this.#reportLostReceipts(reason);
        this.#handleClose(event);
      },
    };
  }

  /** A watcher stays: its message may be sent again, under the same receipt. */
  #reportLostReceipts(cause: Error | undefined): void {
    const session = this.#session;
    if (session?.version === undefined) return;
    const reason = cause?.message ?? 'the socket was closed';
    const error = ConnectionError.of('STOMP_NET_LOST', [session.peer, reason], cause);
    for (const id of this.#watchers.ids) callListener(() => this.onReceiptLost(id, error));
  }

  #transition(to: ActivationState): void {
    if (!LEGAL_TRANSITIONS[this.#state].includes(to)) {
      throw new Error(`${ActivationState[this.#state]} cannot become ${ActivationState[to]}`);
    }
    this.#state = to;
    callListener(() => this.onChangeState(to));
  }
}
