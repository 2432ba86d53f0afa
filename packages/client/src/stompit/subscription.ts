/**
 * Hands messages of one subscription to its callback, one after the other: the next one when the
 * body of the one before has been read to its end, or destroyed. An unread body thus holds up its
 * own subscription, and no other.
 *
 *   active ──unsubscribe()──▶ ended          active ──the connection ends──▶ ended
 *
 * Callbacks run in a tick of their own, so what they throw is an uncaught exception, not ours.
 */
import type { StompitHeaders } from './frame-headers.js';
import type { IncomingMessage } from './incoming-message.js';

export type AckMode = 'auto' | 'client' | 'client-individual';

export type MessageCallback = (
  this: Subscription,
  error: Error | null,
  message: IncomingMessage,
  subscription: Subscription,
) => void;

/**
 * The same callback at the end, when it has no message. Its public type says otherwise, as that of
 * stompit's users does, who ask for the error first.
 */
type EndCallback = (
  this: Subscription,
  error: Error,
  message: undefined,
  subscription: Subscription,
) => void;

export class Subscription {
  readonly ack: AckMode;
  readonly #id: string | number;
  readonly #callback: MessageCallback;
  readonly #leave: (headers: StompitHeaders | undefined) => void;
  readonly #waiting: IncomingMessage[] = [];
  /** The message that is being read. */
  #current: IncomingMessage | undefined;
  /** The same, until its callback has been called. */
  #announced: IncomingMessage | undefined;
  #state: 'active' | 'ended' = 'active';

  /** @param leave tells the broker that it ends */
  constructor(
    id: string | number,
    ack: AckMode,
    callback: MessageCallback,
    leave: (headers: StompitHeaders | undefined) => void,
  ) {
    this.#id = id;
    this.ack = ack;
    this.#callback = callback;
    this.#leave = leave;
  }

  getId(): string | number {
    return this.#id;
  }

  /**
   * Ends it; its callback is not called again. Messages under way come again, to anybody; with ack
   * mode auto they are settled, and gone.
   */
  unsubscribe(headers?: StompitHeaders): void {
    if (this.#state === 'ended') return;
    this.#stop();
    this.#leave(headers);
  }

  /** @internal */
  take(message: IncomingMessage): void {
    if (this.#state === 'ended') return;
    this.#waiting.push(message);
    this.#next();
  }

  /**
   * The connection is about to end. What the broker will offer again is forgotten.
   * @internal
   */
  stopIntake(): void {
    if (this.ack !== 'auto') this.#stop();
  }

  /**
   * The connection has ended. What the broker holds for settled is handed over at once: nobody will
   * offer it again.
   * @returns whether its callback was told of the error
   * @internal
   */
  end(error: Error | undefined): boolean {
    if (this.#state === 'ended') return false;
    const rest = this.#announced ? [this.#announced, ...this.#waiting] : [...this.#waiting];
    this.#stop();
    if (this.ack === 'auto') for (const message of rest) this.#handOver(message);
    if (error === undefined) return false;
    (this.#callback as unknown as EndCallback).call(this, error, undefined, this);
    return true;
  }

  #stop(): void {
    this.#state = 'ended';
    this.#announced = undefined;
    this.#waiting.length = 0;
  }

  #handOver(message: IncomingMessage): void {
    this.#callback.call(this, null, message, this);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const message = this.#waiting.shift();
    if (message === undefined) return;
    this.#current = message;
    this.#announced = message;
    const release = () => {
      if (this.#current !== message) return;
      this.#current = undefined;
      // After those who wait for the end of this body, who may unsubscribe.
      process.nextTick(() => this.#next());
    };
    message.once('end', release).once('close', release);
    process.nextTick(() => {
      if (this.#announced !== message) return;
      this.#announced = undefined;
      this.#handOver(message);
    });
  }
}
