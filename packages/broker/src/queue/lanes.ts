/** The lanes of a queue, one for each priority that its messages have, highest first. */

import type { Entry } from '../delivery.js';
import { DEFAULT_PRIORITY, type Message, TRAITS } from '../message.js';
import { Lane, type LaneContext, type StoredPart } from './lane.js';
import type { Queue, QueueContext, QueueSetup } from './queue.js';

export interface StoredLane extends StoredPart {
  readonly priority: number;
}

/** Stands between a queue's name and the priority of a lane in the names of the store's queues. */
const PRIORITY_MARK = '\u0000p';

/** Under which name the store keeps a lane. */
function laneName(queueName: string, priority: number): string {
  return priority === DEFAULT_PRIORITY ? queueName : `${queueName}${PRIORITY_MARK}${priority}`;
}

/** The queue and priority that a name of the store stands for. */
export function laneOfName(storedName: string): { queueName: string; priority: number } {
  const mark = storedName.lastIndexOf(PRIORITY_MARK);
  if (mark <= 0) return { queueName: storedName, priority: DEFAULT_PRIORITY };
  const priority = Number(storedName.slice(mark + PRIORITY_MARK.length));
  return { queueName: storedName.slice(0, mark), priority };
}

export class Lanes {
  readonly #byPriority: Array<Lane | undefined> = [];
  readonly #storedName: string;
  readonly #isPrioritized: boolean;
  readonly #context: QueueContext;
  readonly #laneContext: LaneContext;
  #inOrder: readonly Lane[] = [];

  constructor(queue: Queue, setup: QueueSetup, context: QueueContext) {
    const { store, commits, mayKeepMore, onWaitingBytes } = context;
    this.#storedName = setup.storedName;
    this.#isPrioritized = setup.policy.prioritized;
    this.#context = context;
    this.#laneContext = {
      store,
      commits,
      mayKeepMore,
      onWaitingBytes,
      source: queue,
      isTemporary: setup.isTemporary,
      onCorruptRecord: (position) => context.onCorruptRecord(queue, position),
    };
    for (const { priority, ...stored } of setup.lanes) this.#add(priority, stored);
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#inOrder[Symbol.iterator]();
  }

  /** Highest priority first. */
  get inOrder(): readonly Lane[] {
    return this.#inOrder;
  }

  get length(): number {
    let length = 0;
    for (const lane of this.#inOrder) length += lane.length;
    return length;
  }

  /** What waits in memory. */
  get inMemory(): { readonly messages: number; readonly bytes: number } {
    let messages = 0;
    let bytes = 0;
    for (const lane of this.#inOrder) {
      messages += lane.messagesInMemory;
      bytes += lane.bytesInMemory;
    }
    return { messages, bytes };
  }

  /** Of all that is held, in memory or not, waiting or not. */
  bytes(): number {
    let bytes = 0;
    for (const lane of this.#inOrder) bytes += lane.bytes();
    return bytes;
  }

  /** Where a new message goes. */
  of(message: Message): Lane {
    const priority = this.#isPrioritized ? message.priority : DEFAULT_PRIORITY;
    return this.#byPriority[priority] ?? this.#create(priority);
  }

  /** The lane that an entry came from. */
  holding(entry: Entry): Lane {
    const lane = this.#byPriority[entry.priority];
    if (lane === undefined) throw new TypeError(`${entry.message.id} is of no lane`);
    return lane;
  }

  *waiting(): Iterable<Entry> {
    for (const lane of this.#inOrder) yield* lane.waiting();
  }

  /** True when some in memory expires some day. */
  keepsExpiring(): boolean {
    for (const { message } of this.waiting()) if (message.has(TRAITS.expires)) return true;
    return false;
  }

  /** Makes the lane of ordinary messages, so that the store knows the queue. */
  create(): void {
    this.#create(DEFAULT_PRIORITY);
  }

  drop(): void {
    for (const lane of this.#inOrder) lane.drop();
  }

  #create(priority: number): Lane {
    const name = laneName(this.#storedName, priority);
    const kind = this.#laneContext.isTemporary ? 'scratch' : 'durable';
    const number = this.#context.commits.createQueue(name, kind);
    return this.#add(priority, { number, depth: 0, nextPosition: 0 });
  }

  #add(priority: number, stored: StoredPart): Lane {
    const lane = new Lane(priority, stored, this.#laneContext);
    this.#byPriority[priority] = lane;
    this.#inOrder = [...this.#inOrder, lane].sort((a, b) => b.priority - a.priority);
    return lane;
  }
}
