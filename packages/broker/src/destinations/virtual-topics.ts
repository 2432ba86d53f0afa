/**
 * ActiveMQ's virtual topics: what is sent to a topic `VirtualTopic.X` also goes to every queue
 * `Consumer.<any name>.VirtualTopic.X` that exists by then. So each group of consumers shares a queue,
 * and every group gets every message.
 */
import { type Destination, encodeHeaderLine } from '@stompbox/protocol';
import { isPattern } from '../destination-pattern.js';
import { type Message, readdress } from '../message.js';
import type { Queue } from '../queue/queue.js';
import type { Feed, Topic } from '../topic/topic.js';
import type { Topics } from '../topic/topics.js';

const CONSUMER_QUEUE = /^(Consumer\.[^.]+)\.(VirtualTopic\..+)$/s;

/** The name or pattern of the topic that a queue gets its messages from, if it is such a queue. */
function virtualTopicOf(queueName: string): string | undefined {
  const [, consumer = '', topic] = CONSUMER_QUEUE.exec(queueName) ?? [];
  return isPattern(consumer) ? undefined : topic;
}

/** True when it is a pattern; the one in the name of such a queue is of topics, so that is a plain name. */
export function namesMany({ kind, name }: Destination): boolean {
  if (kind === 'queue' && virtualTopicOf(name) !== undefined) return false;
  return (kind === 'queue' || kind === 'topic') && isPattern(name);
}

interface Fed {
  readonly topic: Topic;
  readonly feed: Feed;
}

export class VirtualTopics {
  readonly #topics: Topics;
  readonly #fed = new Map<Queue, Fed>();

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  queueAdded(queue: Queue): void {
    const name = virtualTopicOf(queue.name);
    if (name === undefined) return;
    const topic = this.#topics.topic({ kind: 'topic', name });
    const feed: Feed = {
      consumerCount: 0,
      take: (message) => queue.put(queueCopy(message, queue)),
    };
    topic.addFeed(feed);
    this.#fed.set(queue, { topic, feed });
  }

  queueRemoved(queue: Queue): void {
    const fed = this.#fed.get(queue);
    if (fed === undefined) return;
    this.#fed.delete(queue);
    fed.topic.removeFeed(fed.feed);
  }
}

/** The copy for a queue says where it comes from. */
function queueCopy(message: Message, { destinationLine }: Queue): Message {
  const original = message.get('destination') ?? '';
  const isMarked = !message.isPersistent || message.get('persistent') !== undefined;
  return readdress(
    message,
    destinationLine +
      encodeHeaderLine('original-destination', original, '1.2') +
      (isMarked ? '' : 'persistent:true\n'),
  );
}
