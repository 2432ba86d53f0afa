import { formatDestination, type StompError } from '@stompbox/protocol';
import type { Activities } from './activity.js';
import type { Usage } from './statistics/statistics-source.js';

/** What a broker tells its host while it runs; nothing here holds a password or a body. */
export type BrokerEvent =
  | { readonly type: 'connected'; readonly peer: string; readonly version: string }
  | { readonly type: 'disconnected'; readonly peer: string; readonly error?: Error }
  | { readonly type: 'refused'; readonly peer: string; readonly error: StompError }
  | { readonly type: 'dead-lettered'; readonly queue: string; readonly messageId: string }
  | { readonly type: 'expired'; readonly destination: string; readonly messageId: string }
  | {
      readonly type: 'reply-undeliverable';
      readonly destination: string;
      readonly messageId: string;
    }
  | { readonly type: 'job-postponed'; readonly jobId: string; readonly error: StompError }
  | { readonly type: 'browse-failed'; readonly replyTo: string; readonly error: StompError }
  | { readonly type: 'blob-failed'; readonly error: Error }
  | { readonly type: 'listener-failed'; readonly error: unknown }
  | { readonly type: 'topic-message-dropped'; readonly topic: string; readonly peer: string }
  | { readonly type: 'corrupt-record'; readonly queue: string; readonly position: number }
  /** Producers whose messages stay in memory are slowed. */
  | ({ readonly type: 'memory-limit-reached' } & Usage)
  | ({ readonly type: 'memory-limit-relieved' } & Usage)
  | { readonly type: 'connector-failed'; readonly error: Error }
  | { readonly type: 'store-failed'; readonly error: StompError };

/** Counts of what did not go the usual way. They start at 0 with the broker. */
export interface BrokerCounters {
  /** Messages moved to a dead letter queue. */
  deadLettered: number;
  /** Messages that expired before they were settled. */
  expired: number;
  /** Messages to temporary destinations whose owners had gone; they are discarded. */
  repliesUndeliverable: number;
  /** Topic messages given up for subscribers that were too slow. */
  topicMessagesDropped: number;
  /** Topic messages that a subscriber refused by NACK. */
  topicMessagesRefused: number;
  /** Records that could not be read; they are still on disk. */
  corruptRecords: number;
}

export function newCounters(): BrokerCounters {
  return {
    deadLettered: 0,
    expired: 0,
    repliesUndeliverable: 0,
    topicMessagesDropped: 0,
    topicMessagesRefused: 0,
    corruptRecords: 0,
  };
}

/** Counts what happens, and tells the host. */
export function countActivities(
  activities: Activities,
  counters: BrokerCounters,
  onEvent: (event: BrokerEvent) => void,
): void {
  activities.on(['message-dead-lettered'], ({ destination, message }) => {
    counters.deadLettered += 1;
    onEvent({ type: 'dead-lettered', queue: destination.name, messageId: message.id });
  });
  activities.on(['message-expired'], ({ destination, message }) => {
    counters.expired += 1;
    const name = formatDestination(destination);
    onEvent({ type: 'expired', destination: name, messageId: message.id });
  });
  activities.on(['undeliverable-reply'], ({ destination, messageId }) => {
    counters.repliesUndeliverable += 1;
    const name = formatDestination(destination);
    onEvent({ type: 'reply-undeliverable', destination: name, messageId });
  });
  activities.on(['message-discarded'], ({ topic, peer }) => {
    counters.topicMessagesDropped += 1;
    onEvent({ type: 'topic-message-dropped', topic, peer });
  });
  activities.on(['message-refused-by-topic-subscriber'], () => {
    counters.topicMessagesRefused += 1;
  });
  activities.on(['corrupt-record'], ({ queue, position }) => {
    counters.corruptRecords += 1;
    onEvent({ type: 'corrupt-record', queue, position });
  });
}
