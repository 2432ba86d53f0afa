/**
 * Says in a broker's own words what a subscription is to be. Pure: the frames are made by others.
 */
import { OptionsError } from '@stompbox/protocol';
import type { BrokerProfile, HeaderPairs } from './broker-profile.js';

export interface SubscriptionWishes {
  /** Messages on their way to us that nobody has settled. Default: the broker's own. */
  readonly prefetch?: number | undefined;
  /**
   * How large a message is taken to be, in bytes with its headers, where the broker counts bytes
   * (Artemis). Default 1,024.
   */
  readonly prefetchMessageBytes?: number | undefined;
  /** The name of a durable subscription. */
  readonly durable?: string | undefined;
  /** The `client-id` of the connection. */
  readonly clientId?: string | undefined;
  /** Consumers of a higher one get messages first. */
  readonly priority?: number | undefined;
  /** True: one consumer gets all messages, the others wait for its end. */
  readonly exclusive?: boolean | undefined;
  /** True: not what this connection sends itself. */
  readonly noLocal?: boolean | undefined;
}

const DEFAULT_MESSAGE_BYTES = 1024;

/**
 * The headers that SUBSCRIBE needs for it, beside destination, id, ack and selector.
 *
 * @throws OptionsError `STOMP_OPT_UNSUPPORTED` the broker has no word for one of the wishes
 */
export function subscribeHeaders(profile: BrokerProfile, wishes: SubscriptionWishes): HeaderPairs {
  const { prefetch, durable, priority, exclusive, noLocal } = wishes;
  const { consumer } = profile;
  return [
    ...(prefetch === undefined ? [] : prefetchHeaders(profile, prefetch, wishes)),
    ...(durable === undefined ? [] : durableHeaders(profile, durable, wishes)),
    ...(priority === undefined
      ? []
      : [pair(profile, 'priority', consumer.priority, String(priority))]),
    ...(exclusive === true ? [pair(profile, 'exclusive', consumer.exclusive, 'true')] : []),
    ...(noLocal === true ? [pair(profile, 'noLocal', consumer.noLocal, 'true')] : []),
  ];
}

export interface UnsubscribeWishes {
  /** The id of the subscription. */
  readonly id: string;
  /**
   * The durable name, to delete it for good. Without, a durable subscription goes on being kept.
   */
  readonly deleteDurable?: string | undefined;
  readonly clientId?: string | undefined;
}

/**
 * The headers of the UNSUBSCRIBE frames that it takes, in order; each must be confirmed before the
 * next.
 */
export function unsubscribeHeaders(
  profile: BrokerProfile,
  { id, deleteDurable, clientId }: UnsubscribeWishes,
): readonly HeaderPairs[] {
  const byId: HeaderPairs = [['id', id]];
  if (deleteDurable === undefined) return [byId];
  const byName: HeaderPairs = [
    ...byId,
    ...namePairs(profile, deleteDurable, clientId),
    ...profile.durable.deleteHeaders,
  ];
  // What is unknown is done as ActiveMQ wants it: the second frame then fails aloud elsewhere.
  return profile.durable.deletion === 'together' ? [byName] : [byId, byName];
}

/** A queue that only this client reads. */
export interface ReplyQueue {
  /** What to subscribe to. */
  readonly destination: string;
  /** The `reply-to` of requests. */
  readonly replyTo: string;
  /** More headers of the SUBSCRIBE. */
  readonly headers: HeaderPairs;
}

/** @param name unguessable where the broker lets others read the queue (Artemis) */
export function replyQueueOf({ replyQueue }: BrokerProfile, name: string): ReplyQueue {
  return {
    destination: `${replyQueue.destinationPrefix}${name}`,
    replyTo: `${replyQueue.replyToPrefix}${name}`,
    headers: replyQueue.subscribeHeaders,
  };
}

function prefetchHeaders(
  { prefetch: words }: BrokerProfile,
  messages: number,
  { prefetchMessageBytes = DEFAULT_MESSAGE_BYTES }: SubscriptionWishes,
): HeaderPairs {
  const value = words.unit === 'messages' ? messages : windowBytes(messages, prefetchMessageBytes);
  return words.headers.map((name) => [name, String(value)]);
}

/**
 * Artemis delivers while its window is above 0 and takes the whole message off it, so one message
 * may always pass; a window of 1 is exactly one message.
 */
function windowBytes(messages: number, messageBytes: number): number {
  return messages <= 1 ? messages : Math.min((messages - 1) * messageBytes + 1, 2 ** 31 - 1);
}

function durableHeaders(
  profile: BrokerProfile,
  name: string,
  { clientId }: SubscriptionWishes,
): HeaderPairs {
  return [...namePairs(profile, name, clientId), ...profile.durable.subscribeHeaders];
}

function namePairs(
  { durable }: BrokerProfile,
  name: string,
  clientId: string | undefined,
): HeaderPairs {
  const full = durable.sharesNames && clientId !== undefined ? `${clientId}.${name}` : name;
  return durable.nameHeaders.map((header) => [header, full]);
}

function pair(
  { title }: BrokerProfile,
  option: string,
  header: string | undefined,
  value: string,
): readonly [string, string] {
  if (header !== undefined) return [header, value];
  throw new OptionsError(
    'STOMP_OPT_UNSUPPORTED',
    `The option ${option} means nothing to ${title} over STOMP: leave it out`,
  );
}
