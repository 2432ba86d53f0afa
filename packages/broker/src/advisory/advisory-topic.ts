/**
 * The names of ActiveMQ's advisory topics, without the prefix `/topic/`. A temporary queue counts as a
 * queue where single consumers, producers and messages are concerned, and has a topic of its own
 * where destinations come and go.
 */
import type { Destination, DestinationKind } from '@stompbox/protocol';
import { parsePattern, patternsOverlap } from '../destination-pattern.js';

const PREFIX = 'ActiveMQ.Advisory.';
const ALL = parsePattern(`${PREFIX}>`);

/** Kinds of advisories that have a topic per destination. */
export type AdvisoryKind =
  | 'Consumer'
  | 'Producer'
  | 'Expired'
  | 'MessageDLQd'
  | 'NoConsumer'
  | 'SlowConsumer'
  | 'MessageDiscarded';

export const CONNECTION_TOPIC = `${PREFIX}Connection`;

const DESTINATION_TOPICS: Readonly<Record<DestinationKind, string>> = {
  queue: `${PREFIX}Queue`,
  topic: `${PREFIX}Topic`,
  'temp-queue': `${PREFIX}TempQueue`,
  'temp-topic': `${PREFIX}TempTopic`,
};

/** Where it is told that destinations of this kind come and go. */
export function destinationTopic(kind: DestinationKind): string {
  return DESTINATION_TOPICS[kind];
}

/** For example `ActiveMQ.Advisory.Consumer.Queue.orders`. */
export function advisoryTopic(kind: AdvisoryKind, destination: Destination): string {
  return `${PREFIX}${kind}.${isQueue(destination) ? 'Queue' : 'Topic'}.${destination.name}`;
}

/** Whether a destination is an advisory topic; a pattern that covers some is none. */
export function isAdvisoryTopic({ kind, name }: Destination): boolean {
  return kind === 'topic' && name.startsWith(PREFIX);
}

/** Whether a subscriber of this destination, which may be a pattern, gets advisories. */
export function reachesAdvisories({ kind, name }: Destination): boolean {
  return kind === 'topic' && patternsOverlap(parsePattern(name), ALL);
}

/** The form that ActiveMQ writes into headers: `queue://orders`. */
export function qualifiedName({ kind, name }: Destination): string {
  return `${kind}://${name}`;
}

function isQueue({ kind }: Destination): boolean {
  return kind === 'queue' || kind === 'temp-queue';
}
