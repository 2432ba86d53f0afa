/**
 * All topics: those with a plain name, and one for each pattern that somebody is subscribed to
 * (`news.>`). A message goes to the topic of its name and to all patterns that match it.
 *
 * Topics that nobody uses are forgotten, the oldest first, when there are too many.
 */
import type { Destination } from '@stompbox/protocol';
import { type DestinationPattern, isPattern, parsePattern } from '../destination-pattern.js';
import type { DestinationPolicies } from '../policy/destination-policy.js';
import type { Subscription } from '../subscription.js';
import { Topic, type TopicContext } from './topic.js';

const MAX_UNUSED = 10_000;

export interface TopicsContext extends Omit<TopicContext, 'onUnused'> {
  readonly policies: DestinationPolicies;
  onAdded(destination: Destination): void;
  onRemoved(destination: Destination): void;
}

/** A message's own topic, and those of the patterns that match it. */
export interface Receivers {
  readonly own: Topic;
  readonly patterns: readonly Topic[];
}

interface PatternTopic {
  readonly pattern: DestinationPattern;
  readonly topic: Topic;
}

export class Topics {
  readonly #context: TopicsContext;
  readonly #topicContext: TopicContext;
  readonly #exact = new Map<string, Topic>();
  readonly #patterns = new Map<string, PatternTopic>();
  readonly #unused = new Set<Topic>();
  /** Grows with each change, so that whoever remembers receivers knows when to look again. */
  #version = 0;

  constructor(context: TopicsContext) {
    this.#context = context;
    this.#topicContext = { ...context, onUnused: (topic) => this.#unusedNow(topic) };
  }

  get version(): number {
    return this.#version;
  }

  [Symbol.iterator](): Iterator<Topic> {
    return this.#exact.values();
  }

  has(name: string): boolean {
    return this.#exact.has(name);
  }

  /** The topic of a name or pattern, if there is one. */
  get(name: string): Topic | undefined {
    return this.#exact.get(name) ?? this.#patterns.get(name)?.topic;
  }

  /** The topic of a name or pattern, to subscribe to. */
  topic(destination: Destination): Topic {
    const { name } = destination;
    if (isPattern(name)) return this.#patternTopic(destination);
    const known = this.#exact.get(name);
    if (known) {
      this.#unused.delete(known);
      return known;
    }
    const topic = this.#create(destination);
    this.#exact.set(name, topic);
    this.#version += 1;
    this.#context.onAdded(destination);
    return topic;
  }

  /** Who gets a message that is sent to this name. */
  receivers(destination: Destination): Receivers {
    const { name } = destination;
    let own = this.#exact.get(name);
    if (own === undefined) {
      own = this.topic(destination);
      this.#unusedNow(own);
    }
    const patterns: Topic[] = [];
    for (const { pattern, topic } of this.#patterns.values()) {
      if (pattern.matches(name)) patterns.push(topic);
    }
    return { own, patterns };
  }

  /** Replays to a retroactive subscriber of patterns what the topics that they match have retained. */
  replay(subscription: Subscription, joined: ReadonlySet<Topic>): void {
    const seen = new Set(joined);
    for (const patternTopic of joined) {
      const pattern = this.#patterns.get(patternTopic.name)?.pattern;
      if (pattern === undefined) continue;
      for (const topic of this.#exact.values()) {
        if (seen.has(topic) || !pattern.matches(topic.name)) continue;
        seen.add(topic);
        patternTopic.replay(subscription, topic);
      }
    }
  }

  /** Whether a message to this name would reach or be kept for anybody. */
  hasReceivers(name: string): boolean {
    if (this.#exact.get(name)?.isUnused === false) return true;
    for (const { pattern } of this.#patterns.values()) if (pattern.matches(name)) return true;
    return false;
  }

  /** Takes a temporary topic, or one that is deleted, out. */
  remove(topic: Topic): void {
    if (this.#exact.get(topic.name) !== topic) return;
    this.#exact.delete(topic.name);
    this.#unused.delete(topic);
    this.#version += 1;
    this.#context.onRemoved(topic.destination);
  }

  #patternTopic(destination: Destination): Topic {
    const known = this.#patterns.get(destination.name);
    if (known) return known.topic;
    const topic = this.#create(destination);
    this.#patterns.set(destination.name, { pattern: parsePattern(destination.name), topic });
    this.#version += 1;
    return topic;
  }

  #create(destination: Destination): Topic {
    return new Topic(destination, this.#context.policies.policyOf(destination), this.#topicContext);
  }

  #unusedNow(topic: Topic): void {
    if (this.#patterns.get(topic.name)?.topic === topic) {
      this.#patterns.delete(topic.name);
      this.#version += 1;
      return;
    }
    this.#unused.add(topic);
    for (const oldest of this.#unused) {
      if (this.#unused.size <= MAX_UNUSED) return;
      // It may have retained something meanwhile.
      if (oldest.isUnused) this.remove(oldest);
      else this.#unused.delete(oldest);
    }
  }
}
