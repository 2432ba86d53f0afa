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
  take(message: Message, origin: Origin): WriteNumber;
}

/** Who has sent a message. */
export interface Origin {
  readonly connectionId: string | undefined;
  readonly clientId: string | undefined;
}

interface Backlog {
  readonly entries: Fifo<Entry>;
  readonly maxMessages: number;
  bytes: number;
  dropped: number;
}

export class Topic implements Source {
  readonly keepsOffered = false;
  readonly destination: Destination;
  readonly policy: DestinationPolicy;
  readonly counters: DestinationCounters = newDestinationCounters();
  readonly #context: TopicContext;
  readonly #subscribers = new Map<Subscription, Backlog>();
  readonly #feeds = new Set<Feed>();
  readonly #retained = new Fifo<Entry>();

  constructor(destination: Destination, policy: DestinationPolicy, context: TopicContext) {
    this.destination = destination;
    this.policy = policy;
    this.#context = context;
  }

  get name(): string {
    return this.destination.name;
  }

  get consumerCount(): number {
    return this.#subscribers.size;
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

  /** The last write of those who keep it; 0 if nobody does. */
  publish(message: Message, origin: Origin): WriteNumber {
    this.counters.enqueued += 1;
    if (this.#hasExpired(message)) return 0;
    const entry = this.#entryOf(message);
    // One entry serves all: what a topic has offered never comes back to it.
    for (const [subscription, backlog] of this.#subscribers) {
      const { selector, noLocal } = subscription.options;
      if (noLocal && subscription.connectionId === origin.connectionId) continue;
      if (selector && !selector.matches(values.of(message, 0))) continue;
      if (backlog.entries.length === 0 && subscription.hasCredit) this.#offer(subscription, entry);
      else this.#wait(subscription, backlog, entry);
    }
    this.#retain(entry);
    let last: WriteNumber = 0;
    for (const feed of this.#feeds) last = Math.max(last, feed.take(message, origin));
    return last;
  }

  join(subscription: Subscription): void {
    const { maxPendingMessages, isRetroactive, selector } = subscription.options;
    const { maxBacklogMessages } = this.policy.topicLimits;
    const maxMessages = Math.min(maxBacklogMessages, maxPendingMessages ?? maxBacklogMessages);
    const backlog: Backlog = { entries: new Fifo(), maxMessages, bytes: 0, dropped: 0 };
    this.#subscribers.set(subscription, backlog);
    if (!isRetroactive) return;
    for (const entry of this.#retained) {
      if (selector && !selector.matches(values.of(entry.message, 0))) continue;
      this.#wait(subscription, backlog, entry);
    }
  }

  /** To this subscriber only, after what waits for it. */
  sendTo(subscription: Subscription, message: Message): void {
    const backlog = this.#subscribers.get(subscription);
    assert(backlog, `not a subscriber of ${this.name}`);
    this.#wait(subscription, backlog, this.#entryOf(message));
  }

  onCredit(subscription: Subscription): void {
    const backlog = this.#subscribers.get(subscription);
    while (backlog && backlog.entries.length > 0 && subscription.hasCredit) {
      const entry = this.#shift(backlog);
      if (!this.#hasExpired(entry.message)) this.#offer(subscription, entry);
    }
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
    const backlog = this.#subscribers.get(subscription);
    assert(backlog, `not a subscriber of ${this.name}`);
    this.#context.onBacklogBytes(-backlog.bytes);
    this.#subscribers.delete(subscription);
    if (this.isUnused) this.#context.onUnused(this);
  }

  /** Nobody else is waiting for them. */
  giveBack(): void {}

  #offer(subscription: Subscription, entry: Entry): void {
    this.counters.dispatched += 1;
    subscription.offer(entry);
  }

  #entryOf(message: Message): Entry {
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

  #hasExpired(message: Message): boolean {
    if (!message.has(TRAITS.expires)) return false;
    const { expiresAtMs } = message;
    if (expiresAtMs === 0 || expiresAtMs > this.#context.now()) return false;
    this.counters.expired += 1;
    this.#context.onExpired(this, message);
    return true;
  }

  #shift(backlog: Backlog): Entry {
    const entry = backlog.entries.shift() as Entry;
    backlog.bytes -= entry.message.record.length;
    this.#context.onBacklogBytes(-entry.message.record.length);
    return entry;
  }

  #wait(subscription: Subscription, backlog: Backlog, entry: Entry): void {
    const { maxBacklogBytes } = this.policy.topicLimits;
    const { entries, maxMessages } = backlog;
    entries.push(entry);
    backlog.bytes += entry.message.record.length;
    this.#context.onBacklogBytes(entry.message.record.length);
    while (entries.length > maxMessages || backlog.bytes > maxBacklogBytes) {
      const { message } = this.#shift(backlog);
      backlog.dropped += 1;
      if (backlog.dropped === 1) this.#context.onSlow(this, subscription);
      this.#context.onDropped(this, subscription, message, backlog.dropped);
    }
  }

  #retain(entry: Entry): void {
    const { retainedMessages } = this.policy;
    if (retainedMessages === 0) return;
    this.#retained.push(entry);
    if (this.#retained.length > retainedMessages) this.#retained.shift();
  }
}

/** One serves all topics: nothing keeps it beyond a single match. */
const values = new MessageValues();
