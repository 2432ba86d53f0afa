/**
 * From the destinations of frames to the queues and topics that they mean. It wires the registries that
 * hold those, and tells what happens to them.
 */
import {
  type Destination,
  formatDestination,
  ProtocolError,
  parseDestination,
} from '@stompbox/protocol';
import type { Activities } from './activity.js';
import type { BlobService } from './blob/blob-service.js';
import type { Clock } from './clock.js';
import { deadLetterCopy, originOf } from './dead-letter.js';
import type { Entry } from './delivery.js';
import { type JoinRequest, joinDestinations } from './destinations/join.js';
import { type Target, Targets } from './destinations/target.js';
import { TemporaryDestinations } from './destinations/temporary-destinations.js';
import { VirtualTopics } from './destinations/virtual-topics.js';
import type { MemoryUse } from './memory/memory-use.js';
import type { Message } from './message.js';
import type { MessageIds } from './message-ids.js';
import {
  type DestinationPolicies,
  type DestinationPolicy,
  deadLetterQueueOf,
} from './policy/destination-policy.js';
import type { Queue, QueueContext } from './queue/queue.js';
import { Queues } from './queue/queues.js';
import type { Randomness } from './random.js';
import type { Principal } from './security/principal.js';
import { type Outgoing, outgoingMessage } from './sending/outgoing.js';
import type { CommitLoop, WriteNumber } from './store/commit-loop.js';
import type { Store } from './store/store.js';
import type { Source, Subscription } from './subscription.js';
import { DurableSubscriptions, topicsOf } from './topic/durable-subscriptions.js';
import type { Origin, Topic, TopicContext } from './topic/topic.js';
import { Topics } from './topic/topics.js';

export interface RouterContext {
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly policies: DestinationPolicies;
  readonly memory: MemoryUse;
  readonly activities: Activities;
  readonly messageIds: MessageIds;
  readonly blobs: BlobService;
}

/** Who sends what the broker itself sends; it owns no temporary destinations. */
const BROKER_ID = 'broker';
const NOBODY: Origin = { connectionId: undefined, clientId: undefined };

export class Router {
  readonly queues: Queues;
  readonly topics: Topics;
  readonly temporaries: TemporaryDestinations;
  readonly durables: DurableSubscriptions;
  readonly #context: RouterContext;
  /** The write that makes a queue durable. */
  readonly #madeBy = new WeakMap<Source, WriteNumber>();
  readonly #targets: Targets;

