/**
 * A topic goes to all who are subscribed now and whose selector matches, and keeps nothing for later but
 * what its policy retains for retroactive subscribers. A subscriber without credit gets a backlog in
 * memory; when that exceeds its limit the oldest messages in it are given up, and counted.
 *
 * Feeds keep what they take: durable subscriptions, and the queues of virtual topics.
 */
import { strict as assert } from 'node:assert';
import type { Destination } from '@stompbox/protocol';
import type { Entry } from '../delivery.js';
import { Fifo } from '../fifo.js';
import { DEFAULT_PRIORITY, type Message, TRAITS } from '../message.js';
import type { DestinationPolicy } from '../policy/destination-policy.js';
import { MessageValues } from '../selector/message-values.js';
import { type DestinationCounters, newDestinationCounters } from '../statistics/counters.js';
import type { WriteNumber } from '../store/commit-loop.js';
import type { Source, Subscription } from '../subscription.js';

export interface TopicContext {
  /** ms since 1970. */
  now(): number;
  /** A message has expired before a subscriber had room for it, or when it came. */
  onExpired(topic: Topic, message: Message): void;
  /** A subscriber was too slow, and this message is given up for it; how many were by now. */
  onDropped(topic: Topic, subscription: Subscription, message: Message, count: number): void;
  /** A subscriber has fallen behind. */
  onSlow(topic: Topic, subscription: Subscription): void;
  /** A subscriber refused a message; a topic has nobody else to give it to. */
  onRefused(topic: Topic, subscription: Subscription, message: Message): void;
  /** Nobody is subscribed any more. */
  onUnused(topic: Topic): void;
  /** Bytes that wait for slow subscribers have changed. */
  onBacklogBytes(change: number): void;
}

/** Takes the messages of a topic to keep them. */
export interface Feed {
  /** Clients that take them at present, as consumers of the topic. */
  readonly consumerCount: number;
  take(message: Message, origin: Origin): WriteNumber;
}

/** Who has sent a message. */
export interface Origin {
  readonly connectionId: string | undefined;
  readonly clientId: string | undefined;
}

/** A message on its way: it comes from the topic it was sent to, also when it goes to a pattern. */
interface TopicEntry extends Entry {
  readonly source: Topic;
}

interface Backlog {
  readonly entries: Fifo<TopicEntry>;
  readonly maxMessages: number;
  bytes: number;
  dropped: number;
  /** `slow`: something was given up for it since it had nothing waiting. */
  pace: 'keeps-up' | 'slow';
}

interface Retained {
  readonly entry: TopicEntry;
  readonly senderId: string | undefined;
}

/** Who has got a message already, when it goes to several topics. */
type Served = Set<Subscription | Feed>;

export class Topic implements Source {
  readonly keepsOffered = false;
  readonly destination: Destination;
  readonly policy: DestinationPolicy;
  readonly counters: DestinationCounters = newDestinationCounters();
  readonly #context: TopicContext;
  readonly #subscribers = new Map<Subscription, Backlog>();
  readonly #feeds = new Set<Feed>();
  readonly #retained = new Fifo<Retained>();

  constructor(destination: Destination, policy: DestinationPolicy, context: TopicContext) {
    this.destination = destination;
    this.policy = policy;
    this.#context = context;
  }

  get name(): string {
    return this.destination.name;
  }

