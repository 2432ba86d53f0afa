/**
 * What STOMP leaves to the broker, as data: which word a broker has for a thing, and what it does
 * where the specification lets it choose.
 *
 * A profile is a constant of facts, each with its source; it opens nothing and decides nothing.
 * Where a fact is not known it says so (`unknown`), and nothing may be built on it.
 */

export type ProfileName = 'activemq' | 'artemis' | 'rabbitmq' | 'stompbox' | 'generic';

/**
 * What becomes of a message after NACK.
 *
 *   dead-letters   it leaves the queue at once, for the dead letter queue
 *   redelivers     it comes again after a pause, a limited number of times
 *   requeues       it comes again at once, for ever
 *   discards       it is gone
 */
export type NackMeaning = 'dead-letters' | 'redelivers' | 'requeues' | 'discards' | 'unknown';

/**
 * What a `transaction` header on ACK or NACK does: it waits for COMMIT, is ignored, or is refused.
 */
export type InTransaction = 'counts' | 'ignored' | 'refused' | 'unknown';

export interface PrefetchWords {
  /** The headers of SUBSCRIBE; each gets the same value. */
  readonly headers: readonly string[];
  /** What the value counts. */
  readonly unit: 'messages' | 'bytes';
}

export interface DurableWords {
  /** Headers of SUBSCRIBE and of the UNSUBSCRIBE that deletes, whose value is the name. */
  readonly nameHeaders: readonly string[];
  /** More headers of SUBSCRIBE. */
  readonly subscribeHeaders: HeaderPairs;
  /** More headers of the UNSUBSCRIBE that deletes. */
  readonly deleteHeaders: HeaderPairs;
  /**
   * True when the name is the client's own; then nobody could come back to it without a client-id.
   */
  readonly needsClientId: boolean;
  /**
   * True when all clients share the names, so that the client-id, if there is one, must be part of
   * the name to keep them apart.
   */
  readonly sharesNames: boolean;
  /**
   * How UNSUBSCRIBE deletes. `separately`: one frame by id ends the consumer, a second one by name
   * deletes. `together`: one frame by id and name does both.
   */
  readonly deletion: 'separately' | 'together' | 'unknown';
}

/** A queue of our own for replies: where to subscribe, and how others are told of it. */
export interface ReplyQueueWords {
  readonly destinationPrefix: string;
  /** What comes before the name in `reply-to`. */
  readonly replyToPrefix: string;
  /** More headers of its SUBSCRIBE. */
  readonly subscribeHeaders: HeaderPairs;
}

/** Headers of SUBSCRIBE; `undefined` where the broker has no word for it. */
export interface ConsumerWords {
  readonly priority: string | undefined;
  readonly exclusive: string | undefined;
  readonly noLocal: string | undefined;
}

/**
 * How SEND and SUBSCRIBE say whether a destination is a queue or a topic, where its name does not say it
 * to the broker.
 */
export interface KindWords {
  /** The header of the command … */
  readonly SEND: string;
  readonly SUBSCRIBE: string;
  /** … and its value for the kind. */
  readonly queue: string;
  readonly topic: string;
}

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export interface BrokerProfile {
  readonly name: ProfileName;
  /** How a text for humans calls the broker. */
  readonly title: string;
  /** Missing where `/queue/` and `/topic/` are enough. */
  readonly kinds?: KindWords;
  readonly prefetch: PrefetchWords;
  readonly durable: DurableWords;
  readonly nack: NackMeaning;
  readonly ackInTransaction: InTransaction;
  readonly nackInTransaction: InTransaction;
  /** When the RECEIPT of a SEND inside a transaction comes. */
  readonly sendReceiptInTransaction: 'at-once' | 'after-commit' | 'unknown';
  /** How far a cumulative ACK (ack mode `client`) reaches. */
  readonly cumulativeAck: 'subscription' | 'connection' | 'unknown';
  readonly replyQueue: ReplyQueueWords;
  /** False: the header `selector` is ignored, and every message arrives. */
  readonly hasSelectors: boolean;
  readonly consumer: ConsumerWords;
  /** Header of SEND by which a message that is sent again is recognised. */
  readonly dedup: string | undefined;
}
