/**
 * All queues by name, and the subscriptions to patterns of names (`orders.>`), which join every queue
 * that matches, those that come later included. A queue comes into being when it is first named, and
 * stays.
 */
import { encodeHeaderLine, formatDestination } from '@stompbox/protocol';
import { type DestinationPattern, parsePattern } from '../destination-pattern.js';
import type { DestinationPolicies } from '../policy/destination-policy.js';
import type { WriteNumber } from '../store/commit-loop.js';
import type { Source, Subscription } from '../subscription.js';
import { laneOfName, type StoredLane } from './lanes.js';
import { Queue, type QueueContext, type QueueSetup } from './queue.js';

export interface QueuesContext extends QueueContext {
  readonly policies: DestinationPolicies;
  onAdded(queue: Queue): void;
  onRemoved(queue: Queue): void;
}

/** Which of the queues that match a pattern a subscription may read. */
export type MayRead = (queue: Queue) => boolean;

/** Names of the store's queues that hold something else than a queue of the users. */
const INTERNAL_MARK = '\u0000';

export class Queues {
  readonly #context: QueuesContext;
  readonly #byName = new Map<string, Queue>();
  readonly #patternReaders = new Set<PatternReader>();

  constructor(context: QueuesContext) {
    this.#context = context;
  }

  /** Takes over the queues that the store holds. */
  restore(): void {
    for (const [name, lanes] of storedLanes(this.#context.store)) {
      if (!name.startsWith(INTERNAL_MARK)) this.#add(name, lanes);
    }
  }

  [Symbol.iterator](): Iterator<Queue> {
    return this.#byName.values();
  }

  get(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  /** The queue of this name; a new one if there is none. */
  queue(name: string): Queue {
    return this.#byName.get(name) ?? this.#create(name);
  }

  /** Subscribes to all queues that match, now and later. */
  joinPattern(pattern: string, subscription: Subscription, mayRead: MayRead): void {
    const reader = new PatternReader(parsePattern(pattern), subscription, mayRead, (ended) =>
      this.#patternReaders.delete(ended),
    );
    this.#patternReaders.add(reader);
    subscription.addSource(reader);
    for (const queue of this.#byName.values()) reader.meet(queue);
  }

  /** Deletes a queue with all that it holds; its consumers get nothing from it any more. */
  remove(queue: Queue): void {
    queue.drop();
    this.#byName.delete(queue.name);
    this.#context.onRemoved(queue);
  }

  close(): void {
    for (const queue of this.#byName.values()) queue.close();
  }

  #create(name: string): Queue {
    const queue = this.#add(name, []);
    for (const reader of this.#patternReaders) reader.meet(queue);
    return queue;
  }

  #add(name: string, lanes: readonly StoredLane[]): Queue {
    const queue = new Queue(this.#setup(name, lanes), this.#context);
    // An empty queue is kept, too: whoever looks for it finds it after a restart.
    if (lanes.length === 0) queue.lanes.create();
    this.#byName.set(name, queue);
    this.#context.onAdded(queue);
    return queue;
  }

  #setup(name: string, lanes: readonly StoredLane[]): QueueSetup {
    const { policies } = this.#context;
    const destination = { kind: 'queue', name } as const;
    return {
      destination,
      destinationLine: encodeHeaderLine('destination', formatDestination(destination), '1.2'),
      storedName: name,
      isTemporary: false,
      isDeadLetterQueue: policies.isDeadLetterQueue(name),
      policy: policies.policyOf(destination),
      lanes,
    };
  }
}

/** What the store holds, by the names of queues. */
export function storedLanes(store: QueueContext['store']): Map<string, StoredLane[]> {
  const byName = new Map<string, StoredLane[]>();
  for (const { name, ...stored } of store.queues()) {
    const { queueName, priority } = laneOfName(name);
    const lanes = byName.get(queueName) ?? [];
    lanes.push({ priority, ...stored });
    byName.set(queueName, lanes);
  }
  return byName;
}

/** Brings a subscription together with the queues that its pattern matches. */
class PatternReader implements Source {
  readonly keepsOffered = false;
  readonly #pattern: DestinationPattern;
  readonly #subscription: Subscription;
  readonly #mayRead: MayRead;
  readonly #onEnd: (reader: PatternReader) => void;

  constructor(
    pattern: DestinationPattern,
    subscription: Subscription,
    mayRead: MayRead,
    onEnd: (reader: PatternReader) => void,
  ) {
    this.#pattern = pattern;
    this.#subscription = subscription;
    this.#mayRead = mayRead;
    this.#onEnd = onEnd;
  }

  meet(queue: Queue): void {
    if (!this.#pattern.matches(queue.name) || !this.#mayRead(queue)) return;
    // A list may name a queue that one of its patterns matches, too.
    if (this.#subscription.sources().includes(queue)) return;
    this.#subscription.addSource(queue);
    queue.join(this.#subscription);
  }

  leave(): void {
    this.#onEnd(this);
  }

  onCredit(): void {}

  settle(): WriteNumber {
    return 0;
  }

  refuse(): WriteNumber {
    return 0;
  }

  giveBack(): void {}
}
