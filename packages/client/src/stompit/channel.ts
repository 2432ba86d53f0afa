/**
 * Sends and subscriptions that outlive their connection: a list of work, begun on a client, and
 * begun again on the next one as long as it is not complete.
 *
 *   idle ──work──▶ connecting ──▶ connected ──lost──▶ connecting …
 *     ▲                │              │
 *     └── nothing left, failover gave up, the broker refused ──┘          any ──close()──▶ closed
 *
 * - At most one client is in use; an acknowledgement goes only to the client that delivered.
 * - When the channel fails, everybody who waits is told; nothing ends without a word.
 */
import { EventEmitter } from 'node:events';
import { OptionsError } from '@stompbox/protocol';
import { ChannelTransaction } from './channel-transaction.js';
import {
  type ChannelBody,
  type ChannelMessageCallback,
  type ChannelSubscription,
  type ChannelWork,
  listenWith,
  SubscriptionWork,
  subscribeWith,
  writeBody,
} from './channel-work.js';
import type { Client, FrameCallback, MessageLike } from './client.js';
import type { ConnectFailover, FailoverAttempt } from './connect-failover.js';
import type { StompitHeaders } from './frame-headers.js';
import type { SendOptions } from './send-options.js';
import { staleMessage } from './stale-message.js';
import { channelClosed, convertError, type StompitError } from './stompit-error.js';
import type { AckMode } from './subscription.js';

export interface ChannelOptions {
  /** Keeps a connection also while there is nothing to do. Default false. */
  readonly alwaysConnected?: boolean;
  /** Goes on after the broker refused something, instead of failing. Default false. */
  readonly recoverAfterApplicationError?: boolean;
}

export interface ChannelEvents {
  /** There is nothing left to do. */
  idle: [];
  /** The goodbye at the end failed: what was acknowledged last may be offered again. */
  error: [error: StompitError];
}

type ChannelState = 'idle' | 'connecting' | 'connected' | 'closed';

const LEGAL_TRANSITIONS: Readonly<Record<ChannelState, readonly ChannelState[]>> = {
  idle: ['connecting', 'closed'],
  connecting: ['connected', 'idle', 'closed'],
  connected: ['connecting', 'idle', 'closed'],
  closed: [],
};

export class Channel extends EventEmitter<ChannelEvents> {
  readonly #failover: ConnectFailover;
  readonly #options: ChannelOptions;
  readonly #work = new Set<ChannelWork>();
  #state: ChannelState = 'idle';
  #client: Client | undefined;
  #attempt: FailoverAttempt | undefined;
  /** Of a piece of work that was told of it: the client that ends with it is lost like any other. */
  #mistake: Error | undefined;
  #isIdleTold = false;
  #isLocked = false;

  constructor(failover: ConnectFailover, options: ChannelOptions = {}) {
    super();
    this.#failover = failover;
    this.#options = options;
    if (options.alwaysConnected === true) this.#connect();
  }

  /** The callback is told when the broker has confirmed. Until then it is sent again when needed. */
  send(headers: StompitHeaders | string, body: ChannelBody, callback?: FrameCallback): this {
    const own = typeof headers === 'string' ? headers : { ...headers };
    this.take({
      start: (client, complete, fail) => {
        const onReceipt = () => {
          complete();
          callback?.(null);
        };
        writeBody(client.send(own, { onReceipt }), body, fail);
      },
      end: (error) => {
        if (callback) callback(error ?? channelClosed());
        else if (error) process.emitWarning(error);
      },
    });
    return this;
  }

  subscribe(
    headers: StompitHeaders | string,
    onMessage: ChannelMessageCallback,
  ): ChannelSubscription {
    const own = typeof headers === 'string' ? headers : { ...headers };
    return this.#listen(new SubscriptionWork(subscribeWith(own), onMessage, this.#forget));
  }

  setImplicitSubscription(
    id: string | number,
    ack: AckMode | null | undefined,
    onMessage: ChannelMessageCallback,
  ): ChannelSubscription {
    return this.#listen(new SubscriptionWork(listenWith(id, ack), onMessage, this.#forget));
  }

