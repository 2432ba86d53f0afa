/**
 * What the service tells of itself, as it happens: for tests, metrics and logs. No event holds a
 * password; bodies are as the application knows them, so whoever logs them decides that.
 */
import type { ConnectionStatus, Message } from '@stompbox/client';

/** What a listener's event is about. */
export interface ListenerEventBase {
  readonly listener: string;
  /** What it is subscribed to, in STOMP's form. */
  readonly subscribedTo: string;
  readonly message: Message;
  /** Counted from 1. */
  readonly attempt: number;
}

/** What follows on a failed attempt. */
export type AfterFailure = 'immediate-retry' | 'delayed-retry' | 'dead-letter' | 'nothing';

export type CircuitState = 'closed' | 'open' | 'half-open';

export type MessagingEvent =
  /** The broker confirmed a message of the application (not a retry or dead letter of ours). */
  | {
      readonly type: 'sent';
      readonly destination: string;
      readonly body: unknown;
      /** What its header says of the body. */
      readonly contentType?: string | undefined;
      readonly correlationId: string | undefined;
      readonly durationMs: number;
    }
  | { readonly type: 'send-failed'; readonly destination: string; readonly error: unknown }
  /** A handler is about to be called for the first time with this delivery. */
  | ({ readonly type: 'received' } & ListenerEventBase)
  /** A handler finished without an error. */
  | ({
      readonly type: 'handled';
      readonly body: unknown;
      readonly durationMs: number;
    } & ListenerEventBase)
  | ({
      readonly type: 'attempt-failed';
      readonly error: unknown;
      readonly next: AfterFailure;
      readonly durationMs: number;
    } & ListenerEventBase)
  /** The broker confirmed that it has the message for later, and the ACK of this delivery. */
  | ({
      readonly type: 'retried';
      readonly error: unknown;
      readonly delayMs: number;
      readonly by: 'schedule' | 'hold';
    } & ListenerEventBase)
  /** The broker confirmed the dead letter, and the ACK of this delivery. */
  | ({
      readonly type: 'dead-lettered';
      readonly queue: string;
      readonly error: unknown;
      readonly fingerprint: string;
    } & ListenerEventBase)
  /** The broker confirmed the ACK of a message that was handled. */
  | ({ readonly type: 'consumed'; readonly body: unknown } & ListenerEventBase)
  /** The idempotency store knew the message: it is acknowledged without a call of the handler. */
  | ({ readonly type: 'duplicate' } & ListenerEventBase)
  /** What should settle a message failed; it is tried again, or the broker delivers again. */
  | ({ readonly type: 'settle-failed'; readonly error: unknown } & ListenerEventBase)
  | { readonly type: 'circuit'; readonly listener: string; readonly state: CircuitState }
  | { readonly type: 'listener-started'; readonly listener: string; readonly subscribedTo: string }
  | {
      readonly type: 'listener-ended';
      readonly listener: string;
      readonly subscribedTo: string;
      readonly error: unknown;
    }
  | { readonly type: 'connection'; readonly status: ConnectionStatus };

export type MessagingEventListener = (event: MessagingEvent) => void;
