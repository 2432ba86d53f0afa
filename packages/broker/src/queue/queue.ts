/**
 * A queue keeps every message until one consumer has settled it, or it has expired.
 *
 *   put ▶ [ lane of priority 9 ] … [ lane of priority 0 ] ──▶ the consumer whose turn it is
 *             ▲ by position
 *         [ delayed ] ◀── refused; [ unsettled ] ◀── offered
 *
 * - Higher priorities go first; within one, order is the order of positions, also for what came back.
 * - A consumer gets the first message that it wants: its selector matches, and no other consumer owns the
 *   message's group. What it does not want stays for the others and hides nothing from it.
 */
import { strict as assert } from 'node:assert';
import type { Destination } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import type { Entry } from '../delivery.js';
import { type Message, TRAITS } from '../message.js';
import type { DestinationPolicy } from '../policy/destination-policy.js';
import type { Randomness } from '../randomness.js';
import { redeliveryDelayMs } from '../redelivery-policy.js';
import { MessageValues } from '../selector/message-values.js';
import { type DestinationCounters, newDestinationCounters } from '../statistics/counters.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { Store } from '../store/store.js';
import type { Source, Subscription } from '../subscription.js';
import { type Consumer, Consumers } from './consumers.js';
import type { Lane, Nothing } from './lane.js';
import { Lanes, type StoredLane } from './lanes.js';
import { MessageGroups } from './message-groups.js';

export interface QueueContext {
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly clock: Clock;
  readonly random: Randomness;
  /** False: memory is short, so what can stay in the store does. */
  readonly mayKeepMore: () => boolean;
  /** Moves a message that was refused or delivered too often; the write that does it. */
  deadLetter(queue: Queue, entry: Entry, cause: string): WriteNumber;
  /** A message has expired; the write that moves it where it belongs, 0 if nowhere. */
  expired(queue: Queue, message: Message): WriteNumber;
  /** A message that refers to a blob has come, or has left for good. */
  blobAdded(message: Message): void;
  blobRemoved(message: Message): void;
  /** A record that cannot be read; it stays on disk. */
  onCorruptRecord(queue: Queue, position: number): void;
}

export interface QueueSetup {
  readonly destination: Destination;
  /** The `destination` line of its messages as its consumers see it, escaped for 1.2. */
  readonly destinationLine: string;
  /** Under which the store keeps it. */
  readonly storedName: string;
  /** It goes with its owner, and nothing of it is ever written durably. */
  readonly isTemporary: boolean;
  /** What is refused here stays: it would otherwise move to queues of ever longer names. */
  readonly isDeadLetterQueue: boolean;
  readonly policy: DestinationPolicy;
  /** What the store holds of it. */
  readonly lanes: readonly StoredLane[];
}

export class Queue implements Source {
  readonly keepsOffered = true;
  readonly destination: Destination;
  readonly destinationLine: string;
  readonly policy: DestinationPolicy;
  readonly counters: DestinationCounters = newDestinationCounters();
  readonly isTemporary: boolean;
  readonly isDeadLetterQueue: boolean;
  readonly #context: QueueContext;
  readonly #lanes: Lanes;
  readonly #delayed = new Map<Entry, () => void>();
  readonly #consumers = new Consumers();
  #bySubscription = new Map<Subscription, Consumer>();
  /** Made when the first message with a group is seen. */
  #groups: MessageGroups | undefined;
  #dispatches = 0;
  #unsettled = 0;
  #mayHoldExpiring: boolean;

  constructor(setup: QueueSetup, context: QueueContext) {
    this.destination = setup.destination;
    this.destinationLine = setup.destinationLine;
    this.policy = setup.policy;
    this.isTemporary = setup.isTemporary;
    this.isDeadLetterQueue = setup.isDeadLetterQueue;
    this.#context = context;
    this.#lanes = new Lanes(this, setup, context);
    this.#mayHoldExpiring = this.#lanes.length > 0;
  }

  get name(): string {
    return this.destination.name;
  }

