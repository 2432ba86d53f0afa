/**
 * One socket of a client, from CONNECT to its end: a connection of this package without its reconnects,
 * and the frames that stompjs's calls stand for.
 *
 *   connecting ──CONNECTED──▶ connected ──disconnect()──▶ disconnecting ──┐
 *       └────────────────────────┴─────────────────────────────────────────┴──▶ closed
 *
 * What arrives is taken from the connection's frames, in their order. It knows no later socket: a
 * message of this one is acknowledged here or not at all.
 */
import { OptionsError, type StompVersion } from '@stompbox/protocol';
import { MAX_TIMER_MS } from '../clock.js';
import { connect } from '../connect.js';
import type { Connection } from '../connection.js';
import type { FrameEvent, ObservedFrame } from '../frame-feed.js';
import type {
  IFrame,
  IMessage,
  IPublishParams,
  ITransaction,
  messageCallbackType,
  StompSubscription,
} from './frame-types.js';
import { type EncodedFrame, encodeOutgoing, type OutgoingFrame } from './outgoing-frame.js';
import { ReceivedFrame } from './received-frame.js';
import { SocketPipe, type SocketPipeOptions } from './socket-pipe.js';
import type { StompHeaders } from './stomp-headers.js';
import type { IStompSocket, SocketEvent } from './stomp-socket.js';
import type { Versions } from './versions.js';

export interface SocketSessionOptions
  extends Omit<SocketPipeOptions, 'greeting' | 'handleClose' | 'handleSocketError'> {
  readonly stompVersions: Versions;
  readonly connectHeaders: StompHeaders;
  readonly connectionTimeout: number;
  readonly heartbeatIncoming: number;
  readonly heartbeatOutgoing: number;
  readonly heartbeatToleranceMultiplier: number;
}

/** Whom a session tells. None of these throws. */
export interface SocketSessionOwner {
  handleConnected(frame: IFrame): void;
  handleMessage(callback: messageCallbackType | undefined, message: IMessage): void;
  handleReceipt(frame: IFrame): void;
  handleDisconnected(frame: IFrame): void;
  handleError(frame: IFrame): void;
  handleOther(frame: IFrame): void;
  handleHeartBeat(): void;
  handleSilence(): void;
  handleSocketError(event: SocketEvent): void;
  /** An option that cannot be: the program is wrong. */
  handleMistake(error: unknown): void;
  /** The last thing that is told. */
  handleClose(event: SocketEvent, reason: Error | undefined): void;
}

type SocketSessionState = 'connecting' | 'connected' | 'disconnecting' | 'closed';

/** How long the broker may take to confirm DISCONNECT. */
const DISCONNECT_TIMEOUT_MS = 5_000;

export class SocketSession {
  readonly #options: SocketSessionOptions;
  readonly #owner: SocketSessionOwner;
  readonly #pipe: SocketPipe;
  readonly #stop = new AbortController();
  readonly #callbacks = new Map<string, messageCallbackType>();
  #state: SocketSessionState = 'connecting';
  #version: StompVersion = '1.0';
  #connectedFrame: IFrame | undefined;
  #lastId = 0;
  #disconnectReceipt: string | undefined;
  #cancelDeadline: (() => void) | undefined;

