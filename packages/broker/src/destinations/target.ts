/** Where a SEND goes: to a queue or topic, to several by a list, or to a temporary destination. */
import {
  type Destination,
  encodeHeaderLine,
  formatDestination,
  ProtocolError,
  parseDestination,
} from '@stompbox/protocol';
import { detached } from '../detached.js';
import { type Message, readdress, TRAITS } from '../message.js';
import type { DestinationPolicies, DestinationPolicy } from '../policy/destination-policy.js';
import { Queue } from '../queue/queue.js';
import type { Queues } from '../queue/queues.js';
import type { WriteNumber } from '../store/commit-loop.js';
import type { Origin } from '../topic/topic.js';
import type { Receivers, Topics } from '../topic/topics.js';
import { type Named, parseDestinations } from './parse-list.js';
import { remoteName, type TemporaryDestinations } from './temporary-destinations.js';
import { namesMany } from './virtual-topics.js';

export interface Target {
  /** All that it goes to. */
  readonly destinations: readonly Destination[];
  /** Of the first one. */
  readonly policy: DestinationPolicy;
  /** One of them is a queue. */
  readonly hasQueue: boolean;
  /** What its messages begin with: the `destination` line, escaped for 1.2, and what belongs to it. */
  readonly destinationLines: string;
  /** @throws ProtocolError `STOMP_PROTO_QUEUE_FULL` */
  admit(): void;
  /** The last of its writes, 0 if there is none. */
  put(message: Message, origin: Origin): WriteNumber;
}

export interface TargetContext {
  readonly queues: Queues;
  readonly topics: Topics;
  readonly temporaries: TemporaryDestinations;
  readonly policies: DestinationPolicies;
  /** A message was sent where nobody is subscribed; `undefined` while nobody wants to know. */
  readonly onNoConsumers: () => ((destination: Destination, message: Message) => void) | undefined;
  /** A message that refers to a blob goes to a topic, whose subscribers settle nothing. */
  readonly onBlobPublished: (message: Message) => void;
  /** A message to a temporary destination whose owner has gone. */
  readonly onUndeliverable: (destination: Destination, message: Message) => void;
}

/** Targets that are remembered, so that a SEND does not parse its own again. */
const REMEMBERED = 1000;

export class Targets {
  readonly #context: TargetContext;
  readonly #known = new Map<string, Target>();

  constructor(context: TargetContext) {
    this.#context = context;
  }

  /** @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION` */
  target(text: string, connectionId: string): Target {
    const known = this.#known.get(text);
    if (known) return known;
    const key = detached(text);
    const elements = parseDestinations(key);
    const targets = elements.map((named) => this.#single(named, connectionId));
    const [first, ...others] = targets;
    if (first === undefined) throw new TypeError('a list of destinations without an element');
    const target = others.length === 0 ? first : listTarget(key, targets);
    // What temporary names mean depends on who says them, and when.
    if (elements.every(({ scope }) => scope === 'broker')) {
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(key, target);
    }
    return target;
  }

  /** One queue or topic; nothing in its name is read as a wildcard or a list. */
  exact(text: string): Target {
    // What is remembered for a name with a comma is a list.
    const known = text.includes(',') ? undefined : this.#known.get(text);
    if (known) return known;
    const destination = parseDestination(text);
    return destination.kind === 'topic' ? this.#topic(destination) : this.#queue(destination);
  }

  #single(named: Named, connectionId: string): Target {
    if (named.scope !== 'broker') return this.#temporary(named, connectionId);
    const { destination } = named;
    if (namesMany(destination)) {
      throw new ProtocolError(
        'STOMP_PROTO_BAD_DESTINATION',
        `SEND to the pattern "${formatDestination(destination)}": name the destinations, wildcards are for SUBSCRIBE`,
      );
    }
    return destination.kind === 'queue' ? this.#queue(destination) : this.#topic(destination);
  }