  constructor(context: RouterContext) {
    const { policies, commits } = context;
    this.#context = context;
    const queueContext = this.#queueContext();
    const topicContext = this.#topicContext();
    this.topics = new Topics({
      ...topicContext,
      policies,
      onAdded: (destination) => this.#tellDestination('destination-added', destination),
      onRemoved: (destination) => this.#tellDestination('destination-removed', destination),
    });
    const virtualTopics = new VirtualTopics(this.topics);
    this.queues = new Queues({
      ...queueContext,
      policies,
      onAdded: (queue) => {
        this.#madeBy.set(queue, commits.writtenNumber);
        virtualTopics.queueAdded(queue);
        this.#tellDestination('destination-added', queue.destination);
      },
      onRemoved: (queue) => {
        virtualTopics.queueRemoved(queue);
        this.#tellDestination('destination-removed', queue.destination);
      },
    });
    this.temporaries = new TemporaryDestinations({
      policies,
      queueContext,
      topicContext: { ...topicContext, onUnused: () => {} },
      onAdded: ({ destination }, id) => this.#tellDestination('destination-added', destination, id),
      onRemoved: ({ destination }, id) =>
        this.#tellDestination('destination-removed', destination, id),
      refuseMore: (limit) => {
        throw new ProtocolError(
          'STOMP_PROTO_BAD_DESTINATION',
          `This connection has ${limit} temporary destinations: use them again, or open another connection`,
        );
      },
    });
    this.durables = new DurableSubscriptions({ queueContext, policies, topics: this.topics });
    this.#targets = new Targets({
      ...this,
      policies,
      onUndeliverable: this.#undeliverable,
      onBlobPublished: (message) => context.blobs.linger(message),
      onNoConsumers: () =>
        context.activities.hasListeners('no-consumers') ? this.#noConsumers : undefined,
    });
    this.queues.restore();
    this.durables.restore();
  }

  /**
   * Where a SEND of this connection goes.
   * @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION`
   */
  target(text: string, connectionId: string): Target {
    return this.#targets.target(text, connectionId);
  }

  /**
   * Sends a message of the broker's own, to all that its destination names.
   * @throws ProtocolError as a SEND would
   */
  send(outgoing: Outgoing): WriteNumber {
    const target = this.target(outgoing.destination, BROKER_ID);
    target.admit();
    return this.#put(outgoing, target);
  }

  /** The same to where room was seen to be before: a COMMIT cannot be refused half way. */
  reply(outgoing: Outgoing): WriteNumber {
    return this.#put(outgoing, this.target(outgoing.destination, BROKER_ID));
  }

  /** The same to one queue or topic, in whose name nothing is read as a wildcard or a list. */
  publish(outgoing: Outgoing): WriteNumber {
    return this.#put(outgoing, this.#targets.exact(outgoing.destination));
  }

  /** A message of the broker's own to one subscriber of a topic. */
  sendTo(subscription: Subscription, topic: Topic, outgoing: Outgoing): void {
    const target = this.#targets.exact(outgoing.destination);
    topic.sendTo(subscription, outgoingMessage(outgoing, target, this.#outgoingContext));
  }

  /**
   * Keeps for a person what `send` has refused.
   * @throws ProtocolError when its destination has no name that a dead letter queue could have
   */
  deadLetter(outgoing: Outgoing, cause: string): WriteNumber {
    const { activities } = this.#context;
    const [destination] = this.target(outgoing.destination, BROKER_ID).destinations;
    if (destination === undefined) throw new TypeError('a target without a destination');
    const deadLetterQueue = deadLetterQueueOf(this.policyOf(destination), destination);
    const target = this.#targets.exact(formatDestination({ kind: 'queue', name: deadLetterQueue }));
    const kept = outgoing.headers.filter(([name]) => name !== 'expires');
    const letter = {
      ...outgoing,
      headers: [...kept, ['dlqDeliveryFailureCause', cause] as const],
      isPersistent: true,
      originalDestination: outgoing.destination,
    };
    const message = outgoingMessage(letter, target, this.#outgoingContext);
    const written = target.put(message, NOBODY);
    const type = 'message-dead-lettered';
    activities.emit({ type, destination, deadLetterQueue, message, cause });
    return written;
  }

  /** Would anybody get, or be kept, a message that is sent to this topic now? */
  hasListeners(destination: string): boolean {
    return this.topics.hasReceivers(parseDestination(destination).name);
  }

  /**
   * Subscribes to all that the text names; the write by which its queues are durable, 0 if it has none.
   * @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION`, `STOMP_PROTO_NOT_ALLOWED`
   */
  join(subscription: Subscription, request: JoinRequest): WriteNumber {
    const { commits } = this.#context;
    joinDestinations(subscription, request, { ...this, commits });
    // Somebody else may have made a queue a moment ago: that write must have been synced, too.
    const made = subscription.sources().map((source) => this.#madeBy.get(source) ?? 0);
    return Math.max(0, ...made);
  }

  /**
   * Joins a durable subscription to what was kept for it; the write that makes a new one durable.
   * @throws ProtocolError `STOMP_PROTO_DURABLE_IN_USE`, `STOMP_PROTO_BAD_DESTINATION`, `STOMP_PROTO_NOT_ALLOWED`
   */
  resume(
    subscription: Subscription,
    clientId: string,
    principal: Principal | undefined,
  ): WriteNumber {
    const { durableName = '', destination, selector, noLocal } = subscription.options;
    const facts = { clientId, name: durableName, destination, selector: selector?.text, noLocal };
    const { queue, madeBy } = this.durables.resume(facts, (topic) =>
      principal?.require('delete', topic),
    );
    subscription.addSource(queue);
    queue.join(subscription);
    return madeBy;
  }

  /**
   * Deletes a durable subscription with what it holds; the write that does it.
   * @throws ProtocolError `STOMP_PROTO_DURABLE_IN_USE`, `STOMP_PROTO_NO_DURABLE`, `STOMP_PROTO_NOT_ALLOWED`
   */
  deleteDurable(clientId: string, name: string, principal: Principal | undefined): WriteNumber {
    const durable = this.durables.get(clientId, name);
    for (const topic of durable ? topicsOf(durable.facts.destination) : []) {
      principal?.require('delete', topic);
    }
    this.durables.delete(clientId, name);
    return this.#context.commits.writtenNumber;
  }

  policyOf(destination: Destination): DestinationPolicy {
    return this.#context.policies.policyOf(destination);
  }

  /** False: naming it would make it. */
  exists({ kind, name }: Destination): boolean {
    if (kind === 'queue') return this.queues.get(name) !== undefined;
    return kind !== 'topic' || this.topics.has(name);
  }

  /** Subscriptions to a queue or topic, or to a pattern. */
  consumerCount({ kind, name }: Destination): number {
    if (kind === 'queue') return this.queues.get(name)?.consumerCount ?? 0;
    if (kind === 'topic') return this.topics.get(name)?.consumerCount ?? 0;
    const source = this.temporaries.find(kind, name)?.source;
    return source?.consumerCount ?? 0;
  }

  /** What a closed connection leaves behind. */
  connectionEnded(connectionId: string): void {
    this.temporaries.removeAllOf(connectionId);
  }

  close(): void {
    this.queues.close();
    this.durables.close();
  }

  get #outgoingContext(): { messageIds: MessageIds; now: number } {
    return { messageIds: this.#context.messageIds, now: this.#context.clock.now() };
  }

  #put(outgoing: Outgoing, target: Target): WriteNumber {
    return target.put(outgoingMessage(outgoing, target, this.#outgoingContext), NOBODY);
  }

  #queueContext(): QueueContext {
    const { store, commits, clock, random, memory, activities, blobs } = this.#context;
    return {
      store,
      commits,
      clock,
      random,
      mayKeepMore: (waiting) => memory.mayKeepMore(waiting),
      onWaitingBytes: (change) => memory.changeWaiting(change),
      deadLetter: (queue, entry, cause) => this.#deadLetter(queue, entry, cause),
      expired: (queue, message) => this.#expired(queue, message),
      blobAdded: (message) => void blobs.retain(message),
      blobRemoved: (message) => void blobs.release(message),
      blobLingers: (message) => blobs.linger(message),
      onCorruptRecord: ({ name }, position) =>
        activities.emit({ type: 'corrupt-record', queue: name, position }),
    };
  }

  #topicContext(): Omit<TopicContext, 'onUnused'> {
    const { activities, clock, memory } = this.#context;
    return {
      now: () => clock.now(),
      onDropped: ({ name }, { connectionId, peer, options }, message, discardedCount) =>
        activities.emit({
          type: 'message-discarded',
          topic: name,
          message,
          connectionId,
          consumerId: options.serial,
          peer,
          discardedCount,
        }),
      onSlow: ({ destination }, { connectionId, options }) =>
        activities.emit({
          type: 'slow-consumer',
          destination,
          connectionId,
          consumerId: options.serial,
        }),
      onRefused: ({ name }, { peer }, { id }) =>
        activities.emit({
          type: 'message-refused-by-topic-subscriber',
          topic: name,
          messageId: id,
          peer,
        }),
      onExpired: ({ destination }, message) =>
        activities.emit({ type: 'message-expired', destination, message }),
      onBacklogBytes: (change) => memory.change(change),
    };
  }

  #tellDestination(
    type: 'destination-added' | 'destination-removed',
    destination: Queue['destination'],
    connectionId?: string,
  ): void {
    this.#context.activities.emit({ type, destination, connectionId });
  }

  #deadLetter(queue: Queue, { message, redeliveries }: Entry, cause: string): WriteNumber {
    return this.#moveToDeadLetters(queue, message, cause, redeliveries);
  }

  #expired(queue: Queue, message: Message): WriteNumber {
    const { policy } = queue;
    const destination = originOf(queue, message);
    this.#context.activities.emit({ type: 'message-expired', destination, message });
    const { expired, nonPersistentExpired } = policy.deadLetter;
    if (!expired || queue.isTemporary || queue.isDeadLetterQueue) return 0;
    if (!message.isPersistent && !nonPersistentExpired) return 0;
    const cause = `Message Expired. Expiration:${message.expiresAtMs}`;
    return this.#moveToDeadLetters(queue, message, cause, 0);
  }

  #moveToDeadLetters(queue: Queue, message: Message, cause: string, deliveries: number): number {
    const destination = originOf(queue, message);
    const queueName = deadLetterQueueOf(queue.policy, destination);
    const copy = deadLetterCopy(message, { queueName, destination, cause, deliveries });
    const written = this.queues.queue(queueName).put(copy);
    this.#context.activities.emit({
      type: 'message-dead-lettered',
      destination,
      deadLetterQueue: queueName,
      message,
      cause,
    });
    return written;
  }

  readonly #undeliverable = (destination: Queue['destination'], message: Message): void => {
    const messageId = message.id;
    this.#context.activities.emit({ type: 'undeliverable-reply', destination, messageId });
  };

  readonly #noConsumers = (destination: Destination, message: Message): void => {
    this.#context.activities.emit({ type: 'no-consumers', destination, message });
  };
}
