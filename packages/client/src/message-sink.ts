/**
 * Where the messages of a subscription go: to a handler, or into a buffer that is iterated.
 *
 * Neither knows the wire. Both can be asked whether the application is still busy with something.
 */
import { AsyncBuffer } from './async-buffer.js';
import type { Message } from './message.js';

export interface MessageSink {
  take(message: Message): void;
  /** Forgets what nobody has taken yet; returns how many messages that were. */
  clear(): number;
  /** No message will follow; with an error if the connection is gone for good. */
  end(error?: Error): void;
  /** Handlers that have not finished. */
  readonly runningCount: number;
  /** Resolves when no handler runs. */
  whenIdle(): Promise<void>;
}

export type MessageHandler = (message: Message) => void | Promise<void>;

/**
 * Calls a handler for each message at once; how many run at the same time is up to the prefetch.
 * A handler that returns nothing costs neither a promise nor a closure.
 */
export class HandlerSink implements MessageSink {
  readonly #handler: MessageHandler;
  readonly #reportFailure: (error: unknown, message: Message) => void;
  #runningCount = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(handler: MessageHandler, reportFailure: (error: unknown, message: Message) => void) {
    this.#handler = handler;
    this.#reportFailure = reportFailure;
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  take(message: Message): void {
    try {
      const result = this.#handler(message);
      if (isThenable(result)) this.#follow(result, message);
    } catch (error) {
      this.#reportFailure(error, message);
    }
  }

  clear(): number {
    return 0;
  }

  end(): void {}

  whenIdle(): Promise<void> {
    if (this.#runningCount === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #follow(result: PromiseLike<void>, message: Message): void {
    this.#runningCount++;
    result.then(
      () => this.#finish(),
      (error: unknown) => {
        this.#reportFailure(error, message);
        this.#finish();
      },
    );
  }

  #finish(): void {
    this.#runningCount--;
    if (this.#runningCount > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** From here on a buffer is worth a warning; each doubling is worth another one. */
const SLOW_AT_MESSAGES = 1000;

/**
 * Keeps messages until a `for await` loop asks. What bounds the buffer is the prefetch, in ack mode
 * auto nothing: then the lag is at least reported.
 */
export class BufferSink implements MessageSink {
  readonly runningCount = 0;
  readonly buffer = new AsyncBuffer<Message>();
  readonly #reportLag: (waitingMessages: number) => void;
  #reportAt = SLOW_AT_MESSAGES;

  constructor(reportLag: (waitingMessages: number) => void) {
    this.#reportLag = reportLag;
  }

  take(message: Message): void {
    this.buffer.push(message);
    const { size } = this.buffer;
    if (size === 0) this.#reportAt = SLOW_AT_MESSAGES;
    if (size < this.#reportAt) return;
    this.#reportAt *= 2;
    this.#reportLag(size);
  }

  clear(): number {
    return this.buffer.clear();
  }

  end(error?: Error): void {
    if (error) this.buffer.fail(error);
    else this.buffer.end();
  }

  whenIdle(): Promise<void> {
    return Promise.resolve();
  }
}
