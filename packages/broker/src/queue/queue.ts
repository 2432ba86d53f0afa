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
 * - Between two calls nothing waits that a consumer with credit wants, but what the next sync makes
 *   durable, and what a consumer has not come to yet that looks for what it wants.
 *
 *   open ──broker closes──▶ closed        open ──deleted──▶ dropped
 *
 * What a client still holds of a dropped queue is nobody's: to settle or refuse it does nothing.
 */
import { strict as assert } from 'node:assert';
import type { Destination } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import type { Entry } from '../delivery.js';
import { type Message, TRAITS } from '../message.js';
import type { DestinationPolicy } from '../policy/destination-policy.js';
import type { Randomness } from '../random.js';
import { redeliveryDelayMs } from '../redelivery-policy.js';
import { MessageValues } from '../selector/message-values.js';
import {
  countHeld,
  type DestinationCounters,
  newDestinationCounters,
} from '../statistics/counters.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { Store } from '../store/store.js';
import type { Settlement, Source, Subscription } from '../subscription.js';
import { type Consumer, Consumers } from './consumers.js';
import { ExpirySweep } from './expiry-sweep.js';
import type { Choice, Lane, Nothing } from './lane.js';
import { Lanes, type StoredLane } from './lanes.js';
import { type Freed, MessageGroups } from './message-groups.js';

/** So many messages are looked at in one turn for consumers that look for what they want; each gets its share. */
const LOOKED_AT_IN_TURN = 4096;
const LEAST_SHARE = 64;

export interface QueueContext {
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly clock: Clock;
  readonly random: Randomness;
  /** False: memory is short, so what can stay in the store does; `waiting` is how many do not. */
  readonly mayKeepMore: (waiting: number) => boolean;
  /** Bytes of messages that wait in memory, more or less than before. */
  readonly onWaitingBytes: (change: number) => void;
  /** Moves a message that was refused or delivered too often; the write that does it. */
  deadLetter(queue: Queue, entry: Entry, cause: string): WriteNumber;
  /** A message has expired; the write that moves it where it belongs, 0 if nowhere. */
  expired(queue: Queue, message: Message): WriteNumber;
  /** A message that refers to a blob has come, or has left for good. */
  blobAdded(message: Message): void;
  blobRemoved(message: Message): void;
  /** Such a message was handed out to somebody who acknowledges nothing. */
  blobLingers(message: Message): void;
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

type QueueState = 'open' | 'closed' | 'dropped';

const NEXT: Record<QueueState, readonly QueueState[]> = {
  open: ['closed', 'dropped'],
  closed: [],
  dropped: [],
};

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
  readonly #bySubscription = new Map<Subscription, Consumer>();
  /** Made when the first message with a group is seen. */
  #groups: MessageGroups | undefined;
  #state: QueueState = 'open';
  #dispatches = 0;
  #unsettled = 0;
  #sweep: ExpirySweep | undefined;
  #mayHoldExpiring: boolean;
  #mayHoldBlobs: boolean;

