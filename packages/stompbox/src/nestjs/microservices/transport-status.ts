/** How the connection is doing, in the form that Nest's health checks and `status` streams have. */
import type { ConnectionStatus } from '@stompbox/client';
import type { MessagingEvent } from '../../messaging-event.js';

export type StompStatus = 'connected' | 'reconnecting' | 'disconnected';

/** What `on(…)` of the transport tells: the events of the message service. */
export type StompEvents = {
  [Type in MessagingEvent['type']]: (event: Extract<MessagingEvent, { type: Type }>) => void;
};

/** Undefined where nothing changes for a user. */
export function statusOf({ type }: ConnectionStatus): StompStatus | undefined {
  switch (type) {
    case 'connected':
      return 'connected';
    case 'reconnecting':
      return 'reconnecting';
    case 'closed':
      return 'disconnected';
    default:
      return undefined;
  }
}
