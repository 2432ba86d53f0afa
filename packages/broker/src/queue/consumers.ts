/**
 * Who takes messages from a queue, and whose turn it is.
 *
 * - A higher priority gets everything as long as one of that priority has credit; among equals it goes
 *   round, message by message.
 * - When one of them is exclusive, it alone gets messages: the one of the highest priority, then the one
 *   that came first. The others stand by.
 */
import { strict as assert } from 'node:assert';
import type { Subscription } from '../subscription.js';
import { Cursor } from './cursor.js';
import type { Lane } from './lane.js';

export class Consumer {
  readonly subscription: Subscription;
  readonly #cursors = new Map<Lane, Cursor>();
  /** The dispatch in which it was found that nothing waits for it. */
  servedInDispatch = 0;

  constructor(subscription: Subscription) {
    this.subscription = subscription;
  }

  cursorIn(lane: Lane): Cursor {
    let cursor = this.#cursors.get(lane);
    if (cursor === undefined) {
      cursor = new Cursor();
      this.#cursors.set(lane, cursor);
    }
    return cursor;
  }

  /** What waits in a lane from this position on may be for it. */
  setBack(lane: Lane, position: number): void {
    this.#cursors.get(lane)?.setBackTo(position);
  }
}

export class Consumers {
  /** Highest priority first, then in the order they came. */
  #all: Consumer[] = [];
  #exclusive: Consumer | undefined;
  /** Where the next round among equals starts. */
  #turn = 0;
  /** Whom `next` has found last. */
  #found = 0;

  get count(): number {
    return this.#all.length;
  }

  [Symbol.iterator](): Iterator<Consumer> {
    return this.#all[Symbol.iterator]();
  }

  add(subscription: Subscription): Consumer {
    const consumer = new Consumer(subscription);
    const { priority } = subscription.options;
    const after = this.#all.findIndex((other) => other.subscription.options.priority < priority);
    if (after === -1) this.#all.push(consumer);
    else this.#all.splice(after, 0, consumer);
    this.#chooseExclusive();
    return consumer;
  }

  remove(subscription: Subscription): Consumer {
    const index = this.#all.findIndex((consumer) => consumer.subscription === subscription);
    const [consumer] = this.#all.splice(index, 1);
    assert(index !== -1 && consumer, 'not a consumer of this queue');
    if (index < this.#turn) this.#turn -= 1;
    this.#chooseExclusive();
    return consumer;
  }

  /**
   * Whose turn it is: it has credit, and was not found to want nothing in this dispatch. Turns go on only
   * by `served`.
   */
  next(dispatch: number): Consumer | undefined {
    if (this.#exclusive) return canTake(this.#exclusive, dispatch) ? this.#exclusive : undefined;
    const count = this.#all.length;
    if (count === 0) return undefined;
    if (count === 1) return canTake(this.#all[0] as Consumer, dispatch) ? this.#all[0] : undefined;
    let found: Consumer | undefined;
    let foundAt = 0;
    for (let tried = 0; tried < count; tried++) {
      const index = (this.#turn + tried) % count;
      const consumer = this.#all[index] as Consumer;
      if (!canTake(consumer, dispatch)) continue;
      if (found === undefined || isBefore(consumer, found)) {
        found = consumer;
        foundAt = index;
      }
      // Nobody comes before the first of the list.
      if (!isBefore(this.#all[0] as Consumer, found)) break;
    }
    this.#found = foundAt;
    return found;
  }

  /** The one whose turn it was has got a message. */
  served(): void {
    this.#turn = (this.#found + 1) % Math.max(1, this.#all.length);
  }

  #chooseExclusive(): void {
    this.#exclusive = this.#all.find(({ subscription }) => subscription.options.isExclusive);
  }
}

function canTake(consumer: Consumer, dispatch: number): boolean {
  return consumer.servedInDispatch !== dispatch && consumer.subscription.hasCredit;
}

function isBefore(one: Consumer, other: Consumer): boolean {
  return one.subscription.options.priority > other.subscription.options.priority;
}