  constructor(setup: QueueSetup, context: QueueContext) {
    this.destination = setup.destination;
    this.destinationLine = setup.destinationLine;
    this.policy = setup.policy;
    this.isTemporary = setup.isTemporary;
    this.isDeadLetterQueue = setup.isDeadLetterQueue;
    this.#context = context;
    this.#lanes = new Lanes(this, setup, context);
    this.#mayHoldExpiring = this.#lanes.length > 0;
    this.#mayHoldBlobs = this.#mayHoldExpiring;
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

  /** Messages that wait in memory. */
  get inMemory(): { readonly messages: number; readonly bytes: number } {
    return this.#lanes.inMemory;
  }

  /** When the message was sent that would be delivered next, ms since 1970. */
  firstTimestampMs(): number | undefined {
    for (const lane of this.#lanes) {
      const first = lane.first();
      if (typeof first !== 'string') return Number(first.message.get('timestamp'));
    }
    return undefined;
  }

  /** Bytes of messages that wait in memory. */
  get bytesInMemory(): number {
    return this.#lanes.inMemory.bytes;
  }

  get lanes(): Lanes {
    return this.#lanes;
  }

  /** False: nothing in it can expire, so nobody has to look. */
  get mayHoldExpiring(): boolean {
    return this.#mayHoldExpiring || this.#sweep !== undefined;
  }

  subscriptions(): Iterable<Subscription> {
    return this.#bySubscription.keys();
  }

  /** What was offered and is not settled, or waits for its redelivery. */
  *held(): Iterable<Entry> {
    yield* this.#delayed.keys();
    for (const subscription of this.subscriptions()) yield* subscription.heldOf(this);
  }

  /** The counters, with what is there now filled in, but for the producers. */
  countNow(): DestinationCounters {
    const { counters } = this;
    counters.size = this.depth;
    counters.bytes = this.#lanes.bytes();
    counters.inflight = this.#unsettled;
    counters.consumers = this.#consumers.count;
    return counters;
  }

  isExpired(message: Message): boolean {
    if (!message.has(TRAITS.expires)) return false;
    const { expiresAtMs } = message;
    return expiresAtMs !== 0 && expiresAtMs <= this.#context.clock.now();
  }

  /**
   * Takes a message; the number of the write that makes it durable, 0 if it needs none. A dropped queue
   * takes nothing: whoever committed a transaction to it a moment later had as well come before.
   */
  put(message: Message): WriteNumber {
    const { counters } = this;
    counters.enqueued += 1;
    counters.enqueuedBytes += message.record.length;
    if (this.#state === 'dropped') {
      counters.discarded += 1;
      return 0;
    }
    if (message.has(TRAITS.expires)) {
      if (this.isExpired(message)) return this.#expire(message);
      this.#mayHoldExpiring = true;
    }
    if (message.has(TRAITS.blob)) {
      this.#mayHoldBlobs = true;
      this.#context.blobAdded(message);
    }
    const { clock, commits } = this.#context;
    const writeNumber = this.#lanes.of(message).put(message, clock.now());
    if (this.#consumers.count === 0) return writeNumber;
    // What is not durable yet is for nobody, and all before it was looked at.
    if (writeNumber > commits.durableNumber) commits.afterNextSync(this.#dispatch);
    else this.#dispatch();
    return writeNumber;
  }

  join(subscription: Subscription): void {
    this.#bySubscription.set(subscription, this.#consumers.add(subscription));
    this.#dispatch();
  }

  onCredit(): void {
    this.#dispatch();
  }

  settle(entry: Entry, how: Settlement): WriteNumber {
    const { message, enteredAtMs = Number(message.get('timestamp')) } = entry;
    if (how === 'sent' && message.has(TRAITS.blob)) this.#context.blobLingers(message);
    this.#wasSettled(1);
    this.counters.dequeued += 1;
    if (enteredAtMs > 0) countHeld(this.counters, this.#context.clock.now() - enteredAtMs);
    return this.#remove(entry);
  }

  refuse(entry: Entry): WriteNumber {
    const { redelivery } = this.policy;
    const { clock, random } = this.#context;
    this.#wasSettled(1);
    if (this.#state === 'dropped') return this.#remove(entry);
    entry.redeliveries += 1;
    entry.refusals += 1;
    if (entry.refusals > redelivery.maxRedeliveries && !this.isDeadLetterQueue) {
      const often = entry.refusals === 1 ? 'once' : `${entry.refusals} times`;
      return this.#giveUp(entry, `refused by its consumers ${often}`);
    }
    const cancel = clock.setTimer(
      () => {
        this.#delayed.delete(entry);
        this.#context.onWaitingBytes(-entry.message.record.length);
        this.#waitAgain([entry]);
        this.#dispatch();
      },
      redeliveryDelayMs(redelivery, entry.refusals, random),
    );
    this.#delayed.set(entry, cancel);
    this.#context.onWaitingBytes(entry.message.record.length);
    return 0;
  }

  /** What it had not settled goes back before anybody else gets a message of its groups. */
  leave(subscription: Subscription, unsettled: readonly Entry[] = []): void {
    const consumer = this.#bySubscription.get(subscription);
    assert(consumer, 'not a consumer of this queue');
    this.#bySubscription.delete(subscription);
    this.#consumers.remove(consumer);
    this.#lookAgain(this.#groups?.left(consumer));
    this.giveBack(unsettled);
  }

  giveBack(unsettled: readonly Entry[]): void {
    const { maxDeliveries } = this.policy.redelivery;
    this.#wasSettled(unsettled.length);
    if (this.#state === 'dropped') {
      for (const entry of unsettled) this.#remove(entry);
      return;
    }
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
    if (this.#state !== 'open') return 0;
    const expired = [...this.#lanes.waiting()].filter(({ message }) => this.isExpired(message));
    for (const entry of expired) this.#takeExpired(this.#lanes.holding(entry), entry);
    return expired.length;
  }

  /**
   * Takes out what has expired among the messages that are in the store only.
   * @param limit how many messages to look at; a later call goes on from there
   * @returns true while there are more to look at
   */
  expirePaged(limit: number): boolean {
    if (this.#state !== 'open') return false;
    if (this.#sweep === undefined) {
      this.#sweep = new ExpirySweep(this.#lanes, {
        isExpired: ({ message }) => this.isExpired(message),
        expire: (lane, entry) => this.#takeExpired(lane, entry),
      });
      // Set again by what comes meanwhile.
      this.#mayHoldExpiring = false;
    }
    const isUnfinished = this.#sweep.continue(limit);
    if (this.#sweep.hasFoundExpiring || this.#lanes.keepsExpiring()) this.#mayHoldExpiring = true;
    if (!isUnfinished) this.#sweep = undefined;
    return isUnfinished;
  }

  /** Stops the timers of refused messages; they are in the store. */
  close(): void {
    if (this.#state === 'open') this.#become('closed');
    this.#stopTimers();
  }

  /** Deletes it with all that it holds; its consumers get nothing from it any more. */
  drop(): void {
    this.#become('dropped');
    for (const [subscription, consumer] of this.#bySubscription) {
      subscription.removeSource(this);
      this.#consumers.remove(consumer);
    }
    this.#bySubscription.clear();
    this.#sweep?.leave();
    this.#releaseBlobs();
    this.#stopTimers();
    this.#lanes.drop();
  }

  /** Offers messages in order while somebody has credit and wants one. */
  readonly #dispatch = (): void => {
    if (this.#consumers.count === 0 || this.#lanes.length === 0 || this.#state !== 'open') return;
    this.#dispatches += 1;
    this.#consumers.startRound();
    for (;;) {
      const consumer = this.#consumers.next();
      if (consumer === undefined) return;
      const entry = this.#takeFor(consumer);
      if (entry === undefined) {
        this.#consumers.passed(consumer);
        if (consumer.wantsAll && this.#groups === undefined) this.#consumers.allPassed();
        continue;
      }
      this.#consumers.served();
      this.#unsettled += 1;
      this.counters.dispatched += 1;
      if (entry.redeliveries > 0) this.counters.redelivered += 1;
      consumer.subscription.offer(entry);
    }
  };

  /** Takes out the first message that is for this consumer. */
  #takeFor(consumer: Consumer): Entry | undefined {
    if (consumer.dispatch !== this.#dispatches) {
      consumer.dispatch = this.#dispatches;
      const share = Math.floor(LOOKED_AT_IN_TURN / this.#consumers.count);
      consumer.left = Math.max(LEAST_SHARE, share);
    }
    for (const lane of this.#lanes.inOrder) {
      const entry = this.#nextIn(lane, consumer);
      if (entry === 'unfinished') {
        this.#consumers.lookOnLater(consumer, this.#dispatch);
        return undefined;
      }
      if (entry === 'later') this.#context.commits.afterNextSync(this.#dispatch);
      if (typeof entry === 'string') continue;
      lane.take(entry);
      this.#lookAgain(this.#groups?.delivered(entry, consumer));
      return entry;
    }
    return undefined;
  }

  #nextIn(lane: Lane, consumer: Consumer): Entry | Nothing {
    for (;;) {
      const entry = this.#firstFor(lane, consumer);
      // What has expired is for whoever looks at it first, who then takes it out.
      if (typeof entry === 'string' || !this.isExpired(entry.message)) return entry;
      this.#takeExpired(lane, entry);
      consumer.left -= 1;
      if (consumer.left <= 0) return 'unfinished';
    }
  }

  #firstFor(lane: Lane, consumer: Consumer): Entry | Nothing {
    if (consumer.wantsAll && this.#groups === undefined) {
      const first = lane.first();
      if (typeof first === 'string' || !first.message.has(TRAITS.grouped)) return first;
      this.#groups = new MessageGroups();
    }
    return lane.next(consumer.cursorIn(lane), (entry) => this.#choose(entry, consumer), consumer);
  }

  #choose(entry: Entry, consumer: Consumer): Choice {
    const { message, redeliveries } = entry;
    const { selector } = consumer.subscription.options;
    if (this.#groups === undefined && message.has(TRAITS.grouped)) {
      this.#groups = new MessageGroups();
    }
    if (this.isExpired(message)) return 'take';
    if (selector && !selector.matches(values.of(message, redeliveries))) return 'skip';
    return this.#groups?.allows(entry, consumer) === false ? 'skip' : 'take';
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
    if (this.#state === 'dropped') return 0;
    return this.#lanes.holding(entry).removeRecord(entry);
  }

  #wasSettled(count: number): void {
    this.#unsettled -= count;
    assert(this.#unsettled >= 0, 'settles what nobody holds');
  }

  #waitAgain(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const inOrder = [...entries].sort((a, b) => a.position - b.position);
    for (const lane of this.#lanes.inOrder) {
      const back = inOrder.filter(({ priority }) => priority === lane.priority);
      if (back.length === 0) continue;
      lane.giveBack(back);
      for (const consumer of this.#consumers) consumer.cursorOf(lane)?.cameBack(back);
    }
    if (entries.some(({ message }) => message.has(TRAITS.expires))) this.#mayHoldExpiring = true;
  }

  /** What the owner of a group would have got may now be for somebody else. */
  #lookAgain(freed: Freed | undefined): void {
    if (freed === undefined) return;
    for (const lane of this.#lanes.inOrder) {
      const position = freed.get(lane.priority);
      if (position === undefined) continue;
      for (const consumer of this.#consumers) consumer.cursorOf(lane)?.setBackTo(position);
    }
    this.#consumers.startRound();
  }

  /** What clients still hold is released when they let go of it. */
  #releaseBlobs(): void {
    if (!this.#mayHoldBlobs) return;
    const release = ({ message }: Entry) => {
      if (message.has(TRAITS.blob)) this.#context.blobRemoved(message);
    };
    for (const entry of this.#delayed.keys()) release(entry);
    for (const lane of this.#lanes) lane.forEach(release);
  }

  #stopTimers(): void {
    for (const [{ message }, cancel] of this.#delayed) {
      cancel();
      this.#context.onWaitingBytes(-message.record.length);
    }
    this.#delayed.clear();
  }

  #become(next: QueueState): void {
    assert(NEXT[this.#state].includes(next), `queue ${this.#state} → ${next}`);
    this.#state = next;
  }
}

/** One serves all queues: nothing keeps it beyond a single match. */
const values = new MessageValues();
