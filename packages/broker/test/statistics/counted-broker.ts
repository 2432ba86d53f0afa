/** Statistics of a broker that consists of what a test says. */
import type { Destination } from '@stompbox/protocol';
import type { ConsumerFacts } from '../../dist/activity.js';
import {
  type DestinationCounters,
  newDestinationCounters,
} from '../../dist/statistics/counters.js';
import { Statistics } from '../../dist/statistics/statistics.js';
import type {
  BrokerFacts,
  DestinationStatistics,
  StatisticsSource,
  SubscriptionStatistics,
} from '../../dist/statistics/statistics-source.js';
import { consumer, queue } from '../advisory/recording-port.js';

export class CountedBroker implements StatisticsSource {
  readonly statistics = new Statistics(this);
  #destinations: DestinationStatistics[] = [];
  readonly #subscriptions: SubscriptionStatistics[] = [];
  /** How often it was asked for the time of an oldest message. */
  timestampQuestions = 0;

  broker(): BrokerFacts {
    return {
      brokerId: 'ID:broker',
      brokerName: 'main',
      dataDirectory: '/data',
      memory: { usedBytes: 300, limitBytes: 1000 },
      store: { usedBytes: 5000, limitBytes: 0 },
      temp: { usedBytes: 0, limitBytes: 2000 },
      connectors: { stomp: 'stomp://127.0.0.1:61613', 'stomp+ssl': '' },
    };
  }

  destinations(): Iterable<DestinationStatistics> {
    return this.#destinations;
  }

  subscriptions(): Iterable<SubscriptionStatistics> {
    return this.#subscriptions;
  }

  /** A destination with these counters; with `firstMs` it holds a message sent then. */
  has(
    destination: Destination,
    changes: Partial<DestinationCounters> = {},
    firstMs?: number,
  ): DestinationCounters {
    const counters = { ...newDestinationCounters(), ...changes };
    this.#destinations.push({
      destination,
      counters,
      cached: { messages: 2, bytes: 100 },
      firstMessageTimestampMs: () => {
        this.timestampQuestions += 1;
        return firstMs;
      },
    });
    return counters;
  }

  loses(counters: DestinationCounters): void {
    this.#destinations = this.#destinations.filter((one) => one.counters !== counters);
    this.statistics.retire(counters);
  }

  hasSubscription(changes: Partial<ConsumerFacts>): void {
    this.#subscriptions.push({
      consumer: { ...consumer(queue('reply')), clientId: 'cons', ...changes },
      isSlow: false,
      enqueued: 12,
      dispatched: 10,
      dequeued: 9,
      inflight: 1,
    });
  }
}
