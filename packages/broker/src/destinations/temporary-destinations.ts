/**
 * Temporary queues and topics. Each belongs to one connection, comes into being when its owner first
 * names it, and goes with the owner. The owner calls it `/temp-queue/<alias>`, all others
 * `/remote-temp-queue/<owner>:<alias>`, which is also the form in which `reply-to` is stored.
 */
import { encodeHeaderLine } from '@stompbox/protocol';
import type { DestinationPolicies } from '../policy/destination-policy.js';
import { Queue, type QueueContext } from '../queue/queue.js';
import { Topic, type TopicContext } from '../topic/topic.js';

export type TemporaryKind = 'temp-queue' | 'temp-topic';

/** A client that could own every name would own all memory. */
const MAX_PER_OWNER = 10_000;

export interface TemporaryContext {
  readonly policies: DestinationPolicies;
  readonly queueContext: QueueContext;
  readonly topicContext: TopicContext;
  onAdded(destination: Queue | Topic, connectionId: string): void;
  onRemoved(destination: Queue | Topic, connectionId: string): void;
  /** @throws what is to be told to a client that has too many */
  refuseMore(limit: number): never;
}

export interface Temporary {
  readonly ownerId: string;
  readonly source: Queue | Topic;
  /** The `destination` line of its messages, as its owner sees it. */
  readonly destinationLine: string;
}

export class TemporaryDestinations {
  readonly #context: TemporaryContext;
  readonly #byName = new Map<string, Temporary>();
  readonly #ofOwner = new Map<string, Map<string, Temporary>>();

  constructor(context: TemporaryContext) {
    this.#context = context;
  }

  *[Symbol.iterator](): Iterator<Temporary> {
    yield* this.#byName.values();
  }

  /** The owner's own; made now if it was never named before. */
  own(ownerId: string, kind: TemporaryKind, alias: string): Temporary {
    const key = `${kind}/${remoteName(ownerId, alias)}`;
    return this.#byName.get(key) ?? this.#create(ownerId, kind, alias, key);
  }

  /** By the name that others use; `undefined` once its owner has gone. */
  find(kind: TemporaryKind, name: string): Temporary | undefined {
    return this.#byName.get(`${kind}/${name}`);
  }

  /** Its connection has ended; what is left in them is nobody's. */
  removeAllOf(ownerId: string): void {
    const owned = this.#ofOwner.get(ownerId);
    if (owned === undefined) return;
    this.#ofOwner.delete(ownerId);
    for (const [key, { source }] of owned) {
      this.#byName.delete(key);
      for (const subscription of [...source.subscriptions()]) {
        subscription.removeSource(source);
        source.leave(subscription);
      }
      if (source instanceof Queue) source.drop();
      this.#context.onRemoved(source, ownerId);
    }
  }

  #create(ownerId: string, kind: TemporaryKind, alias: string, key: string): Temporary {
    const owned = this.#ofOwner.get(ownerId) ?? new Map<string, Temporary>();
    if (owned.size >= MAX_PER_OWNER) this.#context.refuseMore(MAX_PER_OWNER);
    const destinationLine = encodeHeaderLine('destination', `/${kind}/${alias}`, '1.2');
    const name = remoteName(ownerId, alias);
    const source = kind === 'temp-queue' ? this.#queue(name, destinationLine) : this.#topic(name);
    const temporary = { ownerId, source, destinationLine };
    owned.set(key, temporary);
    this.#ofOwner.set(ownerId, owned);
    this.#byName.set(key, temporary);
    this.#context.onAdded(source, ownerId);
    return temporary;
  }

  #queue(name: string, destinationLine: string): Queue {
    const { policies, queueContext } = this.#context;
    const destination = { kind: 'temp-queue', name } as const;
    const setup = {
      destination,
      destinationLine,
      storedName: name,
      isTemporary: true,
      isDeadLetterQueue: false,
      policy: policies.policyOf(destination),
      lanes: [],
    };
    return new Queue(setup, queueContext);
  }

  #topic(name: string): Topic {
    const { policies, topicContext } = this.#context;
    const destination = { kind: 'temp-topic', name } as const;
    return new Topic(destination, policies.policyOf(destination), topicContext);
  }
}

/** How everybody but its owner knows it, without the prefix. */
export function remoteName(ownerId: string, alias: string): string {
  return `${ownerId}:${alias}`;
}
