/**
 * The destinations of statistics requests: queues or topics, alike, with the names of ActiveMQ's
 * statistics plugin.
 *
 *   ActiveMQ.Statistics.Broker
 *   ActiveMQ.Statistics.Subscription
 *   ActiveMQ.Statistics.Destination.<name or pattern>      the dot before the name may be missing
 */
import type { Destination } from '@stompbox/protocol';

const BROKER = 'ActiveMQ.Statistics.Broker';
const SUBSCRIPTION = 'ActiveMQ.Statistics.Subscription';
const DESTINATION = 'ActiveMQ.Statistics.Destination';

const RESET = 'ActiveMQ.Statistics.Broker.Reset';
const END_WITH_NULL = 'ActiveMQ.Statistics.Destination.List.End.With.Null';
const FIRST_MESSAGE = 'ActiveMQ.Statistics.Destination.Include.First.Message.Timestamp';

export type StatisticsRequest =
  | { readonly about: 'broker'; readonly reset: boolean }
  | { readonly about: 'subscriptions' }
  | {
      readonly about: 'destinations';
      readonly kind: 'queue' | 'topic';
      /** Name or pattern. */
      readonly name: string;
      /** An empty map says that there are no more. */
      readonly endsWithNull: boolean;
      readonly firstMessageTimestamp: boolean;
    };

/** First value of a header, unescaped. */
export interface HeaderReader {
  get(name: string): string | undefined;
}

/** Whether a SEND to this destination asks for statistics, provided that it says where to reply. */
export function isStatisticsRequest({ kind, name }: Destination): boolean {
  if (kind !== 'queue' && kind !== 'topic') return false;
  return name === BROKER || name === SUBSCRIPTION || name.startsWith(DESTINATION);
}

/** Only for destinations of which `isStatisticsRequest` is true. */
export function readRequest({ kind, name }: Destination, headers: HeaderReader): StatisticsRequest {
  if (name === BROKER) return { about: 'broker', reset: isOn(headers, RESET) };
  if (name === SUBSCRIPTION) return { about: 'subscriptions' };
  const rest = name.slice(DESTINATION.length);
  const hasSuffix = rest.endsWith(END_WITH_NULL);
  const query = hasSuffix ? rest.slice(0, -END_WITH_NULL.length) : rest;
  return {
    about: 'destinations',
    kind: kind === 'topic' ? 'topic' : 'queue',
    name: query.replace(/^\./, '').replace(hasSuffix ? /\.$/ : /$/, ''),
    endsWithNull: hasSuffix || isOn(headers, END_WITH_NULL),
    firstMessageTimestamp: isOn(headers, FIRST_MESSAGE),
  };
}

/** That it is there counts in ActiveMQ; a client that writes `false` means it. */
function isOn(headers: HeaderReader, name: string): boolean {
  const value = headers.get(name);
  return value !== undefined && value !== 'false';
}
