/** Gathers the replies to one request and decides, as they arrive, which one is the last. */
import { AsyncBuffer } from '../async-buffer.js';
import type { Clock } from '../clock.js';
import type { Message } from '../message.js';
import type { Exchange, ReplySink } from './exchange.js';
import { RequestError } from './request-error.js';
import type { ResolvedRequestMany } from './request-options.js';

export class ReplyCollector implements ReplySink {
  /** Set as soon as the request is made, before any reply can come. */
  exchange: Exchange | undefined;
  readonly #options: ResolvedRequestMany;
  readonly #clock: Clock;
  readonly #buffer = new AsyncBuffer<Message>();
  #count = 0;
  #stopIdleTimer = () => {};

  constructor(options: ResolvedRequestMany, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    return this.#buffer.next();
  }

  take(message: Message): void {
    this.#stopIdleTimer();
    this.#buffer.push(message);
    this.#count++;
    let isLast: boolean;
    try {
      isLast = this.#options.isLast?.(message) ?? false;
    } catch (error) {
      this.exchange?.fail(error);
      return;
    }
    if (isLast || this.#count >= this.#options.maxReplies) this.end();
    else this.#startIdleTimer();
  }

  /**
   * Running out of time is how a request ends whose replies nobody can count; it is a failure only
   * where the end is known (`isLast`), or where nobody answered at all.
   */
  fail(error: unknown): boolean {
    this.#stopIdleTimer();
    const isTimeout = error instanceof RequestError && error.code === 'STOMP_REQUEST_TIMEOUT';
    const isComplete = this.#count > 0 && this.#options.isLast === undefined;
    const isFailure = !(isTimeout && isComplete);
    if (isFailure) this.#buffer.fail(error);
    else this.#buffer.end();
    return isFailure;
  }

  end(): void {
    this.#stopIdleTimer();
    this.exchange?.end();
    this.#buffer.end();
  }

  #startIdleTimer(): void {
    const { idleTimeoutMs, isLast } = this.#options;
    const { exchange } = this;
    if (idleTimeoutMs === undefined || exchange === undefined) return;
    this.#stopIdleTimer = this.#clock.setTimer(() => {
      if (isLast === undefined) this.end();
      else {
        const values: [string, number] = [exchange.destination, idleTimeoutMs];
        exchange.fail(RequestError.of('STOMP_REQUEST_TIMEOUT', values));
      }
    }, idleTimeoutMs);
  }
}
