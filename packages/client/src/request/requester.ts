/**
 * Requests over a connection: all of them share one reply queue and are told apart by correlation
 * id.
 *
 *   open ──close()──▶ closed
 *
 * - Every request ends, with replies or with an error that says whether it may have been handled.
 * - A reply that nobody waits for is counted and reported, never dropped without a word.
 * - After a loss the reply queue is empty and new at the broker: what waited for a reply is rejected, or
 *   sent again where that was asked for.
 */
import { nextTurn } from '../clock.js';
import { ConnectionError } from '../errors.js';
import type { Message } from '../message.js';
import { bytesOf } from '../send-request.js';
import type { ConnectionStatus } from '../status.js';
import { warn } from '../status-feed.js';
import { isTraced, trace, traceOrigin } from '../trace/tracing.js';
import { Exchange, type ReplySink } from './exchange.js';
import { Exchanges } from './exchanges.js';
import { ReplyCollector } from './reply-collector.js';
import { ReplyInbox } from './reply-inbox.js';
import { RequestError } from './request-error.js';
import {
  checkRepeatable,
  type RequestBody,
  type RequestConnection,
  type RequesterOptions,
  type RequestManyOptions,
  type RequestOptions,
  type ResolvedRequest,
  type ResolvedRequester,
  resolveRequest,
  resolveRequester,
  resolveRequestMany,
} from './request-options.js';

export interface Requester extends AsyncDisposable {
  /** Requests that wait for their replies. */
  readonly pendingRequests: number;
  /** Replies so far that no request waited for. */
  readonly unclaimedReplies: number;
  /**
   * Sends a request; resolves with its reply.
   *
   * @throws STOMP_REQUEST_TIMEOUT no reply came in time; the request may have been handled
   * @throws STOMP_REQUEST_LOST the connection was lost meanwhile; the request may have been handled
   * @throws STOMP_REQUEST_FAILED the responder answered with an error
   * @throws STOMP_REQUEST_CLOSED the requester was closed
   * @throws what `send` and `subscribe` throw, and the reason of the signal
   */
  request(destination: string, body: RequestBody, options?: RequestOptions): Promise<Message>;
  /**
   * Sends a request when the loop begins, and gives its replies as they come. It ends with
   * `maxReplies`, with the reply that `isLast` names, when no further one comes for
   * `idleTimeoutMs`, or after `timeoutMs`; leaving the loop ends it, too. Fails like `request`; out
   * of time also when `isLast` has not seen the last reply, or when there was none.
   */
  requestMany(
    destination: string,
    body: RequestBody,
    options?: RequestManyOptions,
  ): AsyncIterable<Message>;
  /** Rejects what still waits, and gives the reply queue up. The connection stays open. */
  close(): Promise<void>;
}

/** Makes a requester. Its reply queue is opened by the first request. */
export function requester(
  connection: RequestConnection,
  options: RequesterOptions = {},
): Requester {
  return new StompRequester(connection, resolveRequester(options, connection));
}

class StompRequester implements Requester {
  readonly #connection: RequestConnection;
  readonly #options: ResolvedRequester;
  readonly #inbox: ReplyInbox;
  readonly #exchanges = new Exchanges();
  readonly #stopListening: () => void;
  #state: 'open' | 'closed' = 'open';
  #unclaimedReplies = 0;

  constructor(connection: RequestConnection, options: ResolvedRequester) {
    this.#connection = connection;
    this.#options = options;
    this.#inbox = new ReplyInbox(connection, options, (message) => this.#handleReply(message));
    this.#stopListening = connection.onStatus((status) => this.#handleStatus(status));
  }

  get pendingRequests(): number {
    return this.#exchanges.size;
  }

  get unclaimedReplies(): number {
    return this.#unclaimedReplies;
  }

