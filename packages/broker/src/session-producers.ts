/** The destinations that a session has sent to; the first SEND to each makes it a producer there. */
import { type Destination, formatDestination } from '@stompbox/protocol';
import type { Activities, ProducerFacts } from './activity.js';
import { detached } from './detached.js';

/** How many connections have sent to each destination and are still there. */
export class ProducerCounts {
  readonly #counts = new Map<string, number>();

  of(destination: Destination): number {
    return this.#counts.get(formatDestination(destination)) ?? 0;
  }

  /** The count after the change. */
  change(destination: Destination, by: 1 | -1): number {
    const key = formatDestination(destination);
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    return count;
  }
}

interface ProducersContext {
  readonly activities: Activities;
  readonly producerCounts: ProducerCounts;
}

/** Destinations of one connection that are told of; it may send to more. */
const MAX_REMEMBERED = 1000;

export class SessionProducers {
  readonly #connectionId: string;
  readonly #context: ProducersContext;
  readonly #seen = new Set<string>();
  readonly #facts: ProducerFacts[] = [];

  constructor(connectionId: string, context: ProducersContext) {
    this.#connectionId = connectionId;
    this.#context = context;
  }

  /** @param text the destination as the client wrote it */
  sentTo(text: string, destinations: readonly Destination[]): void {
    if (this.#seen.has(text) || this.#seen.size >= MAX_REMEMBERED) return;
    const { activities, producerCounts } = this.#context;
    this.#seen.add(detached(text));
    for (const destination of destinations) {
      const facts = {
        connectionId: this.#connectionId,
        producerId: this.#facts.length + 1,
        destination,
      };
      this.#facts.push(facts);
      const producerCount = producerCounts.change(destination, 1);
      activities.emit({ type: 'producer-added', producerCount, ...facts });
    }
  }

  facts(): readonly ProducerFacts[] {
    return this.#facts;
  }

  close(): void {
    const { activities, producerCounts } = this.#context;
    for (const facts of this.#facts.splice(0)) {
      const producerCount = producerCounts.change(facts.destination, -1);
      activities.emit({ type: 'producer-removed', producerCount, ...facts });
    }
  }
}