  #queue(destination: Destination): Target {
    const { queues, policies, onNoConsumers } = this.#context;
    const { name } = destination;
    return {
      destinations: [destination],
      policy: policies.policyOf(destination),
      hasQueue: true,
      destinationLines: lineOf(formatDestination(destination)),
      admit: () => refuseIfFull(queues.get(name)),
      put: (message) => {
        const queue = queues.queue(name);
        if (queue.consumerCount === 0) onNoConsumers()?.(destination, message);
        return queue.put(message);
      },
    };
  }

  #topic(destination: Destination): Target {
    const { topics, policies, onNoConsumers, onBlobPublished } = this.#context;
    let version = -1;
    let receivers: Receivers | undefined;
    return {
      destinations: [destination],
      policy: policies.policyOf(destination),
      hasQueue: false,
      destinationLines: lineOf(formatDestination(destination)),
      admit: () => {},
      put: (message, origin) => {
        if (receivers === undefined || version !== topics.version) {
          receivers = topics.receivers(destination);
          version = topics.version;
        }
        const { own, patterns } = receivers;
        if (own.isUnused && patterns.every(({ isUnused }) => isUnused)) {
          onNoConsumers()?.(destination, message);
        }
        if (message.has(TRAITS.blob)) onBlobPublished(message);
        return own.publish(message, origin, patterns);
      },
    };
  }

  #temporary(named: Exclude<Named, { scope: 'broker' }>, connectionId: string): Target {
    const { temporaries, policies, onUndeliverable } = this.#context;
    const { kind } = named;
    if (named.scope === 'own') temporaries.own(connectionId, kind, named.alias);
    const name = named.scope === 'own' ? remoteName(connectionId, named.alias) : named.name;
    const destination = { kind, name };
    const found = temporaries.find(kind, name);
    return {
      destinations: [destination],
      policy: policies.policyOf(destination),
      hasQueue: kind === 'temp-queue',
      destinationLines: found?.destinationLine ?? lineOf(`/remote-${kind}/${name}`),
      admit: () => {
        if (found?.source instanceof Queue) refuseIfFull(found.source);
      },
      put: (message, origin) => {
        // Not the one that was found: when a transaction is committed its owner may have gone.
        const source = temporaries.find(kind, name)?.source;
        if (source instanceof Queue) return source.put(message);
        if (source !== undefined) return source.publish(message, origin);
        onUndeliverable(destination, message);
        return 0;
      },
    };
  }
}

/** One copy each; all have the same message-id and say what the sender wrote. */
function listTarget(text: string, targets: readonly Target[]): Target {
  const original = encodeHeaderLine('original-destination', text, '1.2');
  const lines = targets.map(({ destinationLines }) => destinationLines + original);
  const [first] = targets as [Target, ...Target[]];
  return {
    destinations: targets.flatMap(({ destinations }) => destinations),
    policy: first.policy,
    hasQueue: targets.some(({ hasQueue }) => hasQueue),
    destinationLines: first.destinationLines + original,
    admit: () => {
      for (const target of targets) target.admit();
    },
    put: (message, origin) => {
      let last: WriteNumber = 0;
      for (const [index, target] of targets.entries()) {
        const copy = index === 0 ? message : readdress(message, lines[index] ?? '', 2);
        last = Math.max(last, target.put(copy, origin));
      }
      return last;
    },
  };
}

function lineOf(destination: string): string {
  return encodeHeaderLine('destination', destination, '1.2');
}

function refuseIfFull(queue: Queue | undefined): void {
  if (queue === undefined) return;
  const { maxMessages } = queue.policy;
  if (maxMessages === 0 || queue.depth < maxMessages) return;
  throw new ProtocolError(
    'STOMP_PROTO_QUEUE_FULL',
    `${formatDestination(queue.destination)} holds ${queue.depth} messages, and its policy allows ${maxMessages}: consume some, or raise maxMessages`,
  );
}
