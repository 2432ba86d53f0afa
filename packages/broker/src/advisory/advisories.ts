/**
 * Tells subscribers of `ActiveMQ.Advisory.…` what happens in the broker, as ActiveMQ does.
 *
 * Invariants: nothing about advisory topics themselves raises an advisory, and neither does what the
 * publishing of an advisory leads to (a slow subscriber whose backlog overflows would otherwise be told
 * so for ever); no body is built unless somebody is subscribed to its topic. Advisories about single
 * messages are not even listened for unless some subscription can get them.
 *
 * It keeps no state of the broker: who subscribes later gets what `replayFor` reads from the snapshot.
 */
import { type Destination, formatDestination } from '@stompbox/protocol';
import type {
  Activities,
  ConnectionFacts,
  ConsumerFacts,
  DestinationFacts,
  ProducerFacts,
} from '../activity.js';
import { parsePattern } from '../destination-pattern.js';
import type { Outgoing } from '../sending/outgoing.js';
import { type AdvisoryOrigin, commandHeaders, type HeaderList } from './advisory-headers.js';
import { isAdvisoryTopic, reachesAdvisories } from './advisory-topic.js';
import {
  MESSAGE_ACTIVITIES,
  type MessageActivity,
  messageAdvisory,
  messageTopicOf,
  subjectOf,
} from './message-advisory.js';
import {
  STATE_ACTIVITIES,
  type StateActivity,
  stateBodyOf,
  stateHeadersOf,
  stateTopicOf,
} from './state-advisory.js';

/** What is there now; advisory topics and their consumers may be in it. */
export interface AdvisorySnapshot {
  readonly connections: Iterable<ConnectionFacts>;
  readonly destinations: Iterable<DestinationFacts>;
  readonly consumers: Iterable<ConsumerFacts>;
  readonly producers: Iterable<ProducerFacts>;
}

export interface AdvisoryPort {
  /** Would anybody get a message that is sent to this destination now? */
  hasListeners(destination: string): boolean;
  send(outgoing: Outgoing): unknown;
  snapshot(): AdvisorySnapshot;
  origin(): AdvisoryOrigin;
}

export class Advisories {
  readonly #activities: Activities;
  readonly #port: AdvisoryPort;
  readonly #stopListening: () => void;
  #stopListeningForMessages: () => void = () => {};
  /** Subscriptions that can get advisories; a durable one counts for good. */
  #subscriptions = 0;
  #isPublishing = false;

  /** Publishes from now on. */
  constructor(activities: Activities, port: AdvisoryPort) {
    this.#activities = activities;
    this.#port = port;
    this.#stopListening = activities.on(STATE_ACTIVITIES, (activity) => this.#onState(activity));
  }

  /** Publishes nothing any more. */
  close(): void {
    this.#stopListening();
    this.#stopListeningForMessages();
  }

  /** A durable subscription was found in the store; messages for it are kept from the start. */
  durableRecovered(destination: Destination): void {
    if (reachesAdvisories(destination)) this.#subscribed();
  }

  /**
   * What a new subscription to this destination, which may be a pattern, is to be told at once: all that
   * is there now. Empty when it gets no advisories. For this subscription only, not to be published.
   */
  replayFor(destination: Destination): Outgoing[] {
    if (!reachesAdvisories(destination)) return [];
    const { matches } = parsePattern(destination.name);
    const replayed: Outgoing[] = [];
    for (const activity of comings(this.#port.snapshot())) {
      const topic = stateTopicOf(activity);
      if (topic !== undefined && matches(topic))
        replayed.push(this.#stateAdvisory(topic, activity));
    }
    return replayed;
  }

  #onState(activity: StateActivity): void {
    if (activity.type === 'consumer-added') this.#consumerAdded(activity);
    if (activity.type === 'consumer-removed') this.#consumerRemoved(activity);
    const topic = stateTopicOf(activity);
    if (topic === undefined || !this.#isWanted(topic)) return;
    this.#publish(this.#stateAdvisory(topic, activity));
  }

  #onMessage(activity: MessageActivity): void {
    if (isAdvisoryTopic(subjectOf(activity))) return;
    const topic = messageTopicOf(activity);
    if (!this.#isWanted(topic)) return;
    const advisory = messageAdvisory(activity, {
      origin: () => this.#port.origin(),
      consumers: () => this.#port.snapshot().consumers,
    });
    if (advisory) this.#publish(outgoing(topic, advisory.headers, advisory.body));
  }

  #consumerAdded({ destination }: ConsumerFacts): void {
    if (reachesAdvisories(destination)) this.#subscribed();
  }

  #consumerRemoved({ destination, durableName }: ConsumerFacts): void {
    // What is published while a durable subscriber is away is kept for it.
    if (durableName !== undefined || !reachesAdvisories(destination)) return;
    this.#subscriptions -= 1;
    if (this.#subscriptions === 0) this.#stopListeningForMessages();
  }

  #subscribed(): void {
    this.#subscriptions += 1;
    if (this.#subscriptions > 1) return;
    this.#stopListeningForMessages = this.#activities.on(MESSAGE_ACTIVITIES, (activity) =>
      this.#onMessage(activity),
    );
  }

  #stateAdvisory(topic: string, activity: StateActivity): Outgoing {
    const headers = commandHeaders(this.#port.origin(), stateHeadersOf(activity));
    return outgoing(topic, headers, stateBodyOf(activity));
  }

  #isWanted(topic: string): boolean {
    return !this.#isPublishing && this.#port.hasListeners(destinationText(topic));
  }

  #publish(advisory: Outgoing): void {
    this.#isPublishing = true;
    try {
      this.#port.send(advisory);
    } finally {
      this.#isPublishing = false;
    }
  }
}

/** All that is there, as if it came now and in an order that makes sense. */
function* comings(snapshot: AdvisorySnapshot): Generator<StateActivity> {
  for (const one of snapshot.connections) yield { type: 'connection-opened', ...one };
  for (const one of snapshot.destinations) yield { type: 'destination-added', ...one };
  for (const group of groups(snapshot.consumers)) {
    for (const one of group) yield { type: 'consumer-added', consumerCount: group.length, ...one };
  }
  for (const group of groups(snapshot.producers)) {
    for (const one of group) yield { type: 'producer-added', producerCount: group.length, ...one };
  }
}

/** By destination. */
function groups<Facts extends { readonly destination: Destination }>(
  all: Iterable<Facts>,
): Iterable<readonly Facts[]> {
  const found = new Map<string, Facts[]>();
  for (const one of all) {
    const key = formatDestination(one.destination);
    const group = found.get(key);
    if (group) group.push(one);
    else found.set(key, [one]);
  }
  return found.values();
}

function outgoing(topic: string, headers: HeaderList, body: Uint8Array): Outgoing {
  return { destination: destinationText(topic), headers, body, isPersistent: false };
}

function destinationText(topic: string): string {
  return formatDestination({ kind: 'topic', name: topic });
}
