/**
 * A durable subscription: a queue that a topic fills, also while its client is away. What it is stands in
 * the name under which the store keeps the queue, so it comes and goes with the queue in one write.
 */
import type { Message } from '../message.js';
import type { Queue } from '../queue/queue.js';
import { MessageValues } from '../selector/message-values.js';
import { parseSelector, type Selector } from '../selector/selector.js';
import type { WriteNumber } from '../store/commit-loop.js';
import type { Feed, Origin, Topic } from './topic.js';

export interface DurableFacts {
  readonly clientId: string;
  readonly name: string;
  /** As the client wrote it; may be a pattern or a list. */
  readonly destination: string;
  readonly selector: string | undefined;
  readonly noLocal: boolean;
}

const MARK = '\u0000durable';

/** Under which the store keeps its messages. */
export function storedNameOf({
  clientId,
  name,
  destination,
  selector,
  noLocal,
}: DurableFacts): string {
  // JSON writes no NUL, so the marks of internal names stay unambiguous.
  return MARK + JSON.stringify([clientId, name, destination, selector ?? null, noLocal]);
}

export function factsOfStoredName(storedName: string): DurableFacts | undefined {
  if (!storedName.startsWith(MARK)) return undefined;
  const [clientId, name, destination, selector, noLocal] = JSON.parse(
    storedName.slice(MARK.length),
  ) as [string, string, string, string | null, boolean];
  return { clientId, name, destination, selector: selector ?? undefined, noLocal };
}

export class DurableSubscription implements Feed {
  readonly facts: DurableFacts;
  readonly queue: Queue;
  /** The write that makes it durable. */
  readonly madeBy: WriteNumber;
  readonly #topics: readonly Topic[];
  readonly #selector: Selector | undefined;

  constructor(facts: DurableFacts, queue: Queue, topics: readonly Topic[], madeBy: WriteNumber) {
    this.facts = facts;
    this.queue = queue;
    this.madeBy = madeBy;
    this.#topics = topics;
    this.#selector = facts.selector === undefined ? undefined : parseSelector(facts.selector);
    for (const topic of topics) topic.addFeed(this);
  }

  get consumerCount(): number {
    return this.queue.consumerCount;
  }

  get isActive(): boolean {
    return this.consumerCount > 0;
  }

  take(message: Message, { clientId }: Origin): WriteNumber {
    if (this.facts.noLocal && clientId === this.facts.clientId) return 0;
    if (this.#selector && !this.#selector.matches(values.of(message, 0))) return 0;
    return this.queue.put(message);
  }

  /** Ends it for good, with all that it holds. */
  delete(): void {
    for (const topic of this.#topics) topic.removeFeed(this);
    this.queue.drop();
  }
}

const values = new MessageValues();
