/**
 * From the destination of a frame to the queue or topic that it means. Both come into being when they
 * are first named; queues stay, a topic without subscribers is forgotten.
 */
import {
  type Destination,
  encodeHeaderLine,
  formatDestination,
  ProtocolError,
  parseDestination,
} from '@stompbox/protocol';
import { deadLetterCopy, deadLetterQueueOf } from './dead-letter.js';
import { detached } from './detached.js';
import type { BrokerCounters, BrokerEvent } from './events.js';
import type { Message } from './message.js';
import { Queue, type QueueContext } from './queue/queue.js';
import type { WriteNumber } from './store/commit-loop.js';
import { Topic, type TopicContext, type TopicLimits } from './topic/topic.js';

/** Where a SEND goes. */
export interface Target {
  readonly isQueue: boolean;
  /** The `destination` line of its messages, escaped for 1.2. */
  readonly destinationLine: string;
  put(message: Message): WriteNumber;
}

export interface RouterContext extends Omit<QueueContext, 'deadLetter' | 'onCorruptRecord'> {
  readonly topicLimits: TopicLimits;
  readonly counters: BrokerCounters;
  readonly onEvent: (event: BrokerEvent) => void;
}

/** Parsed destinations that are remembered, so that a SEND does not parse its own again. */
const REMEMBERED_TARGETS = 1000;

export class Router {
  readonly #context: RouterContext;
  readonly #queueContext: QueueContext;
  readonly #topicContext: TopicContext;
  readonly #queues = new Map<string, Queue>();
  readonly #topics = new Map<string, Topic>();
  readonly #targets = new Map<string, Target>();

  constructor(context: RouterContext) {
    this.#context = context;
    this.#queueContext = {
      ...context,
      deadLetter: (queue, entry) => this.#deadLetter(queue, entry.message, entry.refusals),
      onCorruptRecord: (queue, position) => {
        context.counters.corruptRecords += 1;
        context.onEvent({ type: 'corrupt-record', queue: queue.name, position });
      },
    };
    this.#topicContext = {
      limits: context.topicLimits,
      onDropped: (topic, subscription) => {
        context.counters.topicMessagesDropped += 1;
        const { peer } = subscription;
        context.onEvent({ type: 'topic-message-dropped', topic: topic.name, peer });
      },
      onRefused: () => {
        context.counters.topicMessagesRefused += 1;
      },
      onUnused: (topic) => this.#topics.delete(topic.name),
    };
    for (const stored of context.store.queues()) {
      this.#queues.set(stored.name, new Queue(stored.name, stored, this.#queueContext));
    }
  }

  /** @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION`, `STOMP_PROTO_UNSUPPORTED` */
  target(text: string): Target {
    const known = this.#targets.get(text);
    if (known) return known;
    const key = detached(text);
    const destination = parseSupported(key);
    const target: Target = {
      isQueue: destination.kind === 'queue',
      destinationLine: encodeHeaderLine('destination', formatDestination(destination), '1.2'),
      put: (message) => this.#put(destination, message),
    };
    if (this.#targets.size >= REMEMBERED_TARGETS) this.#targets.clear();
    this.#targets.set(key, target);
    return target;
  }

  /** The queue or topic to subscribe to. */
  source(text: string): Queue | Topic {
    const { kind, name } = parseSupported(text);
    return kind === 'queue' ? this.queue(name) : this.#topic(name);
  }

  queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known) return known;
    const number = this.#context.commits.createQueue(name);
    const queue = new Queue(name, { number, depth: 0, nextPosition: 0 }, this.#queueContext);
    this.#queues.set(name, queue);
    return queue;
  }

  queues(): Iterable<Queue> {
    return this.#queues.values();
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #put(destination: Destination, message: Message): WriteNumber {
    if (destination.kind === 'queue') return this.queue(destination.name).put(message);
    this.#topics.get(destination.name)?.publish(message);
    return 0;
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known) return known;
    const topic = new Topic(name, this.#topicContext);
    this.#topics.set(name, topic);
    return topic;
  }

  #deadLetter(queue: Queue, message: Message, refusals: number): WriteNumber {
    const { counters, onEvent } = this.#context;
    counters.deadLettered += 1;
    onEvent({ type: 'dead-lettered', queue: queue.name, messageId: message.id });
    const often = refusals === 1 ? 'once' : `${refusals} times`;
    const cause = `refused by its consumers ${often}`;
    const copy = deadLetterCopy(message, { queueName: queue.name, cause });
    return this.queue(deadLetterQueueOf(queue.name)).put(copy);
  }
}

function parseSupported(text: string): Destination {
  const destination = parseDestination(text);
  const { kind, name } = destination;
  if (text.trim().startsWith('/remote-temp-')) {
    throw unsupported(text, 'temporary destinations are not supported');
  }
  if (kind !== 'queue' && kind !== 'topic') {
    throw unsupported(text, 'temporary destinations are not supported');
  }
  if (/(^|\.)(\*|>)(\.|$)/.test(name)) throw unsupported(text, 'wildcards are not supported');
  if (name.includes(',')) throw unsupported(text, 'lists of destinations are not supported');
  return destination;
}

function unsupported(text: string, reason: string): ProtocolError {
  return new ProtocolError(
    'STOMP_PROTO_UNSUPPORTED',
    `Destination "${text}": ${reason} by this version of the broker; name one queue or topic`,
  );
}
