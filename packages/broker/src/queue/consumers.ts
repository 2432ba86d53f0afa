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
import type { Cursor } from './cursor.js';
import type { Lane, Steps } from './lane.js';

export class Consumer implements Steps {
  readonly subscription: Subscription;
  readonly #cursors = new Map<Lane, Cursor>();
  /** The dispatch for which `left` says how many messages it may still look at. */
  dispatch = 0;
  left = 0;
  /** It has not come to the end of what it may want, and goes on in another turn. */
  state: 'ready' | 'looking' = 'ready';
  /** The round in which it was found that nothing waits for it. */
  passedInRound = 0;

  constructor(subscription: Subscription) {
    this.subscription = subscription;
  }

  /** True: it wants every message, so what is not for it is for no other such one. */
  get wantsAll(): boolean {
    return this.subscription.options.selector === undefined;
  }

  cursorIn(lane: Lane): Cursor {
    let cursor = this.#cursors.get(lane);
    if (cursor === undefined) {
      cursor = lane.cursor();
      this.#cursors.set(lane, cursor);
    }
    return cursor;
  }

  /** Where it has looked in a lane, if it had to. */
  cursorOf(lane: Lane): Cursor | undefined {
    return this.#cursors.get(lane);
  }

  leave(): void {
    for (const cursor of this.#cursors.values()) cursor.leave();
    this.#cursors.clear();
  }
}

/** Consumers of the same priority. */
interface Level {
  readonly priority: number;
  readonly consumers: Consumer[];
  /** Who is asked first. */
  turn: number;
  /** How many were asked in this round since the last one that got something. */
  asked: number;
}

export class Consumers {
  /** Highest priority first. */
  readonly #levels: Level[] = [];
  #count = 0;
  #exclusive: Consumer | undefined;
  #round = 0;
  /** The round in which it was found that nothing waits for those who want everything. */
  #allPassedInRound = 0;
  /** Those that go on to look for what they want in another turn. */
  #looking: Consumer[] = [];
  /** Where `next` has found somebody last. */
  #found: Level | undefined;
  #foundIndex = 0;

  get count(): number {
    return this.#count;
  }

  *[Symbol.iterator](): Iterator<Consumer> {
    for (const { consumers } of this.#levels) yield* consumers;
  }

  add(subscription: Subscription): Consumer {
    const consumer = new Consumer(subscription);
    this.#levelOf(subscription.options.priority).consumers.push(consumer);
    this.#count += 1;
    this.#chooseExclusive();
    return consumer;
  }

  remove(consumer: Consumer): void {
    const { priority } = consumer.subscription.options;
    const level = this.#levels.find((other) => other.priority === priority);
    const index = level?.consumers.indexOf(consumer) ?? -1;
    assert(level && index !== -1, 'not a consumer of this queue');
    level.consumers.splice(index, 1);
    if (index < level.turn) level.turn -= 1;
    if (level.turn >= level.consumers.length) level.turn = 0;
    if (level.consumers.length === 0) this.#levels.splice(this.#levels.indexOf(level), 1);
    this.#count -= 1;
    consumer.leave();
    this.#chooseExclusive();
  }

  /** Everybody may want something again. */
  startRound(): void {
    this.#round += 1;
    for (const level of this.#levels) level.asked = 0;
  }

  /**
   * Whose turn it is: it has credit, and was not found to want nothing in this round. `served` or `passed`
   * must follow.
   */
  next(): Consumer | undefined {
    if (this.#exclusive) return this.#canTake(this.#exclusive) ? this.#exclusive : undefined;
    for (const level of this.#levels) {
      const { consumers } = level;
      const count = consumers.length;
      for (; level.asked < count; level.asked++) {
        const index = (level.turn + level.asked) % count;
        const consumer = consumers[index] as Consumer;
        if (!this.#canTake(consumer)) continue;
        this.#found = level;
        this.#foundIndex = index;
        return consumer;
      }
    }
    return undefined;
  }

  /** The one whose turn it was has got a message. */
  served(): void {
    const level = this.#found;
    if (level === undefined || this.#exclusive) return;
    level.turn = (this.#foundIndex + 1) % level.consumers.length;
    level.asked = 0;
  }

  /** Nothing waits for the one whose turn it was. */
  passed(consumer: Consumer): void {
    consumer.passedInRound = this.#round;
  }

  /** Nothing waits for anybody who wants everything. */
  allPassed(): void {
    this.#allPassedInRound = this.#round;
  }

  /** It has had its share of this turn, and others may go first. In another turn all of them go on. */
  lookOnLater(consumer: Consumer, goOn: () => void): void {
    consumer.state = 'looking';
    this.#looking.push(consumer);
    if (this.#looking.length > 1) return;
    setImmediate(() => {
      const looking = this.#looking;
      this.#looking = [];
      for (const each of looking) each.state = 'ready';
      goOn();
    });
  }

  #canTake(consumer: Consumer): boolean {
    if (consumer.passedInRound === this.#round || consumer.state === 'looking') return false;
    if (this.#allPassedInRound === this.#round && consumer.wantsAll) return false;
    return consumer.subscription.hasCredit;
  }

  #levelOf(priority: number): Level {
    const index = this.#levels.findIndex((level) => level.priority <= priority);
    const found = this.#levels[index];
    if (found?.priority === priority) return found;
    const level: Level = { priority, consumers: [], turn: 0, asked: 0 };
    this.#levels.splice(index === -1 ? this.#levels.length : index, 0, level);
    return level;
  }

  #chooseExclusive(): void {
    this.#exclusive = undefined;
    for (const consumer of this) {
      if (!consumer.subscription.options.isExclusive) continue;
      this.#exclusive = consumer;
      return;
    }
  }
}
