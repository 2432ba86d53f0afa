/**
 * One session over one stream, with the surface of stompit's Client. It only wires:
 *
 *   created ──connect()──▶ connecting ──CONNECTED──▶ connected ──disconnect()──▶ disconnecting
 *      └──────────────────────┴───────────────────────┴──────────────────────────────┤
 *                                             ended (event `end`) or failed (event `error`) ◀┘
 *
 * - Exactly one of `end` and `error` is emitted, and nothing is delivered after it.
 * - Errors are passed, never thrown: to `error` listeners, subscriptions and callbacks that wait.
 *   One that nobody listens for becomes a warning of the process; it does not end the process.
 * - Frames go out in the order in which they were asked for (write-order.ts).
 * - It never reconnects. ConnectFailover and Channel make a new client for that.
 */
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { OptionsError } from '@stompbox/protocol';
import { type Connection, type ConnectionStatus, connect, type FrameEvent } from '../index.js';
import { StreamTransport } from '../transport/stream-transport.js';
import {
  type ClientCallback,
  type ClientLifeEvents,
  onceClosed,
  onceOpen,
} from './client-callbacks.js';
import {
  type ClientOptions,
  connectTimeoutMs,
  DISCONNECT_TIMEOUT_MS,
  NO_LIMIT_MS,
} from './client-options.js';
import {
  copyHeaders,
  headersOf,
  type ReceivedHeaders,
  receivedHeaders,
  type StompitHeaders,
} from './frame-headers.js';
import { causeOf, writeFrame } from './frame-writer.js';
import { type HeartBeatPair, handshakeOptions, parseHeartBeatPair } from './handshake-options.js';
import { IncomingMessage } from './incoming-message.js';
import { OutgoingFrame } from './outgoing-frame.js';
import { Receipts } from './receipts.js';
import type { SendOptions } from './send-options.js';
import { staleMessage } from './stale-message.js';
import { convertError, type StompitError, stompitError } from './stompit-error.js';
import type { AckMode, MessageCallback, Subscription } from './subscription.js';
import { type SubscriptionHost, SubscriptionList } from './subscription-list.js';
import { Transaction } from './transaction.js';
import { WriteOrder } from './write-order.js';

export type ClientState =
  | 'created'
  | 'connecting'
  | 'connected'
  | 'disconnecting'
  | 'ended'
  | 'failed';

const LEGAL_TRANSITIONS: Readonly<Record<ClientState, readonly ClientState[]>> = {
  created: ['connecting', 'ended', 'failed'],
  connecting: ['connected', 'disconnecting', 'ended', 'failed'],
  connected: ['disconnecting', 'ended', 'failed'],
  disconnecting: ['ended', 'failed'],
  ended: [],
  failed: [],
};

export type ConnectCallback = ClientCallback<Client>;
export type ClientEvents = ClientLifeEvents<Client>;
export type FrameCallback = (error?: Error | null) => void;

const EMPTY = new Uint8Array();
const DISCONNECTED = 'The client has disconnected';

export interface ClientLink {
  /** Resolves when the stream is connected. */
  readonly isReady: Promise<void>;
  /** Who is at its other end, for messages. */
  readonly peer: string;
}

/** A stream may be written to before it is connected. */
const ANY_LINK: ClientLink = { isReady: Promise.resolve(), peer: 'the broker' };

/** What can be acknowledged: a message, or what was kept of its headers. */
export type MessageLike = IncomingMessage | { readonly headers: ReceivedHeaders };

