/** What a connection counts, as one object. Counters run over all its sessions. */
import type { OfflineQueue } from './offline-queue.js';
import type { Outbox } from './outbox.js';
import type { Subscriptions } from './subscriptions.js';
import type { Traffic } from './traffic.js';

export interface ConnectionStatistics {
  /** STOMP sessions that were opened, CONNECT that was refused included. */
  readonly sessions: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** MESSAGE frames. */
  readonly messagesIn: number;
  /** SEND frames, repetitions included. */
  readonly messagesOut: number;
  readonly heartBeatsIn: number;
  readonly heartBeatsOut: number;
  readonly subscriptions: number;
  /** Messages that have arrived and that the application has not got yet. */
  readonly waitingMessages: number;
  readonly runningHandlers: number;
  /** Frames that are not written yet. */
  readonly waitingFrames: number;
  /** Frames that are written and whose RECEIPT is due. */
  readonly unansweredFrames: number;
  /** Sends that wait for a connection. */
  readonly offlineSends: number;
  /** Sends that wait for room to wait for a connection. */
  readonly blockedSends: number;
  /** Sends that `offline.whenFull: 'drop-oldest'` gave up. */
  readonly droppedSends: number;
}

interface StatisticsParts {
  readonly traffic: Traffic;
  readonly outbox: Outbox;
  readonly offline: OfflineQueue;
  readonly subscriptions: Subscriptions;
}

export function statisticsOf({
  traffic,
  outbox,
  offline,
  subscriptions,
}: StatisticsParts): ConnectionStatistics {
  const { all } = subscriptions;
  return {
    ...traffic,
    subscriptions: all.length,
    waitingMessages: all.reduce((sum, { waitingCount }) => sum + waitingCount, 0),
    runningHandlers: all.reduce((sum, { runningCount }) => sum + runningCount, 0),
    waitingFrames: outbox.waitingCount,
    unansweredFrames: outbox.unansweredCount,
    offlineSends: offline.heldCount,
    blockedSends: offline.blockedCount,
    droppedSends: offline.droppedCount,
  };
}
