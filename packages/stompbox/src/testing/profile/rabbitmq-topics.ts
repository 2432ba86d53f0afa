/**
 * Durable subscriptions as RabbitMQ has them: a queue that is bound to the topic, whose name all clients
 * share, so that several consumers of one name share its messages. Every topic is a virtual topic of
 * stompbox here, and such a queue one of its consumer queues.
 *
 * A queue that was deleted goes on at the broker under its old name, where nobody sees it any more.
 */
import type { Frame } from '@stompbox/protocol';
import { editHeaders, withHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';

const TOPIC = '/topic/';
const VIRTUAL = '/topic/VirtualTopic.';
const CONSUMER_QUEUE = /^\/queue\/Consumer\.[^.]+\.VirtualTopic\.(.+)$/s;

/** How often the queue of a name was deleted, for all connections of a broker. */
export type Deletions = Map<string, number>;

export class RabbitMQTopics implements FrameStage {
  readonly #deletions: Deletions;
  /** Names of queues, by the ids of their subscriptions. */
  readonly #names = new Map<string, string>();

  constructor(deletions: Deletions) {
    this.#deletions = deletions;
  }

  fromClient(frame: Frame): readonly Frame[] {
    if (frame.command === 'UNSUBSCRIBE') this.#unsubscribe(frame);
    const destination = frame.headers.get('destination');
    if (destination?.startsWith(TOPIC) !== true) return [frame];
    const name = frame.command === 'SUBSCRIBE' ? queueNameOf(frame) : undefined;
    if (name === undefined) return [withHeaders(frame, { destination: virtual(destination) })];
    this.#names.set(frame.headers.get('id') ?? '', name);
    const topic = virtual(destination).slice(TOPIC.length);
    return [
      withHeaders(frame, { destination: `/queue/Consumer.${this.#consumer(name)}.${topic}` }),
    ];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    return [
      editHeaders(frame, (name, value) => [name, name === 'destination' ? shown(value) : value]),
    ];
  }

  #unsubscribe({ headers }: Frame): void {
    const id = headers.get('id') ?? '';
    const name = this.#names.get(id);
    this.#names.delete(id);
    if (name === undefined || headers.get('durable') !== 'true') return;
    this.#deletions.set(name, (this.#deletions.get(name) ?? 0) + 1);
  }

  /** The part between two dots that names it. */
  #consumer(name: string): string {
    const code = (character: string) => `%${character.codePointAt(0)?.toString(16)}`;
    return `${name.replaceAll(/[^\w-]/gu, code)}-${this.#deletions.get(name) ?? 0}`;
  }
}

/** RabbitMQ names it by a hash of destination and id; these two will do. */
function queueNameOf({ headers }: Frame): string | undefined {
  const name = headers.get('x-queue-name');
  if (name !== undefined || headers.get('durable') !== 'true') return name;
  return `${headers.get('destination')} ${headers.get('id')}`;
}

function virtual(topic: string): string {
  return VIRTUAL + topic.slice(TOPIC.length);
}

function shown(destination: string): string {
  if (destination.startsWith(VIRTUAL)) return TOPIC + destination.slice(VIRTUAL.length);
  const [, topic] = CONSUMER_QUEUE.exec(destination) ?? [];
  return topic === undefined ? destination : TOPIC + topic;
}
