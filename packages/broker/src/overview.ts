/** The state of the broker as statistics and advisories ask for it: read only, made on demand. */
import type {
  ConnectionFacts,
  ConsumerFacts,
  DestinationFacts,
  ProducerFacts,
} from './activity.js';
import type { AdvisorySnapshot } from './advisory/advisories.js';
import type { AdvisoryOrigin } from './advisory/advisory-headers.js';
import type { DirectoryUse } from './memory/directory-use.js';
import type { MemoryUse } from './memory/memory-use.js';
import { Queue } from './queue/queue.js';
import type { Router } from './router.js';
import type { Session } from './session.js';
import { consumerFacts } from './session-consumers.js';
import type { ProducerCounts } from './session-producers.js';
import type {
  BrokerFacts,
  DestinationStatistics,
  StatisticsSource,
  SubscriptionStatistics,
} from './statistics/statistics-source.js';
import type { Topic } from './topic/topic.js';

export interface OverviewContext {
  readonly brokerId: string;
  readonly dataDirectory: string;
  readonly memory: MemoryUse;
  readonly directoryUse: DirectoryUse;
  readonly router: Router;
  readonly producerCounts: ProducerCounts;
  readonly sessions: ReadonlySet<Session>;
  readonly connectors: ReadonlyArray<{ readonly url: string }>;
}

const BROKER_NAME = 'stompbox';

export class Overview implements StatisticsSource {
  readonly #context: OverviewContext;

  constructor(context: OverviewContext) {
    this.#context = context;
  }

  origin(): AdvisoryOrigin {
    const { brokerId, connectors } = this.#context;
    return { brokerId, brokerName: BROKER_NAME, url: connectors[0]?.url ?? '' };
  }

  broker(): BrokerFacts {
    const { brokerId, dataDirectory, memory, directoryUse, connectors } = this.#context;
    const urlOf = (scheme: string) =>
      connectors.find(({ url }) => url.startsWith(`${scheme}://`))?.url ?? '';
    return {
      brokerId,
      brokerName: BROKER_NAME,
      dataDirectory,
      memory: { usedBytes: memory.usedBytes, limitBytes: memory.limitBytes },
      ...directoryUse.usage(),
      connectors: { stomp: urlOf('stomp'), 'stomp+ssl': urlOf('stomp+ssl') },
    };
  }

  *destinations(): Iterable<DestinationStatistics> {
    const { router } = this.#context;
    for (const queue of router.queues) yield this.#queueStatistics(queue);
    for (const topic of router.topics) yield this.#topicStatistics(topic);
    for (const { source } of router.temporaries) {
      yield source instanceof Queue ? this.#queueStatistics(source) : this.#topicStatistics(source);
    }
  }

  *subscriptions(): Iterable<SubscriptionStatistics> {
    for (const session of this.#context.sessions) {
      for (const subscription of session.subscriptions) {
        const { offeredCount, pendingCount } = subscription;
        for (const consumer of consumerFacts(subscription, session)) {
          yield {
            consumer,
            isSlow: false,
            enqueued: offeredCount,
            dispatched: offeredCount,
            dequeued: offeredCount - pendingCount,
            inflight: pendingCount,
          };
        }
      }
    }
  }

  snapshot(): AdvisorySnapshot {
    return {
      connections: this.#connections(),
      destinations: this.#destinationFacts(),
      consumers: this.#consumers(),
      producers: this.#producers(),
    };
  }

  *#connections(): Iterable<ConnectionFacts> {
    for (const { facts } of this.#context.sessions) if (facts) yield facts;
  }

  *#destinationFacts(): Iterable<DestinationFacts> {
    const { router } = this.#context;
    for (const { destination } of router.queues) yield { destination, connectionId: undefined };
    for (const { destination } of router.topics) yield { destination, connectionId: undefined };
    for (const { source, ownerId } of router.temporaries) {
      yield { destination: source.destination, connectionId: ownerId };
    }
  }

  *#consumers(): Iterable<ConsumerFacts> {
    for (const session of this.#context.sessions) {
      for (const subscription of session.subscriptions) yield* consumerFacts(subscription, session);
    }
  }

  *#producers(): Iterable<ProducerFacts> {
    for (const { producers } of this.#context.sessions) yield* producers.facts();
  }

  #queueStatistics(queue: Queue): DestinationStatistics {
    const { destination, inMemory } = queue;
    const counters = queue.countNow();
    counters.producers = this.#context.producerCounts.of(destination);
    return {
      destination,
      counters,
      cached: inMemory,
      firstMessageTimestampMs: () => queue.firstTimestampMs(),
    };
  }

  #topicStatistics(topic: Topic): DestinationStatistics {
    const { destination, counters, backlogLength } = topic;
    counters.size = backlogLength;
    counters.consumers = topic.consumerCount;
    counters.producers = this.#context.producerCounts.of(destination);
    return {
      destination,
      counters,
      cached: { messages: backlogLength, bytes: topic.backlogBytes },
      firstMessageTimestampMs: () => undefined,
    };
  }
}
