/** What health needs of a message service and of its connection, so that a test can fake it. */
import type { Connection } from '@stompbox/client';
import type { MessagingEventListener } from '../messaging-event.js';
import type { MessagingSnapshot } from '../messaging-snapshot.js';

/** Part of `Connection`. */
export type WatchedConnection = Pick<
  Connection,
  'state' | 'profile' | 'session' | 'stats' | 'rtt' | 'send' | 'subscribe'
>;

/** Part of `Messaging`. */
export interface HealthSource {
  snapshot(): MessagingSnapshot;
  onEvent(listener: MessagingEventListener): () => void;
  getConnection(): Promise<WatchedConnection>;
}
