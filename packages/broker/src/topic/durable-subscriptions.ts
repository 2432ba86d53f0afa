/** All durable subscriptions, by the client id and name that identify them. */
import { type Destination, formatDestination, ProtocolError } from '@stompbox/protocol';
import { parseDestinations } from '../destinations/parse-list.js';
import type { DestinationPolicies } from '../policy/destination-policy.js';
import type { StoredLane } from '../queue/lanes.js';
import { Queue, type QueueContext } from '../queue/queue.js';
import { storedLanes } from '../queue/queues.js';
import {
  type DurableFacts,
  DurableSubscription,
  factsOfStoredName,
  storedNameOf,
} from './durable-subscription.js';
import type { Topics } from './topics.js';

export interface DurableContext {
  readonly queueContext: QueueContext;
  readonly policies: DestinationPolicies;
  readonly topics: Topics;
}

/** @throws what is to be told to a client that may not delete a durable subscription to this topic */
export type RequireDelete = (topic: Destination) => void;

export class DurableSubscriptions {
  readonly #context: DurableContext;
  readonly #byKey = new Map<string, DurableSubscription>();

  constructor(context: DurableContext) {
    this.#context = context;
  }

  /** Takes over what the store holds. */
  restore(): void {
    for (const [storedName, lanes] of storedLanes(this.#context.queueContext.store)) {
      const facts = factsOfStoredName(storedName);
      if (facts) this.#create(facts, lanes);
    }
  }

  [Symbol.iterator](): Iterator<DurableSubscription> {
    return this.#byKey.values();
  }

  get(clientId: string, name: string): DurableSubscription | undefined {
    return this.#byKey.get(keyOf(clientId, name));
  }

  /**
   * The subscription to resume. One of the same name to another topic or with another selector is
   * deleted with what it holds, and begun anew, as JMS has it.
   * @param requireDelete called for each topic that it is then lost to; the others were asked for already
   * @throws ProtocolError `STOMP_PROTO_DURABLE_IN_USE`
   */
  resume(facts: DurableFacts, requireDelete: RequireDelete): DurableSubscription {
    const { clientId, name } = facts;
    const known = this.get(clientId, name);
    if (known === undefined) return this.#create(facts, []);
    if (known.isActive) {
      throw new ProtocolError(
        'STOMP_PROTO_DURABLE_IN_USE',
        `Durable consumer is in use for client: ${clientId} and subscriptionName: ${name}: end that subscription first, or choose another name`,
      );
    }
    const [before, now] = [inOneSpelling(known.facts), inOneSpelling(facts)];
    if (storedNameOf(before) === storedNameOf(now)) return known;
    // Client ids belong to no user: whoever says one has no more rights for it.
    if (before.destination !== now.destination) topicsOf(before.destination).forEach(requireDelete);
    this.#delete(known);
    return this.#create(facts, []);
  }

  /** @throws ProtocolError `STOMP_PROTO_DURABLE_IN_USE`, `STOMP_PROTO_NO_DURABLE` */
  delete(clientId: string, name: string): void {
    const known = this.get(clientId, name);
    if (known === undefined) {
      throw new ProtocolError(
        'STOMP_PROTO_NO_DURABLE',
        `No durable subscription exists for clientID: ${clientId} and subscriptionName: ${name}`,
      );
    }
    if (known.isActive) {
      throw new ProtocolError(
        'STOMP_PROTO_DURABLE_IN_USE',
        `Durable consumer is in use: UNSUBSCRIBE its id first, then delete "${name}"`,
      );
    }
    this.#delete(known);
  }

  close(): void {
    for (const { queue } of this.#byKey.values()) queue.close();
  }

  #delete(durable: DurableSubscription): void {
    this.#byKey.delete(keyOf(durable.facts.clientId, durable.facts.name));
    durable.delete();
  }

  #create(facts: DurableFacts, lanes: readonly StoredLane[]): DurableSubscription {
    const { queueContext, policies, topics } = this.#context;
    const destinations = topicsOf(facts.destination);
    const [destination] = destinations;
    const setup = {
      destination,
      destinationLine: '',
      storedName: storedNameOf(facts),
      isTemporary: false,
      isDeadLetterQueue: false,
      policy: policies.policyOf(destination),
      lanes,
    };
    const queue = new Queue(setup, queueContext);
    if (lanes.length === 0) queue.lanes.create();
    const { writtenNumber } = queueContext.commits;
    const feeding = destinations.map((each) => topics.topic(each));
    const durable = new DurableSubscription(facts, queue, feeding, writtenNumber);
    this.#byKey.set(keyOf(facts.clientId, facts.name), durable);
    return durable;
  }
}

/** Spaces and options change nothing of what a destination is. */
function inOneSpelling(facts: DurableFacts): DurableFacts {
  return { ...facts, destination: topicsOf(facts.destination).map(formatDestination).join() };
}

/** @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION` unless all of them are topics */
export function topicsOf(text: string): readonly [Destination, ...Destination[]] {
  const topics = parseDestinations(text).map((named) => {
    if (named.scope === 'broker' && named.destination.kind === 'topic') return named.destination;
    throw new ProtocolError(
      'STOMP_PROTO_BAD_DESTINATION',
      `Only a topic can be subscribed to durably, not "${text}": a queue keeps its messages anyway`,
    );
  });
  return topics as [Destination, ...Destination[]];
}

function keyOf(clientId: string, name: string): string {
  return `${clientId}\u0000${name}`;
}