export class Client extends EventEmitter<ClientEvents> {
  /** Headers of CONNECTED. */
  headers: ReceivedHeaders | undefined;
  readonly #stream: Duplex;
  readonly #options: ClientOptions;
  readonly #link: ClientLink;
  readonly #order = new WriteOrder();
  readonly #receipts = new Receipts();
  /** This client as its subscriptions and messages see it. */
  readonly #host: SubscriptionHost = {
    ack: (message) => this.ack(message),
    nack: (message) => this.nack(message),
    inTurn: (act) => this.#inTurn(act),
  };
  readonly #subscriptions = new SubscriptionList(this.#host);
  #state: ClientState = 'created';
  #connection: Connection | undefined;
  #heartBeat: HeartBeatPair;
  #failure: StompitError | undefined;
  /** What the broker complained about; it is why whatever then happens, happens. */
  #refusal: StompitError | undefined;
  /** The receipt that DISCONNECT asks for, and whether it has come. */
  #goodbye: { readonly receipt: string; isConfirmed: boolean } | undefined;
  #lastTransaction = 0;

  /**
   * @param transport connected, or about to be
   * @param link of the function `connect`, which knows more about it
   */
  constructor(transport: Duplex, options: ClientOptions = {}, link: ClientLink = ANY_LINK) {
    super();
    this.#stream = transport;
    this.#options = options;
    this.#link = link;
    this.#heartBeat = options.heartbeat ?? [0, 0];
    transport.on('error', (error: Error) => this.#handleStreamError(error));
  }

  /** Sends CONNECT. Not for clients that came from the function `connect`, which have done it. */
  connect(headers: StompitHeaders | string = {}, callback?: ConnectCallback): void {
    this.#transition('connecting');
    if (callback) onceOpen<Client>(this, this, callback);
    this.#open(headersOf(headers, 'host')).catch((error: Error) => this.destroy(error));
  }

  /** Sends DISCONNECT after all that was asked for before; the callback gets the end. */
  disconnect(callback?: ConnectCallback): void {
    if (this.#isOver) {
      if (callback) process.nextTick(callback, this.#failure ?? null, this);
      return;
    }
    if (callback) onceClosed<Client>(this, this, callback);
    if (this.#state === 'disconnecting') return;
    if (this.#state === 'created') {
      this.destroy();
      return;
    }
    this.#transition('disconnecting');
    this.#subscriptions.stopIntake();
    this.#inTurn(() => this.#close());
    this.#order.seal(this.createTransportError(`${DISCONNECTED}: connect again to send`));
  }

  /** Ends it at once, without a word to the broker; with an error, as a failure. */
  destroy(error?: Error): void {
    if (this.#isOver) return;
    if (error) this.#fail(this.#refusal ?? convertError(error));
    else {
      this.#transition('ended');
      this.#order.close(this.createTransportError(`${DISCONNECTED}: connect again to send`));
      this.#subscriptions.stopIntake();
      this.#stream.destroy();
      this.emit('end');
    }
  }

  /** A stream for the body of a message; `end()` sends it. */
  send(headers?: StompitHeaders | string, options?: SendOptions): OutgoingFrame {
    return this.sendFrame('SEND', headersOf(headers, 'destination'), options);
  }

  sendString(
    headers: StompitHeaders | string,
    body: string | Uint8Array,
    options?: SendOptions,
    callback?: FrameCallback,
  ): void {
    const frame = this.send(headers, options);
    if (callback) frame.end(body, callback);
    else frame.end(body);
  }

  /** SEND, ACK, NACK, BEGIN, COMMIT or ABORT. What opens and closes has methods of its own. */
  sendFrame(command: string, headers?: StompitHeaders, options: SendOptions = {}): OutgoingFrame {
    const frame = new OutgoingFrame(
      command,
      copyHeaders(headers),
      options,
      (complete, body) =>
        new Promise((resolve, reject) => {
          turn.ready(() => writeFrame(this.#connected(), complete, body).then(resolve, reject));
        }),
    );
    const receipt = this.#receipts.register(options);
    if (receipt !== undefined) frame.headers['receipt'] = receipt;
    // The listener comes first: a frame that is asked for too late fails at once.
    frame.on('error', (error) => this.destroy(error));
    const turn = this.#order.take((error) => frame.destroy(error));
    frame.once('close', () => turn.skip());
    return frame;
  }

  /** Its callback gets each message, and the error if the client fails. */
  subscribe(headers: StompitHeaders | string, onMessage: MessageCallback): Subscription {
    return this.#subscriptions.open(headersOf(headers, 'destination'), onMessage);
  }

  /** Messages that the broker sends unasked under this id, such as RabbitMQ's replies. */
  setImplicitSubscription(
    id: string | number,
    ack: AckMode | null | undefined,
    onMessage: MessageCallback,
  ): Subscription {
    return this.#subscriptions.openImplicit(id, ack, onMessage);
  }

  getSubscription(id: string | number): Subscription | undefined {
    return this.#subscriptions.get(id);
  }

  ack(
    message: MessageLike,
    headers?: StompitHeaders,
    options?: SendOptions,
    callback?: FrameCallback,
  ): void {
    this.#settle('ACK', message, headers, options, callback);
  }

  nack(
    message: MessageLike,
    headers?: StompitHeaders,
    options?: SendOptions,
    callback?: FrameCallback,
  ): void {
    this.#settle('NACK', message, headers, options, callback);
  }

  /** @param headers an object, or the transaction's id */
  begin(headers: StompitHeaders | string | number = {}): Transaction {
    const all = typeof headers === 'object' ? copyHeaders(headers) : {};
    const given = typeof headers === 'object' ? all['transaction'] : headers;
    const id = given ?? ++this.#lastTransaction;
    this.sendFrame('BEGIN', { ...all, transaction: id }).end();
    return new Transaction(id, this);
  }

  /** Reads a frame that must have no body; one that has ends the client. */
  readEmptyBody(frame: IncomingMessage, callback?: (this: Client) => void): void {
    frame.readEmptyBody((isEmpty) => {
      if (isEmpty) callback?.call(this);
      else this.destroy(this.createProtocolError('A frame has a body where none is expected'));
    });
  }

  getOptions(): ClientOptions {
    return this.#options;
  }

  getTransportSocket(): Duplex {
    return this.#stream;
  }

  getHeartbeat(): HeartBeatPair {
    return this.#heartBeat;
  }

  setHeartbeat(heartBeat: HeartBeatPair): void {
    this.#heartBeat = heartBeat;
  }

  /** True when nothing can be sent any more. */
  hasFinishedOutput(): boolean {
    return this.#isOver || this.#goodbye !== undefined;
  }

  createTransportError(error: Error | string): StompitError {
    return stompitError(error, 'transport');
  }

  createProtocolError(error: Error | string): StompitError {
    return stompitError(error, 'protocol');
  }

  createApplicationError(error: Error | string): StompitError {
    return stompitError(error, 'application');
  }

  get #isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'failed';
  }

  async #open(headers: Record<string, string>): Promise<void> {
    const { clock, heartbeatDelayMargin } = this.#options;
    if (headers['heart-beat']) this.#heartBeat = parseHeartBeatPair(headers['heart-beat']);
    const connection = await connect('stomp://localhost', {
      ...handshakeOptions(headers, this.#heartBeat, heartbeatDelayMargin),
      transport: async () => {
        await this.#link.isReady;
        this.emit('socket-connect');
        return new StreamTransport(this.#stream, this.#link.peer);
      },
      reconnect: false,
      connectTimeoutMs: connectTimeoutMs(this.#options),
      receiptTimeoutMs: NO_LIMIT_MS,
      closeTimeoutMs: DISCONNECT_TIMEOUT_MS,
      onFrame: (event) => this.#observe(event),
      onStatus: (status) => this.#handleStatus(status),
      ...(clock ? { clock } : {}),
    });
    this.#connection = connection;
    connection.closed.then((error) => this.#handleClosed(error));
    // In a tick of its own: what a callback throws is an uncaught exception, not our failure.
    process.nextTick(() => this.#handleConnected());
  }

  #handleConnected(): void {
    if (this.#isOver) return;
    // One who asked to disconnect before is still waiting for its turn.
    if (this.#state === 'connecting') this.#transition('connected');
    this.emit('connect', this);
    this.#order.open();
  }

  async #close(): Promise<void> {
    await this.#connection?.close();
    if (this.#isOver) return;
    if (this.#goodbye?.isConfirmed !== true) {
      const text = 'The connection ended without a receipt for DISCONNECT: the broker may not have';
      this.destroy(this.createProtocolError(`${text} all that was sent`));
      return;
    }
    this.#transition('ended');
    this.#subscriptions.end(undefined);
    this.#stream.destroy();
    this.emit('end');
  }

  #handleClosed(error: Error | undefined): void {
    // In order, the one who closes it tells.
    if (error) this.destroy(error);
  }

  #handleStreamError(error: Error): void {
    // Some brokers reset the connection as soon as they have said goodbye.
    if (this.#goodbye?.isConfirmed === true) return;
    this.destroy(this.createTransportError(error));
  }

  #fail(error: StompitError): void {
    this.#transition('failed');
    this.#failure = error;
    this.#stream.destroy();
    this.#order.close(error);
    const isHeard = this.listenerCount('error') > 0;
    if (isHeard) this.emit('error', error);
    const toldCount = this.#receipts.fail(error) + this.#subscriptions.end(error);
    if (!isHeard && toldCount === 0) process.emitWarning(error);
  }

  /** Listeners of the client run in a tick of their own: what they throw is not caught beneath. */
  #observe({ direction, frame }: FrameEvent): void {
    if (frame === undefined) return;
    const { command, headers } = frame;
    if (direction === 'out') {
      if (command !== 'DISCONNECT') return;
      this.#goodbye = { receipt: headers.get('receipt') ?? '', isConfirmed: false };
      process.nextTick(() => this.emit('finish'));
    } else if (command === 'CONNECTED') this.headers = receivedHeaders(headers);
    else if (command === 'RECEIPT') this.#handleReceipt(headers.get('receipt-id') ?? '');
    else if (command === 'ERROR') this.#handleRefusal(receivedHeaders(headers), frame.body);
    else if (command === 'MESSAGE') this.#subscriptions.deliverImplicit(frame);
  }

  #handleReceipt(id: string): void {
    if (this.#goodbye?.receipt === id) this.#goodbye.isConfirmed = true;
    process.nextTick(() => this.#receipts.confirm(id));
  }

  #handleRefusal(headers: ReceivedHeaders, body: string | Uint8Array): void {
    const { message } = headers;
    const text = message === undefined ? 'The broker sent ERROR and no reason' : String(message);
    const error = this.createApplicationError(text);
    const longMessage = Buffer.from(body).toString();
    if (longMessage !== '') error.longMessage = longMessage;
    this.#refusal ??= error;
    process.nextTick(() => this.destroy(error));
  }

  #handleStatus(status: ConnectionStatus): void {
    if (status.type !== 'messages-discarded' || this.#isOver) return;
    if (this.#subscriptions.get(status.subscriptionId)) return;
    const text = `The broker sent a message for the unknown subscription ${status.subscriptionId}`;
    process.nextTick(() => this.destroy(this.createProtocolError(text)));
  }

  /** Does something with the connection when all before is written; a failure ends the client. */
  #inTurn(act: (connection: Connection) => Promise<unknown>): void {
    // Whoever asked for it is told of the end by the client itself.
    const turn = this.#order.take(() => {});
    turn.ready(() => {
      const connection = this.#connected();
      act(connection).catch(async (error: Error) => this.destroy(await causeOf(connection, error)));
    });
  }

  #settle(
    command: 'ACK' | 'NACK',
    message: MessageLike,
    headers: StompitHeaders | undefined,
    options: SendOptions = {},
    callback?: FrameCallback,
  ): void {
    const tell = (error?: Error) => {
      if (callback) process.nextTick(callback, error);
    };
    if (message instanceof IncomingMessage && !message.isFrom(this.#host)) {
      tell(staleMessage(command, message.headers));
      return;
    }
    const { subscription, 'message-id': messageId, ack } = message.headers;
    const receipt = this.#receipts.register(options);
    const all = { ...headers, subscription, 'message-id': messageId, id: ack, receipt };
    const frame = { command, headers: copyHeaders(all) };
    // Too late is no failure of the client: the broker offers the message again.
    const turn = this.#order.take(tell);
    turn.ready(() => {
      writeFrame(this.#connected(), frame, EMPTY).then(
        () => tell(),
        (error: Error) => {
          tell(error);
          this.destroy(error);
        },
      );
    });
  }

  #connected(): Connection {
    if (this.#connection) return this.#connection;
    throw new Error('Client: a turn came before the connection');
  }

  #transition(to: ClientState): void {
    if (to === 'connecting' && this.#state !== 'created') {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        'connect() was already called: make a new client to connect again',
      );
    }
    if (!LEGAL_TRANSITIONS[this.#state].includes(to)) {
      throw new Error(`Client: ${this.#state} cannot become ${to}`);
    }
    this.#state = to;
  }
}
