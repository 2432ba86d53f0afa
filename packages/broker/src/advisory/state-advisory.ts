/** Advisories about connections, consumers, producers and destinations that come and go. */
import type { ActivityOf } from '../activity.js';
import {
  connectionInfo,
  connectionRemoval,
  consumerInfo,
  consumerRemoval,
  destinationInfo,
  producerInfo,
  producerRemoval,
} from './advisory-body.js';
import type { HeaderList } from './advisory-headers.js';
import {
  advisoryTopic,
  CONNECTION_TOPIC,
  destinationTopic,
  isAdvisoryTopic,
} from './advisory-topic.js';

export const STATE_ACTIVITIES = [
  'connection-opened',
  'connection-closed',
  'consumer-added',
  'consumer-removed',
  'producer-added',
  'producer-removed',
  'destination-added',
  'destination-removed',
] as const;

export type StateActivity = ActivityOf<(typeof STATE_ACTIVITIES)[number]>;

/** `undefined` for what is about an advisory topic. */
export function stateTopicOf(activity: StateActivity): string | undefined {
  switch (activity.type) {
    case 'connection-opened':
    case 'connection-closed':
      return CONNECTION_TOPIC;
  }
  const { destination } = activity;
  if (isAdvisoryTopic(destination)) return undefined;
  switch (activity.type) {
    case 'consumer-added':
    case 'consumer-removed':
      return advisoryTopic('Consumer', destination);
    case 'producer-added':
    case 'producer-removed':
      return advisoryTopic('Producer', destination);
    case 'destination-added':
    case 'destination-removed':
      return destinationTopic(destination.kind);
  }
}

export function stateHeadersOf(activity: StateActivity): HeaderList {
  switch (activity.type) {
    case 'consumer-added':
    case 'consumer-removed':
      return [['consumerCount', String(activity.consumerCount)]];
    case 'producer-added':
    case 'producer-removed':
      return [['producerCount', String(activity.producerCount)]];
    default:
      return [];
  }
}

export function stateBodyOf(activity: StateActivity): Uint8Array {
  switch (activity.type) {
    case 'connection-opened':
      return connectionInfo(activity);
    case 'connection-closed':
      return connectionRemoval(activity);
    case 'consumer-added':
      return consumerInfo(activity);
    case 'consumer-removed':
      return consumerRemoval(activity);
    case 'producer-added':
      return producerInfo(activity);
    case 'producer-removed':
      return producerRemoval(activity);
    case 'destination-added':
      return destinationInfo(activity, 'added');
    case 'destination-removed':
      return destinationInfo(activity, 'removed');
  }
}
