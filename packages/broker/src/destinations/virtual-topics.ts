/**
 * ActiveMQ's virtual topics: what is sent to a topic `VirtualTopic.X` also goes to every queue
 * `Consumer.<any name>.VirtualTopic.X` that exists by then. So each group of consumers shares a queue,
 * and every group gets every message.
 */
import { encodeHeaderLine } from '@stompbox/protocol';
import { type Message, readdress } from '../message.js';
import type { Queue } from '../queue/queue.js';
import type { Feed } from '../topic/topic.js';

const CONSUMER_QUEUE = /^Consumer\.[^.]+\.(VirtualTopic\..+)$/s;

/** The name or pattern of the topic that a queue gets its messages from, if it is such a queue. */
export function virtualTopicOf(queueName: string): string | undefined {
  return CONSUMER_QUEUE.exec(queueName)?.[1];
}

export function queueFeed(queue: Queue): Feed {
  return { take: (message) => queue.put(queueCopy(message, queue)) };
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