  get consumerCount(): number {
    let count = this.#subscribers.size;
    for (const { consumerCount } of this.#feeds) count += consumerCount;
    return count;
  }

  /** Nobody would get a message, now or later. */
  get isUnused(): boolean {
    return this.#subscribers.size === 0 && this.#feeds.size === 0 && this.#retained.length === 0;
  }

  /** Messages that wait for slow subscribers. */
  get backlogLength(): number {
    let length = 0;
    for (const { entries } of this.#subscribers.values()) length += entries.length;
    return length;
  }

  /** Their bytes. */
  get backlogBytes(): number {
    let bytes = 0;
    for (const backlog of this.#subscribers.values()) bytes += backlog.bytes;
    return bytes;
  }

  subscriptions(): Iterable<Subscription> {
    return this.#subscribers.keys();
  }

  addFeed(feed: Feed): void {
    this.#feeds.add(feed);
  }

  removeFeed(feed: Feed): void {
    this.#feeds.delete(feed);
    if (this.isUnused) this.#context.onUnused(this);
  }

  /**
   * Gives a message to all who are subscribed to this topic, or to a pattern that it matches; each gets it
   * once.
   * @param patterns the topics of those patterns
   * @returns the last write of those who keep it; 0 if nobody does
   */
  publish(message: Message, origin: Origin, patterns: readonly Topic[] = []): WriteNumber {
    this.counters.enqueued += 1;
    if (this.#hasExpired(message)) return 0;
    const entry = this.#entryOf(message);
    const served: Served | undefined = patterns.length > 0 ? new Set() : undefined;
    let last = this.#give(entry, origin, served);
    for (const pattern of patterns) last = Math.max(last, pattern.#give(entry, origin, served));
    this.#retain(entry, origin);
    return last;
  }

  join(subscription: Subscription): void {
    const { maxPendingMessages, isRetroactive } = subscription.options;
    const { maxBacklogMessages } = this.policy.topicLimits;
    const maxMessages = Math.min(maxBacklogMessages, maxPendingMessages ?? maxBacklogMessages);
    const entries = new Fifo<TopicEntry>();
    const start = { bytes: 0, dropped: 0, pace: 'keeps-up' } as const;
    this.#subscribers.set(subscription, { entries, maxMessages, ...start });
    if (isRetroactive) this.replay(subscription, this);
  }

  /** Gives a subscriber what a topic has retained: this one, or one that this one's pattern matches. */
  replay(subscription: Subscription, topic: Topic): void {
    const { selector, noLocal } = subscription.options;
    if (topic !== this && !mayRead(subscription, topic)) return;
    for (const { entry, senderId } of topic.#retained) {
      if (noLocal && subscription.connectionId === senderId) continue;
      if (this.#isExpired(entry.message)) continue;
      if (selector && !selector.matches(values.of(entry.message, 0))) continue;
      this.#wait(subscription, this.#backlogOf(subscription), entry);
    }
  }

  /** To this subscriber only, after what waits for it. */
  sendTo(subscription: Subscription, message: Message): void {
    this.#wait(subscription, this.#backlogOf(subscription), this.#entryOf(message));
  }

  onCredit(subscription: Subscription): void {
    const backlog = this.#subscribers.get(subscription);
    while (backlog && backlog.entries.length > 0 && subscription.hasCredit) {
      const entry = this.#shift(backlog);
      if (!entry.source.#hasExpired(entry.message)) offer(subscription, entry);
    }
    if (backlog?.entries.length === 0) backlog.pace = 'keeps-up';
  }

  settle(): WriteNumber {
    this.counters.dequeued += 1;
    return 0;
  }

  refuse(entry: Entry, subscription: Subscription): WriteNumber {
    this.#context.onRefused(this, subscription, entry.message);
    return 0;
  }

  leave(subscription: Subscription): void {
    this.#context.onBacklogBytes(-this.#backlogOf(subscription).bytes);
    this.#subscribers.delete(subscription);
    if (this.isUnused) this.#context.onUnused(this);
  }

  /** Nobody else is waiting for them. */
  giveBack(): void {}

  #give(entry: TopicEntry, origin: Origin, served: Served | undefined): WriteNumber {
    const { message } = entry;
    // One entry serves all: what a topic has offered never comes back to it.
    for (const [subscription, backlog] of this.#subscribers) {
      const { selector, noLocal } = subscription.options;
      if (noLocal && subscription.connectionId === origin.connectionId) continue;
      if (entry.source !== this && !mayRead(subscription, entry.source)) continue;
      if (selector && !selector.matches(values.of(message, 0))) continue;
      if (!isFirst(served, subscription)) continue;
      if (backlog.entries.length === 0 && subscription.hasCredit) offer(subscription, entry);
      else this.#wait(subscription, backlog, entry);
    }
    let last: WriteNumber = 0;
    for (const feed of this.#feeds) {
      if (isFirst(served, feed)) last = Math.max(last, feed.take(message, origin));
    }
    return last;
  }

  #backlogOf(subscription: Subscription): Backlog {
    const backlog = this.#subscribers.get(subscription);
    assert(backlog, `not a subscriber of ${this.name}`);
    return backlog;
  }

  #entryOf(message: Message): TopicEntry {
    return {
      source: this,
      message,
      priority: DEFAULT_PRIORITY,
      position: 0,
      keptIn: 'memory',
      writeNumber: 0,
      redeliveries: 0,
      refusals: 0,
    };
  }

  #isExpired(message: Message): boolean {
    if (!message.has(TRAITS.expires)) return false;
    const { expiresAtMs } = message;
    return expiresAtMs !== 0 && expiresAtMs <= this.#context.now();
  }

  #hasExpired(message: Message): boolean {
    if (!this.#isExpired(message)) return false;
    this.counters.expired += 1;
    this.#context.onExpired(this, message);
    return true;
  }

  #shift(backlog: Backlog): TopicEntry {
    const entry = backlog.entries.shift() as TopicEntry;
    backlog.bytes -= entry.message.record.length;
    this.#context.onBacklogBytes(-entry.message.record.length);
    return entry;
  }

  #wait(subscription: Subscription, backlog: Backlog, entry: TopicEntry): void {
    const { maxBacklogBytes } = this.policy.topicLimits;
    const { entries, maxMessages } = backlog;
    entries.push(entry);
    backlog.bytes += entry.message.record.length;
    this.#context.onBacklogBytes(entry.message.record.length);
    while (entries.length > maxMessages || backlog.bytes > maxBacklogBytes) {
      const { message, source } = this.#shift(backlog);
      backlog.dropped += 1;
      if (backlog.pace === 'keeps-up') this.#context.onSlow(source, subscription);
      backlog.pace = 'slow';
      this.#context.onDropped(source, subscription, message, backlog.dropped);
    }
  }

  #retain(entry: TopicEntry, { connectionId }: Origin): void {
    const { retainedMessages } = this.policy;
    if (retainedMessages === 0) return;
    this.#retained.push({ entry, senderId: connectionId });
    if (this.#retained.length > retainedMessages) this.#retained.shift();
  }
}

/** A pattern may match topics that its subscriber has no right to; what it names itself was checked. */
function mayRead({ options }: Subscription, { destination }: Topic): boolean {
  return options.mayRead?.(destination) ?? true;
}

/** True, once for each. Whoever is served by one topic only is asked once anyway. */
function isFirst(served: Served | undefined, one: Subscription | Feed): boolean {
  if (served === undefined) return true;
  if (served.has(one)) return false;
  served.add(one);
  return true;
}

function offer(subscription: Subscription, entry: TopicEntry): void {
  entry.source.counters.dispatched += 1;
  subscription.offer(entry);
}

/** One serves all topics: nothing keeps it beyond a single match. */
const values = new MessageValues();
