/**
 * One request and whoever waits for what it brings.
 *
 *   preparing ──▶ sending ──RECEIPT──▶ waiting
 *                 ▲     └──loss, may repeat──┤
 *                 └──connected again── unsent ◀┘      and from each of them ──▶ ended
 *
 * It ends once: by its last reply, its time, its signal, a loss or an error. What it waited for
 * afterwards is ignored, because whoever asked has been told.
 */
import { type Clock, nextTurn } from '../clock.js';
import { TimeoutError } from '../errors.js';
import type { Message } from '../message.js';
import { RequestError } from './request-error.js';
import type { RequestBody, ResolvedRequest } from './request-options.js';

export type ExchangeState = 'preparing' | 'sending' | 'waiting' | 'unsent' | 'ended';

const TRANSITIONS: Readonly<Record<ExchangeState, readonly ExchangeState[]>> = {
  preparing: ['sending', 'ended'],
  sending: ['waiting', 'unsent', 'ended'],
  waiting: ['unsent', 'ended'],
  unsent: ['sending', 'ended'],
  ended: [],
};

/** Whoever waits. */
export interface ReplySink {
  take(message: Message): void;
  /** @returns false when it ends in order all the same */
  fail(error: unknown): boolean;
}

export interface ExchangeContext {
  readonly clock: Clock;
  /** Called once, when it ends. */
  readonly onEnd: (exchange: Exchange) => void;
}

export class Exchange {
  readonly correlationId: string;
  readonly destination: string;
  readonly body: RequestBody;
  readonly options: ResolvedRequest;
  readonly #sink: ReplySink;
  readonly #context: ExchangeContext;
  readonly #abandoned = new AbortController();
  readonly #cancelTimer: () => void;
  #state: ExchangeState = 'preparing';
  #resolve: (() => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(
    request: Pick<Exchange, 'correlationId' | 'destination' | 'body' | 'options'>,
    sink: ReplySink,
    context: ExchangeContext,
  ) {
    this.correlationId = request.correlationId;
    this.destination = request.destination;
    this.body = request.body;
    this.options = request.options;
    this.#sink = sink;
    this.#context = context;
    const { timeoutMs, signal } = this.options;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#cancelTimer = context.clock.setTimer(() => {
      // A late timer must not win over a reply that lies in the socket.
      nextTurn(() => this.fail(this.#timeout(timeoutMs)));
    }, timeoutMs);
  }

  get state(): ExchangeState {
    return this.#state;
  }

  /** Aborted when nobody waits any more, so that what was not written is not sent. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** How it ends, beside what the sink is told. Asked for at most once, and only for traces. */
  outcome(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  move(to: ExchangeState): void {
    if (!TRANSITIONS[this.#state].includes(to)) {
      throw new Error(`A request cannot go from ${this.#state} to ${to}: this is a bug`);
    }
    this.#state = to;
  }

  take(message: Message): void {
    const reason = message.headers.get('x-reply-error');
    if (reason === undefined) {
      this.#sink.take(message);
      return;
    }
    const remoteCode = message.headers.get('x-reply-error-code');
    const details = { reply: message, remoteCode };
    this.fail(RequestError.of('STOMP_REQUEST_FAILED', [this.destination, reason], details));
  }

  fail(error: unknown): void {
    if (this.#state === 'ended') return;
    this.#finish();
    this.#abandoned.abort(error);
    if (this.#sink.fail(error)) this.#reject?.(error);
    else this.#resolve?.();
  }

  /** The connection is gone, and with it the way back. */
  lose(cause: unknown): void {
    this.fail(RequestError.of('STOMP_REQUEST_LOST', [this.destination], { cause }));
  }

  end(): void {
    if (this.#state === 'ended') return;
    this.#finish();
    this.#resolve?.();
  }

  #finish(): void {
    this.move('ended');
    this.#cancelTimer();
    this.options.signal?.removeEventListener('abort', this.#onAbort);
    this.#context.onEnd(this);
  }

  readonly #onAbort = (): void => this.fail(this.options.signal?.reason);

  #timeout(timeoutMs: number): Error {
    const { destination } = this;
    return this.#state === 'preparing'
      ? TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', [`The request to ${destination}`, timeoutMs])
      : RequestError.of('STOMP_REQUEST_TIMEOUT', [destination, timeoutMs]);
  }
}