  /** Messages that are not settled, offered ones included. */
  get depth(): number {
    return this.#lanes.length + this.#delayed.size + this.#unsettled;
  }

  get unsettledCount(): number {
    return this.#unsettled;
  }

  get consumerCount(): number {
    return this.#consumers.count;
  }

  /** Bytes of messages that wait in memory. */
  get bytesInMemory(): number {
    return this.#lanes.bytes;
  }

  get lanes(): Lanes {
    return this.#lanes;
  }

  /** False: nothing in it can expire, so nobody has to look. */
  get mayHoldExpiring(): boolean {
    return this.#mayHoldExpiring;
  }

  subscriptions(): Iterable<Subscription> {
    return this.#bySubscription.keys();
  }

  /** What was offered and is not settled, or waits for its redelivery. */
  *held(): Iterable<Entry> {
    yield* this.#delayed.keys();
    for (const subscription of this.subscriptions()) yield* subscription.heldOf(this);
  }

  /** Takes a message; the number of the write that makes it durable, 0 if it needs none. */
  put(message: Message): WriteNumber {
    this.counters.enqueued += 1;
    if (message.has(TRAITS.expires)) {
      if (this.#isExpired(message)) return this.#expire(message);
      this.#mayHoldExpiring = true;
    }
    if (message.has(TRAITS.blob)) this.#context.blobAdded(message);
    const writeNumber = this.#lanes.of(message).put(message);
    this.#dispatch();
    return writeNumber;
  }

  join(subscription: Subscription): void {
    this.#bySubscription.set(subscription, this.#consumers.add(subscription));
    this.#dispatch();
  }

  onCredit(): void {
    this.#dispatch();
  }

  settle(entry: Entry): WriteNumber {
    this.#unsettled -= 1;
    assert(this.#unsettled >= 0);
    this.counters.dequeued += 1;
    return this.#remove(entry);
  }

  refuse(entry: Entry): WriteNumber {
    const { redelivery } = this.policy;
    const { clock, random } = this.#context;
    this.#unsettled -= 1;
    entry.redeliveries += 1;
    entry.refusals += 1;
    if (entry.refusals > redelivery.maxRedeliveries && !this.isDeadLetterQueue) {
      const often = entry.refusals === 1 ? 'once' : `${entry.refusals} times`;
      return this.#giveUp(entry, `refused by its consumers ${often}`);
    }
    const cancel = clock.setTimer(
      () => {
        this.#delayed.delete(entry);
        this.#waitAgain([entry]);
        this.#dispatch();
      },
      redeliveryDelayMs(redelivery, entry.refusals, random),
    );
    this.#delayed.set(entry, cancel);
    return 0;
  }

  leave(subscription: Subscription): void {
    const consumer = this.#consumers.remove(subscription);
    this.#bySubscription.delete(subscription);
    if (this.#groups?.left(consumer)) this.#lookAgainFromStart();
  }

  giveBack(unsettled: readonly Entry[]): void {
    const { maxDeliveries } = this.policy.redelivery;
    this.#unsettled -= unsettled.length;
    const staying: Entry[] = [];
    for (const entry of unsettled) {
      entry.redeliveries += 1;
      const isOften = maxDeliveries !== 0 && entry.redeliveries >= maxDeliveries;
      if (!isOften || this.isDeadLetterQueue) staying.push(entry);
      else this.#giveUp(entry, `delivered ${maxDeliveries} times and never settled`);
    }
    this.#waitAgain(staying);
    this.#dispatch();
  }

  /** Takes out what has expired among the messages in memory; returns how many. */
  expireWaiting(): number {
    const expired = [...this.#lanes.waiting()].filter(({ message }) => this.#isExpired(message));
    for (const entry of expired) this.#takeExpired(this.#lanes.holding(entry), entry);
    return expired.length;
  }

  /** Stops the timers of refused messages; they are in the store. */
  close(): void {
    for (const cancel of this.#delayed.values()) cancel();
    this.#delayed.clear();
  }

  /** Deletes it with all that it holds; its consumers have left. */
  drop(): void {
    this.close();
    this.#lanes.drop();
  }

  /** Offers messages in order while somebody has credit and wants one. */
  readonly #dispatch = (): void => {
    this.#dispatches += 1;
    for (;;) {
      const consumer = this.#consumers.next(this.#dispatches);
      if (consumer === undefined) return;
      const entry = this.#takeFor(consumer);
      if (entry === undefined) {
        consumer.servedInDispatch = this.#dispatches;
        continue;
      }
      this.#consumers.served();
      this.#unsettled += 1;
      this.counters.dispatched += 1;
      consumer.subscription.offer(entry);
    }
  };

  /** Takes out the first message that is for this consumer. */
  #takeFor(consumer: Consumer): Entry | undefined {
    for (const lane of this.#lanes) {
      for (;;) {
        const entry = this.#nextIn(lane, consumer);
        if (entry === 'later') this.#context.commits.afterNextSync(this.#dispatch);
        if (entry === 'later' || entry === 'none') break;
        if (entry.message.has(TRAITS.expires) && this.#isExpired(entry.message)) {
          this.#takeExpired(lane, entry);
          continue;
        }
        lane.take(entry);
        if (this.#groups?.delivered(entry.message, consumer)) this.#lookAgainFromStart();
        return entry;
      }
    }
    return undefined;
  }

  #nextIn(lane: Lane, consumer: Consumer): Entry | Nothing {
    const { selector } = consumer.subscription.options;
    if (selector === undefined && this.#groups === undefined) {
      const first = lane.first();
      if (typeof first === 'string' || !first.message.has(TRAITS.grouped)) return first;
      this.#groups = new MessageGroups();
    }
    return lane.next(consumer.cursorIn(lane), (entry) =>
      this.#isFor(entry, consumer) ? 'take' : 'skip',
    );
  }

  #isFor(entry: Entry, consumer: Consumer): boolean {
    const { selector } = consumer.subscription.options;
    if (this.#groups === undefined && entry.message.has(TRAITS.grouped)) {
      this.#groups = new MessageGroups();
    }
    // What has expired is for whoever looks at it first, who then takes it out.
    if (entry.message.has(TRAITS.expires) && this.#isExpired(entry.message)) return true;
    if (this.#groups?.allows(entry.message, consumer) === false) return false;
    return !selector || selector.matches(values.of(entry.message, entry.redeliveries));
  }

  #isExpired(message: Message): boolean {
    const { expiresAtMs } = message;
    return expiresAtMs !== 0 && expiresAtMs <= this.#context.clock.now();
  }

  #takeExpired(lane: Lane, entry: Entry): void {
    lane.take(entry);
    this.#expire(entry.message);
    this.#remove(entry);
  }

  #expire(message: Message): WriteNumber {
    this.counters.expired += 1;
    return this.#context.expired(this, message);
  }

  #giveUp(entry: Entry, cause: string): WriteNumber {
    this.counters.deadLettered += 1;
    const written = this.#context.deadLetter(this, entry, cause);
    return Math.max(written, this.#remove(entry));
  }

  #remove(entry: Entry): WriteNumber {
    if (entry.message.has(TRAITS.blob)) this.#context.blobRemoved(entry.message);
    return this.#lanes.holding(entry).removeRecord(entry);
  }

  #waitAgain(entries: readonly Entry[]): void {
    for (const lane of this.#lanes) {
      const back = entries.filter((entry) => this.#lanes.holding(entry) === lane);
      const [first] = back;
      if (first === undefined) continue;
      lane.giveBack(back);
      const oldest = back.reduce(
        (least, { position }) => Math.min(least, position),
        first.position,
      );
      for (const consumer of this.#consumers) consumer.setBack(lane, oldest);
    }
  }

  /** What a group's owner would have got may now be for somebody else. */
  #lookAgainFromStart(): void {
    for (const lane of this.#lanes) {
      for (const consumer of this.#consumers) consumer.setBack(lane, 0);
    }
  }
}

/** One serves all queues: nothing keeps it beyond a single match. */
const values = new MessageValues();
