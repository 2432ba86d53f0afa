/** Where statistics get their numbers from: the broker, as far as it is counted. */
import type { Destination } from '@stompbox/protocol';
import type { ConsumerFacts } from '../activity.js';
import type { DestinationCounters } from './counters.js';

export interface Usage {
  readonly usedBytes: number;
  /** 0 when there is no limit. */
  readonly limitBytes: number;
}

export interface BrokerFacts {
  readonly brokerId: string;
  readonly brokerName: string;
  /** Empty when everything is in memory. */
  readonly dataDirectory: string;
  /** Messages in memory. */
  readonly memory: Usage;
  /** Messages on disk. */
  readonly store: Usage;
  /** Messages that are on disk only because memory is short. */
  readonly temp: Usage;
  /** URLs of its connectors; empty where it has none of the kind. */
  readonly connectors: {
    readonly stomp: string;
    readonly 'stomp+ssl': string;
  };
}

export interface DestinationStatistics {
  readonly destination: Destination;
  /** The live object: read at once, or copied. */
  readonly counters: DestinationCounters;
  /** What it holds in memory. */
  readonly cached: { readonly messages: number; readonly bytes: number };
  /** When its oldest message was sent, in ms since 1970. Asked only when a client wants to know. */
  firstMessageTimestampMs(): number | undefined;
}

export interface SubscriptionStatistics {
  readonly consumer: ConsumerFacts;
  readonly isSlow: boolean;
  /** Messages that were meant for it. */
  readonly enqueued: number;
  /** Messages that were sent to it. */
  readonly dispatched: number;
  /** Messages that it has settled. */
  readonly dequeued: number;
  /** Sent to it and not yet settled. */
  readonly inflight: number;
}

export interface StatisticsSource {
  broker(): BrokerFacts;
  /** All queues and topics that exist, temporary ones included. */
  destinations(): Iterable<DestinationStatistics>;
  subscriptions(): Iterable<SubscriptionStatistics>;
}
