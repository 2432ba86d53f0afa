/**
 * What a connection tells about itself, as a union to `switch` over by `type`. No event carries
 * credentials.
 */
import type { StompVersion } from '@stompbox/protocol';
import type { BrokerError } from './errors.js';
import type { Message } from './message.js';

export type ConnectionStatus =
  /** An attempt on one server begins. */
  | { readonly type: 'connecting'; readonly peer: string; readonly attempt: number }
  /**
   * That attempt failed, perhaps only while it subscribed again; the next server or a pause follows,
   * unless it was the last one.
   */
  | {
      readonly type: 'connect-failed';
      readonly peer: string;
      readonly attempt: number;
      readonly error: Error;
    }
  /** Connected and, after a loss, subscribed again to everything. */
  | {
      readonly type: 'connected';
      readonly peer: string;
      readonly version: StompVersion;
      readonly server: string | undefined;
      readonly isReconnect: boolean;
    }
  /** The connection was lost; attempts to get it back begin. */
  | { readonly type: 'reconnecting'; readonly error: Error }
  /** A pause before the next attempt. */
  | { readonly type: 'waiting'; readonly attempt: number; readonly delayMs: number }
  /** An ERROR frame that belongs to no operation that still waits. */
  | { readonly type: 'broker-error'; readonly error: BrokerError }
  /** The broker refused to restore this subscription after a reconnect; it has ended. */
  | {
      readonly type: 'subscription-refused';
      readonly subscriptionId: string;
      readonly destination: string;
      readonly error: Error;
    }
  /** A message handler threw or rejected. Its message is neither acked nor nacked by that. */
  | {
      readonly type: 'handler-failed';
      readonly subscriptionId: string;
      readonly message: Message;
      readonly error: unknown;
    }
  /** An iterated subscription lags: this many messages wait to be taken. */
  | {
      readonly type: 'slow-consumer';
      readonly subscriptionId: string;
      readonly waitingMessages: number;
    }
  /** Messages that the broker holds for settled (ack mode auto) and that nobody took. */
  | {
      readonly type: 'messages-discarded';
      readonly subscriptionId: string;
      readonly count: number;
    }
  /** A send made room for younger ones while there was no connection; its promise has rejected. */
  | { readonly type: 'send-dropped'; readonly destination: string }
  /**
   * A send whose caller was told that it is safe, or that an earlier process has left in the store
   * of `offline`, has failed.
   */
  | { readonly type: 'send-failed'; readonly destination: string; readonly error: Error }
  /** A store of `offline` has given back sends of an earlier process; they are sent first. */
  | { readonly type: 'sends-restored'; readonly count: number; readonly damage: readonly Error[] }
  | { readonly type: 'closing' }
  /** The end; no event follows. `error` is missing after an orderly `close`. */
  | { readonly type: 'closed'; readonly error: Error | undefined };
