/**
 * One `for await` loop over a subscription: gives it message after message, and ends the
 * subscription when the loop is left. A turn, from a message until the loop asks for the next one
 * or is left, is traced if somebody listens as the loop asks for its message.
 */
import type { MessageCursor } from './message-sink.js';
import type { ReceivedMessage } from './received-message.js';
import { beginTurn } from './trace/received.js';
import { isTraced } from './trace/tracing.js';

type Result = IteratorResult<ReceivedMessage, undefined>;

export interface LoopOwner {
  readonly id: string;
  /** The loop was left. */
  handleLeave(): Promise<void>;
}

export class MessageLoop implements AsyncIterator<ReceivedMessage, undefined> {
  readonly #cursor: MessageCursor<ReceivedMessage>;
  readonly #owner: LoopOwner;
  #endTurn: (() => void) | undefined;

  constructor(cursor: MessageCursor<ReceivedMessage>, owner: LoopOwner) {
    this.#cursor = cursor;
    this.#owner = owner;
  }

  next(): Promise<Result> {
    this.#finishTurn();
    const next = this.#cursor.next();
    if (!isTraced('receive')) return next;
    return next.then(this.#startTurn.bind(this));
  }

  async return(): Promise<Result> {
    this.#finishTurn();
    this.#cursor.leave();
    await this.#owner.handleLeave();
    return { value: undefined, done: true };
  }

  #startTurn(result: Result): Result {
    // Whoever asks twice without waiting has had a turn meanwhile.
    this.#finishTurn();
    if (result.done !== true) this.#endTurn = beginTurn(result.value, this.#owner.id);
    return result;
  }

  #finishTurn(): void {
    this.#endTurn?.();
    this.#endTurn = undefined;
  }
}
