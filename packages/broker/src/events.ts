import type { StompError } from '@stompbox/protocol';

/** What a broker tells its host while it runs; nothing here holds a password or a body. */
export type BrokerEvent =
  | { readonly type: 'connected'; readonly peer: string; readonly version: string }
  | { readonly type: 'disconnected'; readonly peer: string; readonly error?: Error }
  | { readonly type: 'refused'; readonly peer: string; readonly error: StompError }
  | { readonly type: 'dead-lettered'; readonly queue: string; readonly messageId: string }
  | { readonly type: 'topic-message-dropped'; readonly topic: string; readonly peer: string }
  | { readonly type: 'corrupt-record'; readonly queue: string; readonly position: number }
  | { readonly type: 'connector-failed'; readonly error: Error }
  | { readonly type: 'store-failed'; readonly error: StompError };

/** Counts of what did not go the usual way. They start at 0 with the broker. */
export interface BrokerCounters {
  /** Messages moved to a dead letter queue. */
  deadLettered: number;
  /** Topic messages given up for subscribers that were too slow. */
  topicMessagesDropped: number;
  /** Topic messages that a subscriber refused by NACK. */
  topicMessagesRefused: number;
  /** Records that could not be read; they are still on disk. */
  corruptRecords: number;
}

export function newCounters(): BrokerCounters {
  return { deadLettered: 0, topicMessagesDropped: 0, topicMessagesRefused: 0, corruptRecords: 0 };
}
