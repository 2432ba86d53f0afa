/** What all parts of a running listener share. */
import type { Clock, Connection } from '@stompbox/client';
import type { CorrelationPolicy } from '../correlation/message-correlation.js';
import type { Destination } from '../destination/destination.js';
import type { CircuitBreaker } from '../failure/circuit-breaker.js';
import type { HoldKeepers } from '../failure/hold-keepers.js';
import type { Relocator } from '../failure/relocator.js';
import type { Logger } from '../logger.js';
import type { MessageSender } from '../message-sender.js';
import type { MessagingEvent } from '../messaging-event.js';
import type { ResolvedListener } from './listener.js';
import type { ListenerCounter } from './listener-counter.js';
import type { ResolvedListenerOptions } from './listener-options.js';
import type { ReplyFailures } from './reply-failures.js';
import type { SubscriptionPlan } from './subscription-plan.js';

export interface ListenerRuntime {
  readonly listener: ResolvedListener;
  readonly options: ResolvedListenerOptions;
  readonly plan: SubscriptionPlan;
  /** With a schema, if the listener was given a typed destination. */
  readonly destination: Destination | undefined;
  readonly connection: Connection;
  readonly relocator: Relocator;
  readonly holds: HoldKeepers;
  readonly replyFailures: ReplyFailures;
  readonly circuit: CircuitBreaker | undefined;
  readonly counter: ListenerCounter;
  readonly sender: MessageSender;
  readonly clock: Clock;
  /** Milliseconds since the epoch by the system's time. */
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  readonly emit: (event: MessagingEvent) => void;
  /** False when nobody would hear of an event. */
  readonly isObserved: () => boolean;
  /** Aborts when the service closes: no listener starts any more. */
  readonly closing: AbortSignal;
  /** Of the connection. */
  readonly clientId: string | undefined;
  readonly correlation: CorrelationPolicy;
}