  ack(
    message: MessageLike,
    headers?: StompitHeaders,
    options?: SendOptions,
    callback?: FrameCallback,
  ): void {
    if (this.#client) this.#client.ack(message, headers, options, callback);
    else if (callback) process.nextTick(callback, staleMessage('ACK', message.headers));
  }

  nack(
    message: MessageLike,
    headers?: StompitHeaders,
    options?: SendOptions,
    callback?: FrameCallback,
  ): void {
    if (this.#client) this.#client.nack(message, headers, options, callback);
    else if (callback) process.nextTick(callback, staleMessage('NACK', message.headers));
  }

  begin(headers?: StompitHeaders | string | number): ChannelTransaction {
    return new ChannelTransaction(this, headers);
  }

  /** True when there is nothing left to do. */
  isEmpty(): boolean {
    return this.#work.size === 0;
  }

  /** Keeps the channel from becoming idle. */
  lock(): void {
    this.#isIdleTold = false;
    this.#isLocked = true;
  }

  unlock(): void {
    this.#isLocked = false;
    this.#checkIdle();
  }

  /** Ends everything. Sends that wait are told; subscriptions only if there is an error. */
  close(error?: Error): void {
    if (this.#state === 'closed') return;
    this.#endWork(error);
    this.#leave('closed');
  }

  /** @internal */
  take(work: ChannelWork): void {
    if (this.#state === 'closed') {
      work.end(channelClosed());
      return;
    }
    this.#work.add(work);
    this.#isIdleTold = false;
    if (this.#client) this.#start(work, this.#client);
    else this.#connect();
  }

  #listen(work: SubscriptionWork): ChannelSubscription {
    this.take(work);
    return work;
  }

  #start(work: ChannelWork, client: Client): void {
    const complete = () => this.#forget(work);
    work.start(client, complete, (error) => this.#giveUp(work, client, error));
  }

  /** What fails with its client, and not for a reason of its own, is done again on the next one. */
  #giveUp(work: ChannelWork, client: Client, error: Error): void {
    if (client !== this.#client || !this.#work.has(work)) return;
    this.#mistake = error;
    this.#forget(work);
    work.end(convertError(error));
  }

  readonly #forget = (work: ChannelWork): void => {
    if (this.#work.delete(work)) process.nextTick(() => this.#checkIdle());
  };

  #connect(): void {
    if (this.#state !== 'idle') return;
    this.#transition('connecting');
    this.#attempt = this.#failover.connect((error, client, reconnect) => {
      if (this.#state !== 'connecting') client?.destroy();
      else if (error) this.#fail(error);
      else this.#use(client, reconnect);
    });
  }

  #use(client: Client, reconnect: () => void): void {
    client.on('error', (error) => this.#handleLoss(client, error, reconnect));
    this.#transition('connected');
    this.#client = client;
    for (const work of [...this.#work]) this.#start(work, client);
  }

  #handleLoss(client: Client, error: StompitError, reconnect: () => void): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    const isRefusal = error.isApplicationError();
    const isMistaken = error.cause instanceof OptionsError && error.cause !== this.#mistake;
    if (isMistaken || (isRefusal && this.#options.recoverAfterApplicationError !== true)) {
      this.#fail(error);
      return;
    }
    this.#transition('connecting');
    reconnect();
  }

  /** The channel can be used again, but what it had to do has ended. */
  #fail(error: Error): void {
    this.#transition('idle');
    this.#client = undefined;
    this.#endWork(error);
  }

  #endWork(error: Error | undefined): void {
    const all = [...this.#work];
    this.#work.clear();
    for (const work of all) work.end(error);
  }

  #checkIdle(): void {
    const isBusy = this.#isLocked || this.#work.size > 0;
    if (isBusy || this.#isIdleTold || this.#state === 'closed') return;
    this.#isIdleTold = true;
    this.emit('idle');
    const isStillIdle = this.#work.size === 0 && this.#options.alwaysConnected !== true;
    if (isStillIdle && this.#state !== 'idle') this.#leave('idle');
  }

  #leave(to: 'idle' | 'closed'): void {
    const client = this.#client;
    this.#client = undefined;
    if (this.#state === 'connecting') this.#attempt?.abort();
    if (this.#state !== to) this.#transition(to);
    client?.disconnect((error) => {
      if (!error) return;
      if (this.listenerCount('error') > 0) this.emit('error', error);
      else process.emitWarning(error);
    });
  }

  #transition(to: ChannelState): void {
    if (!LEGAL_TRANSITIONS[this.#state].includes(to)) {
      throw new Error(`Channel: ${this.#state} cannot become ${to}`);
    }
    this.#state = to;
  }
}
