/**
 * What happens inside the broker and somebody may want to hear: counters, the host's events, advisory
 * topics, metrics. The parts of the broker tell it here and know nobody who listens.
 *
 * Invariants: an activity is told after it has happened; it carries values, and no live object but the
 * message; a listener that throws hurts neither the broker nor the other listeners.
 *
 * Activities of single messages can be hot: whoever tells them asks `hasListeners` first, so that they
 * cost one comparison while nobody wants them. Nothing here is public: hosts get `BrokerEvent`s.
 */
import type { Destination } from '@stompbox/protocol';
import type { Message } from './message.js';
import type { AckMode } from './subscription.js';

/** A client that has logged in. */
export interface ConnectionFacts {
  /** Unique among all connections that this run of the broker has seen. */
  readonly connectionId: string;
  /** `client-id` of CONNECT. */
  readonly clientId: string | undefined;
  readonly login: string | undefined;
  /** Address of the client. */
  readonly peer: string;
  /** STOMP version that was agreed. */
  readonly version: string;
  /** URL or name of the connector that it came through. */
  readonly connector: string;
}

/** A subscription; one to a list of destinations counts as one consumer of each of them. */
export interface ConsumerFacts {
  readonly connectionId: string;
  /** Serial of the subscription in its connection, from 1. */
  readonly consumerId: number;
  readonly clientId: string | undefined;
  /** May be a pattern. */
  readonly destination: Destination;
  readonly ackMode: AckMode;
  readonly prefetch: number;
  /** As the client wrote it. */
  readonly selector: string | undefined;
  readonly isBrowser: boolean;
  readonly isExclusive: boolean;
  readonly noLocal: boolean;
  readonly priority: number;
  readonly durableName: string | undefined;
}

/** A connection that has sent to a destination. */
export interface ProducerFacts {
  readonly connectionId: string;
  /** Serial of the destination among those that the connection has sent to, from 1. */
  readonly producerId: number;
  readonly destination: Destination;
}

export interface DestinationFacts {
  readonly destination: Destination;
  /** Who named it first; unknown for what was found in the store. */
  readonly connectionId: string | undefined;
}

export type Activity =
  | ({ readonly type: 'connection-opened' } & ConnectionFacts)
  | ({ readonly type: 'connection-closed' } & ConnectionFacts)
  | ({
      readonly type: 'consumer-added' | 'consumer-removed';
      /** Consumers of this destination, after it. */
      readonly consumerCount: number;
    } & ConsumerFacts)
  | ({
      readonly type: 'producer-added' | 'producer-removed';
      /** Producers of this destination, after it. */
      readonly producerCount: number;
    } & ProducerFacts)
  | ({ readonly type: 'destination-added' | 'destination-removed' } & DestinationFacts)
  | {
      readonly type: 'message-expired';
      /** Where it was waiting. */
      readonly destination: Destination;
      readonly message: Message;
    }
  | {
      readonly type: 'message-dead-lettered';
      /** Where it was waiting. */
      readonly destination: Destination;
      readonly deadLetterQueue: string;
      readonly message: Message;
      /** Why, for the person who looks at it. */
      readonly cause: string;
    }
  | {
      /** Given up for a topic subscriber that was too slow. */
      readonly type: 'message-discarded';
      /** Where the message was sent, also when the subscriber named a pattern. */
      readonly topic: string;
      readonly message: Message;
      readonly connectionId: string;
      readonly consumerId: number;
      readonly peer: string;
      /** Messages given up for this subscriber so far, this one included. */
      readonly discardedCount: number;
    }
  | {
      /** A subscriber has not taken what waits for it; told once until it has caught up. */
      readonly type: 'slow-consumer';
      readonly destination: Destination;
      readonly connectionId: string;
      readonly consumerId: number;
    }
  | {
      /** A message was sent where nobody is subscribed. */
      readonly type: 'no-consumers';
      readonly destination: Destination;
      readonly message: Message;
    }
  | {
      /** A topic subscriber answered with NACK; a topic has nobody else to give it to. */
      readonly type: 'message-refused-by-topic-subscriber';
      readonly topic: string;
      readonly messageId: string;
      readonly peer: string;
    }
  | { readonly type: 'corrupt-record'; readonly queue: string; readonly position: number }
  | {
      /** A reply to a temporary destination that has gone with its owner. */
      readonly type: 'undeliverable-reply';
      readonly destination: Destination;
      readonly messageId: string;
    }
  | {
      readonly type: 'producer-slowed' | 'producer-resumed';
      readonly connectionId: string;
      /** What has run short. */
      readonly reason: 'disk' | 'memory';
    };

export type ActivityType = Activity['type'];

/** The members of `Activity` with this type, narrowed to it. */
export type ActivityOf<Type extends ActivityType> = Activity & { readonly type: Type };

export type ActivityListener<Type extends ActivityType = ActivityType> = (
  activity: ActivityOf<Type>,
) => void;

/** Called with what a listener threw; must not throw itself. */
export type OnListenerError = (error: unknown, activity: Activity) => void;

type AnyListener = (activity: Activity) => void;

export class Activities {
  readonly #onListenerError: OnListenerError;
  /** Replaced and never changed, so that a listener may come or go while an activity is told. */
  readonly #listeners = new Map<ActivityType, readonly AnyListener[]>();

  constructor(onListenerError: OnListenerError) {
    this.#onListenerError = onListenerError;
  }

  /** Is it worth the effort to make an activity of this type? */
  hasListeners(type: ActivityType): boolean {
    return this.#listeners.has(type);
  }

  /** Listens to activities of these types, in the order of registration; the result ends it. */
  on<Type extends ActivityType>(
    types: readonly Type[],
    listener: ActivityListener<Type>,
  ): () => void {
    // A function of its own, so that the same listener may be registered twice and ended once.
    const own: AnyListener = (activity) => listener(activity as ActivityOf<Type>);
    for (const type of types) {
      this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), own]);
    }
    return () => {
      for (const type of types) this.#remove(type, own);
    };
  }

  emit(activity: Activity): void {
    const listeners = this.#listeners.get(activity.type);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener(activity);
      } catch (error) {
        this.#onListenerError(error, activity);
      }
    }
  }

  #remove(type: ActivityType, own: AnyListener): void {
    const rest = (this.#listeners.get(type) ?? []).filter((listener) => listener !== own);
    if (rest.length > 0) this.#listeners.set(type, rest);
    else this.#listeners.delete(type);
  }
}