  async request(
    destination: string,
    body: RequestBody,
    options: RequestOptions = {},
  ): Promise<Message> {
    const resolved = resolveRequest(options, this.#options.timeoutMs);
    checkRepeatable(body, resolved);
    return new Promise<Message>((resolve, reject) => {
      const exchange = this.#begin(destination, body, resolved, {
        take: (message) => {
          exchange.end();
          resolve(message);
        },
        fail: (error) => {
          reject(error);
          return true;
        },
      });
    });
  }

  requestMany(
    destination: string,
    body: RequestBody,
    options: RequestManyOptions = {},
  ): AsyncIterable<Message> {
    const resolved = resolveRequestMany(options, this.#options.timeoutMs);
    checkRepeatable(body, resolved);
    const begin = () => {
      const collector = new ReplyCollector(resolved, this.#options.clock);
      collector.exchange = this.#begin(destination, body, resolved, collector);
      return collector;
    };
    return {
      async *[Symbol.asyncIterator]() {
        const collector = begin();
        try {
          for (;;) {
            const next = await collector.next();
            if (next.done === true) return;
            yield next.value;
          }
        } finally {
          collector.end();
        }
      },
    };
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopListening();
    for (const exchange of this.#exchanges.in('preparing', 'sending', 'waiting', 'unsent')) {
      exchange.fail(RequestError.of('STOMP_REQUEST_CLOSED', [exchange.destination]));
    }
    await this.#inbox.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(
    destination: string,
    body: RequestBody,
    options: ResolvedRequest,
    sink: ReplySink,
  ): Exchange {
    if (this.#state === 'closed') throw RequestError.of('STOMP_REQUEST_CLOSED', [destination]);
    options.signal?.throwIfAborted();
    const correlationId = this.#options.newId();
    const exchange = new Exchange({ correlationId, destination, body, options }, sink, {
      clock: this.#options.clock,
      onEnd: (ended) => this.#exchanges.remove(ended),
    });
    this.#exchanges.add(exchange);
    this.#start(exchange);
    return exchange;
  }

  #start(exchange: Exchange): void {
    if (!isTraced('request')) {
      void this.#send(exchange);
      return;
    }
    const { correlationId, destination, body } = exchange;
    const { peer, profile } = this.#connection;
    const origin = traceOrigin(peer, profile.name);
    const context = { ...origin, destination, bodyBytes: bytesOf(body), correlationId };
    trace('request', context, () => {
      const outcome = exchange.outcome();
      void this.#send(exchange);
      return outcome;
    }).catch(() => {
      // Its sink has told whoever asked.
    });
  }

  /** Never rejects: what goes wrong is the outcome of the exchange. */
  async #send(exchange: Exchange): Promise<void> {
    const { correlationId, destination, body, options } = exchange;
    try {
      const { replyTo } = await this.#inbox.open();
      if (exchange.state === 'ended') return;
      exchange.move('sending');
      await this.#connection.send(destination, body, {
        ...options.send,
        headers: {
          ...options.send.headers,
          'reply-to': replyTo,
          'correlation-id': correlationId,
        },
        // A repetition by the connection would be taken for the first one, whose reply goes
        // nowhere.
        resend: false,
        // The exchange's own time began before, so it ends before.
        timeoutMs: options.timeoutMs,
        signal: exchange.abandoned,
      });
      if (exchange.state === 'sending') exchange.move('waiting');
    } catch (error) {
      if (error instanceof ConnectionError && error.code === 'STOMP_NET_MAYBE_DELIVERED') {
        this.#handleLostSend(exchange, error);
      } else exchange.fail(error);
    }
  }

  /** The connection was lost before the broker confirmed. */
  #handleLostSend(exchange: Exchange, error: Error): void {
    const { state } = this.#connection;
    const mayRepeat = exchange.options.mayRepeat && state !== 'closing' && state !== 'closed';
    if (!mayRepeat || exchange.state !== 'sending') {
      exchange.lose(error);
      return;
    }
    exchange.move('unsent');
    if (state === 'connected') void this.#send(exchange);
  }

  #handleReply(message: Message): void {
    const correlationId = message.headers.get('correlation-id');
    const exchange = this.#exchanges.get(correlationId);
    if (exchange) {
      exchange.take(message);
      return;
    }
    this.#unclaimedReplies++;
    const isLate = this.#exchanges.hasEnded(correlationId);
    const { onStatus } = this.#options;
    if (onStatus) onStatus({ type: 'unclaimed-reply', correlationId, isLate, message });
    else if (this.#unclaimedReplies === 1) {
      const kind = isLate ? 'came too late' : 'was never asked for';
      warn(`A reply ${kind} and was discarded; the requester's onStatus tells of each of them`);
    }
  }

  #handleStatus(status: ConnectionStatus): void {
    switch (status.type) {
      case 'reconnecting':
        this.#handleLoss(status.error);
        break;
      case 'connected':
        for (const exchange of this.#exchanges.in('unsent')) void this.#send(exchange);
        break;
      case 'subscription-refused':
        this.#handleRefusal(status.subscriptionId, status.error);
        break;
      case 'closed':
        for (const exchange of this.#exchanges.in('waiting', 'unsent')) {
          exchange.lose(status.error);
        }
        break;
      default:
    }
  }

  /** What was confirmed before the loss waits for a reply that has no way back any more. */
  #handleLoss(error: Error): void {
    const before = this.#exchanges.in('sending', 'waiting');
    // By then whoever was confirmed has heard of it; what is still sending, the connection sends.
    nextTurn(() => {
      for (const exchange of before) {
        if (exchange.state !== 'waiting') continue;
        if (exchange.options.mayRepeat) exchange.move('unsent');
        else exchange.lose(error);
      }
    });
  }

  #handleRefusal(subscriptionId: string, error: Error): void {
    if (!this.#inbox.forget(subscriptionId)) return;
    this.#options.onStatus?.({ type: 'reply-queue-refused', error });
    // Whatever was sent names a queue that nobody reads.
    for (const exchange of this.#exchanges.in('sending', 'waiting')) exchange.lose(error);
  }
}
