/**
 * Where the messages of a subscription go: to a handler, or into a buffer that is iterated.
 *
 * Neither knows the wire. Both tell their owner when the application gets a message and when it is
 * done with it, and can be asked whether it is still busy with something.
 */
import { AsyncBuffer } from './async-buffer.js';
import type { Message } from './message.js';

export interface MessageSink<M extends Message = Message> {
  take(message: M): void;
  /** Forgets what nobody has got yet; returns how many messages that were. */
  clear(): number;
  /** No message will follow; with an error if the connection is gone for good. */
  end(error?: Error): void;
  /** Handlers that have not finished. */
  readonly runningCount: number;
  /** Messages that nobody has got yet. */
  readonly waitingCount: number;
  /** Resolves when no handler runs and none will without further messages. */
  whenIdle(): Promise<void>;
}

export interface SinkOwner<M> {
  /** The application gets it now. */
  handleTaken(message: M): void;
  /** The handler has finished, or the loop asks for the next one. */
  handleDone(message: M): void;
  handleFailure(error: unknown, message: M): void;
  /** The loop was left while it had it. */
  handleLeft(message: M): void;
  /** Nobody will get it. */
  handleForgotten(message: M): void;
  /** So many wait that it is worth a warning. */
  handleLag(waitingMessages: number): void;
}

/** One loop over a buffer. */
export interface MessageCursor<M> {
  next(): Promise<IteratorResult<M, undefined>>;
  /** It asks for no more. */
  leave(): void;
}

export type MessageHandler<T = unknown> = (message: Message<T>) => void | Promise<void>;

/** From here on waiting messages are worth a warning; each doubling is worth another one. */
const SLOW_AT_MESSAGES = 1000;

class LagWatch {
  readonly #report: (waitingMessages: number) => void;
  #reportAt = SLOW_AT_MESSAGES;

  constructor(report: (waitingMessages: number) => void) {
    this.#report = report;
  }

  note(waitingMessages: number): void {
    if (waitingMessages === 0) this.#reportAt = SLOW_AT_MESSAGES;
    if (waitingMessages < this.#reportAt) return;
    this.#reportAt *= 2;
    this.#report(waitingMessages);
  }
}

/**
 * Calls a handler for each message, so many at the same time and the others in order afterwards. A
 * handler that returns nothing costs neither a promise nor a closure.
 */
export class HandlerSink<M extends Message> implements MessageSink<M> {
  readonly #handler: (message: M) => void | Promise<void>;
  readonly #concurrency: number;
  readonly #owner: SinkOwner<M>;
  readonly #lag: LagWatch;
  readonly #waiting = new AsyncBuffer<M>();
  #runningCount = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(
    handler: (message: M) => void | Promise<void>,
    concurrency: number,
    owner: SinkOwner<M>,
  ) {
    this.#handler = handler;
    this.#concurrency = concurrency;
    this.#owner = owner;
    this.#lag = new LagWatch((count) => owner.handleLag(count));
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  take(message: M): void {
    if (this.#runningCount < this.#concurrency) {
      this.#run(message);
      return;
    }
    this.#waiting.push(message);
    this.#lag.note(this.#waiting.size);
  }

  clear(): number {
    const count = this.#waiting.clear((message) => this.#owner.handleForgotten(message));
    if (this.#runningCount === 0) this.#releaseIdle();
    return count;
  }

  /** What waits is still handled: in ack mode auto it is settled already. */
  end(): void {}

  whenIdle(): Promise<void> {
    if (this.#runningCount === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #run(message: M): void {
    this.#owner.handleTaken(message);
    try {
      const result = this.#handler(message);
      if (isThenable(result)) this.#follow(result, message);
      else this.#owner.handleDone(message);
    } catch (error) {
      this.#owner.handleFailure(error, message);
    }
  }

  #follow(result: PromiseLike<void>, message: M): void {
    this.#runningCount++;
    result.then(
      () => {
        this.#owner.handleDone(message);
        this.#finish();
      },
      (error: unknown) => {
        this.#owner.handleFailure(error, message);
        this.#finish();
      },
    );
  }

  #finish(): void {
    this.#runningCount--;
    while (this.#runningCount < this.#concurrency) {
      const next = this.#waiting.takeNow();
      if (next === undefined) break;
      this.#run(next);
    }
    if (this.#runningCount === 0) this.#releaseIdle();
  }

  #releaseIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/**
 * Keeps messages until a `for await` loop asks. What bounds the buffer is the prefetch, in ack mode
 * auto without one nothing: then the lag is at least reported.
 */
export class BufferSink<M extends Message> implements MessageSink<M> {
  /** Loops that have a message which they are not done with. */
  #runningCount = 0;
  #idleWaiters: (() => void)[] = [];
  readonly #buffer: AsyncBuffer<M>;
  readonly #owner: SinkOwner<M>;
  readonly #lag: LagWatch;

  constructor(owner: SinkOwner<M>) {
    this.#owner = owner;
    this.#buffer = new AsyncBuffer((message) => owner.handleTaken(message));
    this.#lag = new LagWatch((count) => owner.handleLag(count));
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get waitingCount(): number {
    return this.#buffer.size;
  }

  take(message: M): void {
    this.#buffer.push(message);
    this.#lag.note(this.#buffer.size);
  }

  clear(): number {
    return this.#buffer.clear((message) => this.#owner.handleForgotten(message));
  }

  end(error?: Error): void {
    if (error) this.#buffer.fail(error);
    else this.#buffer.end();
  }

  whenIdle(): Promise<void> {
    if (this.#runningCount === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** A loop that only takes. */
  get cursor(): MessageCursor<M> {
    return { next: () => this.#buffer.next(), leave: () => {} };
  }

  /**
   * A loop whose asking for the next message says that the one before is done.
   * @param isAwaited whether the sink is busy until then
   */
  followingCursor(isAwaited: boolean): MessageCursor<M> {
    let current: M | undefined;
    const release = (tell: (message: M) => void) => {
      const message = current;
      if (message === undefined) return;
      current = undefined;
      tell(message);
      if (isAwaited) this.#countRunning(-1);
    };
    return {
      next: async () => {
        release((message) => this.#owner.handleDone(message));
        const next = await this.#buffer.next();
        current = next.value;
        if (isAwaited && current !== undefined) this.#countRunning(1);
        return next;
      },
      leave: () => release((message) => this.#owner.handleLeft(message)),
    };
  }

  #countRunning(change: number): void {
    this.#runningCount += change;
    if (this.#runningCount > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
