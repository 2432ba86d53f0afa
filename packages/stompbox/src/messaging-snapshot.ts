/** How the service is doing now, as data: what health, metrics and `explain` read. */
import type { ConnectionState, ProfileName } from '@stompbox/client';
import type { ContainerState } from './listener/listener-container.js';
import type { CircuitState } from './messaging-event.js';

export interface MessagingSnapshot {
  readonly state: 'open' | 'draining' | 'closing' | 'closed';
  readonly connection: ConnectionSnapshot;
  readonly listeners: readonly ListenerSnapshot[];
  /** Calls of `consume` that wait for the broker's confirmation. */
  readonly startingCount: number;
  /** Sends that wait for their receipt. */
  readonly sendingCount: number;
}

export interface ConnectionSnapshot {
  /** `none` before the first use, and after a connection that is gone for good. */
  readonly state: ConnectionState | 'none';
  /** When that began, ms since the epoch. */
  readonly sinceMs: number;
  readonly peer: string | undefined;
  readonly profile: ProfileName | undefined;
  /** Connections after the first one. */
  readonly reconnects: number;
  /** Why there is none now. */
  readonly error: Error | undefined;
}

/** One listener on one destination. */
export interface ListenerSnapshot {
  readonly listener: string;
  /** In STOMP's form. */
  readonly subscribedTo: string;
  readonly state: ContainerState;
  /** When the broker confirmed the subscription on the connection of now, ms since the epoch. */
  readonly confirmedAtMs: number | undefined;
  readonly circuit: CircuitState;
  /** Handlers that run now. */
  readonly handlingCount: number;
  /** When the oldest of them was called. */
  readonly oldestHandlingSinceMs: number | undefined;
  /** Messages that have arrived and wait for a free handler. */
  readonly waitingCount: number;
  /** Handled or failed, and the broker has not confirmed what follows. */
  readonly settlingCount: number;
  readonly lastDeliveryAtMs: number | undefined;
  readonly lastConsumedAtMs: number | undefined;
  readonly counts: ListenerCounts;
}

export interface ListenerCounts {
  readonly received: number;
  readonly consumed: number;
  readonly failedAttempts: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly duplicates: number;
  readonly redelivered: number;
}