  constructor(socket: IStompSocket, options: SocketSessionOptions, owner: SocketSessionOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#pipe = new SocketPipe(socket, {
      ...options,
      greeting: () => this.#greeting(),
      handleSocketError: (event) => owner.handleSocketError(event),
      handleClose: (event, reason) => this.#close(event, reason),
    });
    this.#open();
  }

  get socket(): IStompSocket {
    return this.#pipe.socket;
  }

  /** Who is at the other end, for messages. */
  get peer(): string {
    return this.#pipe.peer;
  }

  get isConnected(): boolean {
    return this.#state === 'connected';
  }

  /** What CONNECTED said; nothing before. */
  get version(): string | undefined {
    return this.#connectedFrame?.headers['version'];
  }

  publish(params: IPublishParams): void {
    const { destination, headers, body, binaryBody, skipContentLengthHeader } = params;
    this.#transmit({
      command: 'SEND',
      headers: { destination, ...headers },
      body: binaryBody ?? textOf(body),
      skipContentLengthHeader,
    });
  }

  subscribe(
    destination: string,
    callback: messageCallbackType,
    headers: StompHeaders,
  ): StompSubscription {
    const id = headers['id'] ? String(headers['id']) : this.#freeSubscriptionId();
    this.#transmit({ command: 'SUBSCRIBE', headers: { ...headers, id, destination } });
    this.#callbacks.set(id, callback);
    return { id, unsubscribe: (more) => this.unsubscribe(id, more) };
  }

  unsubscribe(id: string, headers: StompHeaders = {}): void {
    this.#callbacks.delete(id);
    this.#transmit({ command: 'UNSUBSCRIBE', headers: { ...headers, id } });
  }

  begin(transactionId: string | undefined): ITransaction {
    const id = transactionId || `tx-${this.#lastId++}`;
    this.#transmit({ command: 'BEGIN', headers: { transaction: id } });
    return { id, commit: () => this.commit(id), abort: () => this.abort(id) };
  }

  commit(transactionId: string): void {
    this.#transmit({ command: 'COMMIT', headers: { transaction: transactionId } });
  }

  abort(transactionId: string): void {
    this.#transmit({ command: 'ABORT', headers: { transaction: transactionId } });
  }

  /** @param command ACK or NACK */
  settle(
    command: 'ACK' | 'NACK',
    messageId: string,
    subscriptionId: string,
    headers: StompHeaders,
  ): void {
    // STOMP 1.2, "ACK": the id is the MESSAGE's ack header; before, its message-id.
    const name = this.#version === '1.2' ? 'id' : 'message-id';
    const all = { ...headers, [name]: messageId, subscription: subscriptionId };
    this.#transmit({ command, headers: all });
  }

  /** Says DISCONNECT, waits for its receipt and closes the socket; gives it up if that takes long. */
  disconnect(headers: StompHeaders): void {
    if (this.#state !== 'connected') {
      this.discard(new Error('deactivate() came before the connection was made'));
      return;
    }
    const receipt = headers['receipt'] || `close-${this.#lastId++}`;
    this.#disconnectReceipt = receipt;
    try {
      this.#transmit({ command: 'DISCONNECT', headers: { ...headers, receipt } });
    } catch (error) {
      this.#owner.handleMistake(error);
      this.discard(new Error('DISCONNECT could not be written'));
      return;
    }
    this.#state = 'disconnecting';
    const { clock } = this.#options;
    this.#cancelDeadline = clock.setTimer(
      () => this.discard(new Error('the broker did not confirm DISCONNECT')),
      DISCONNECT_TIMEOUT_MS,
    );
  }

  /** Ends it at once, without a word to the broker. */
  discard(reason: Error): void {
    this.#stop.abort(reason);
    this.#pipe.destroy(reason);
  }

  async #open(): Promise<void> {
    const { connectionTimeout, heartbeatToleranceMultiplier, clock } = this.#options;
    try {
      const connection = await connect(labelOf(this.#pipe.peer), {
        transport: () => this.#pipe.opened(),
        reconnect: false,
        acceptVersions: this.#versions(),
        heartBeat: {
          ...this.#heartBeat(),
          toleranceFactor: Math.max(1, heartbeatToleranceMultiplier),
        },
        connectTimeoutMs: connectionTimeout > 0 ? Math.ceil(connectionTimeout) : MAX_TIMER_MS,
        signal: this.#stop.signal,
        onFrame: (event) => this.#receive(event),
        clock,
      });
      this.#handleConnected(connection);
    } catch (error) {
      if (error instanceof OptionsError) this.#owner.handleMistake(error);
      this.discard(error as Error);
    }
  }

  #handleConnected(connection: Connection): void {
    const frame = this.#connectedFrame;
    // Lost or given up meanwhile; the pipe tells.
    if (this.#state !== 'connecting' || !this.#pipe.isOpen || frame === undefined) return;
    this.#version = connection.version;
    this.#state = 'connected';
    this.#owner.handleConnected(frame);
  }

  #versions(): StompVersion[] {
    return this.#options.stompVersions.versions as StompVersion[];
  }

  #heartBeat() {
    const { heartbeatOutgoing, heartbeatIncoming } = this.#options;
    return { outgoingMs: heartbeatOutgoing, incomingMs: heartbeatIncoming };
  }

  #greeting(): EncodedFrame {
    const { stompVersions, connectHeaders } = this.#options;
    const { outgoingMs, incomingMs } = this.#heartBeat();
    const headers = {
      ...connectHeaders,
      'accept-version': stompVersions.supportedVersions(),
      'heart-beat': `${outgoingMs},${incomingMs}`,
    };
    return encodeOutgoing({ command: 'CONNECT', headers }, '1.0');
  }

  #freeSubscriptionId(): string {
    let id: string;
    do id = `sub-${this.#lastId++}`;
    while (this.#callbacks.has(id));
    return id;
  }

  /** @throws FrameError when the frame cannot travel */
  #transmit(frame: OutgoingFrame): void {
    if (this.#state === 'connected' && this.#pipe.isOpen) {
      this.#pipe.transmit(encodeOutgoing(frame, this.#version));
      return;
    }
    // Its subscription or message belongs to this socket, so there is nobody left to tell.
    this.#options.debug(`${frame.command} was not sent: its connection is gone`);
  }

  #receive({ direction, frame }: FrameEvent): void {
    if (direction !== 'in' || this.#state === 'closed') return;
    if (frame === undefined) {
      this.#options.debug('<<< PONG');
      this.#owner.handleHeartBeat();
      return;
    }
    const received = receivedFrame(frame);
    if (!this.#options.logRawCommunication) this.#options.debug(`<<< ${received}`);
    this.#dispatch(received);
  }

  #dispatch(frame: ReceivedFrame): void {
    switch (frame.command) {
      case 'CONNECTED':
        this.#connectedFrame = frame;
        return;
      case 'MESSAGE':
        this.#handleMessage(frame);
        return;
      case 'RECEIPT':
        this.#handleReceipt(frame);
        return;
      case 'ERROR':
        this.#owner.handleError(frame);
        return;
      default:
        this.#owner.handleOther(frame);
    }
  }

  #handleMessage(frame: ReceivedFrame): void {
    const { headers } = frame;
    const subscription = headers['subscription'];
    const id = this.#version === '1.2' ? headers['ack'] : headers['message-id'];
    const settle = (command: 'ACK' | 'NACK', more: StompHeaders = {}) => {
      if (id !== undefined && subscription !== undefined) {
        this.settle(command, id, subscription, more);
      } else this.#options.debug(`${command} was not sent: the message cannot be acknowledged`);
    };
    const message: IMessage = Object.assign(frame, {
      ack: (more?: StompHeaders) => settle('ACK', more),
      nack: (more?: StompHeaders) => settle('NACK', more),
    });
    const callback = subscription === undefined ? undefined : this.#callbacks.get(subscription);
    this.#owner.handleMessage(callback, message);
  }

  #handleReceipt(frame: ReceivedFrame): void {
    if (this.#disconnectReceipt === undefined) this.#owner.handleReceipt(frame);
    else if (frame.headers['receipt-id'] !== this.#disconnectReceipt) {
      this.#owner.handleReceipt(frame);
    } else {
      this.#cancelDeadline?.();
      this.#pipe.end();
      this.#owner.handleDisconnected(frame);
    }
  }

  #close(event: SocketEvent, reason: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelDeadline?.();
    this.#stop.abort(reason ?? new Error('the socket was closed'));
    if (reason !== undefined) this.#options.debug(`Ended: ${reason.message}`);
    if (isSilence(reason)) this.#owner.handleSilence();
    this.#owner.handleClose(event, reason);
  }
}

function receivedFrame({ command, headers, body }: ObservedFrame): ReceivedFrame {
  // What comes in is bytes; only what goes out may be text.
  const bytes = typeof body === 'string' ? new Uint8Array() : body;
  return new ReceivedFrame(command, headers, bytes);
}

/** A body of a primitive type travels as its text, as in stompjs; an object has none. */
function textOf(body: unknown): string {
  if (body === undefined || body === null) return '';
  if (typeof body !== 'object') return String(body);
  throw new OptionsError(
    'STOMP_OPT_BODY',
    'The body must be a text: pass JSON.stringify(value), or bytes as binaryBody',
  );
}

/** The name under which errors speak of the broker; browsers know the URLs of WebSockets only. */
function labelOf(peer: string): string {
  const host = /^wss?:\/\/(?:[^/?#@]*@)?([^/?#@]+)/.exec(peer)?.[1];
  return `ws://${host ?? 'socket'}/`;
}

function isSilence(reason: Error | undefined): boolean {
  return reason !== undefined && 'code' in reason && reason.code === 'STOMP_NET_HEART_BEAT';
}
