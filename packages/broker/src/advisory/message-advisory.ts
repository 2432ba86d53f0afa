/**
 * Advisories about single messages and slow consumers. They carry the body and the application's
 * headers of the message, not the dump of ActiveMQ's own message object that it sends to STOMP clients.
 */
import type { Destination } from '@stompbox/protocol';
import type { ActivityOf, ConsumerFacts } from '../activity.js';
import type { Message } from '../message.js';
import { consumerIdText, consumerInfo } from './advisory-body.js';
import {
  type AdvisoryOrigin,
  advisoryHeaders,
  commandHeaders,
  type HeaderList,
} from './advisory-headers.js';
import { type AdvisoryKind, advisoryTopic, qualifiedName } from './advisory-topic.js';
import { copyOf } from './message-copy.js';

export const MESSAGE_ACTIVITIES = [
  'message-expired',
  'message-dead-lettered',
  'message-discarded',
  'slow-consumer',
  'no-consumers',
] as const;

export type MessageActivity = ActivityOf<(typeof MESSAGE_ACTIVITIES)[number]>;

const KINDS: Readonly<Record<MessageActivity['type'], AdvisoryKind>> = {
  'message-expired': 'Expired',
  'message-dead-lettered': 'MessageDLQd',
  'message-discarded': 'MessageDiscarded',
  'slow-consumer': 'SlowConsumer',
  'no-consumers': 'NoConsumer',
};

/** What it is about. */
export function subjectOf(activity: MessageActivity): Destination {
  if (activity.type !== 'message-discarded') return activity.destination;
  return { kind: 'topic', name: activity.topic };
}

export function messageTopicOf(activity: MessageActivity): string {
  return advisoryTopic(KINDS[activity.type], subjectOf(activity));
}

export interface MessageAdvisoryContext {
  origin(): AdvisoryOrigin;
  /** All that are subscribed now. */
  consumers(): Iterable<ConsumerFacts>;
}

export interface MessageAdvisory {
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** `undefined` when there is nothing to tell: the message is an advisory, or the consumer has gone. */
export function messageAdvisory(
  activity: MessageActivity,
  context: MessageAdvisoryContext,
): MessageAdvisory | undefined {
  const original = qualifiedName(subjectOf(activity));
  switch (activity.type) {
    case 'message-expired':
      return about(activity.message, context, []);
    case 'message-dead-lettered':
      return about(activity.message, context, [
        ['orignalDestination', original],
        ['dlqDeliveryFailureCause', activity.cause],
      ]);
    case 'message-discarded':
      return about(activity.message, context, [
        ['orignalDestination', original],
        ['consumerId', consumerIdText(activity.connectionId, activity.consumerId)],
        ['discardedCount', String(activity.discardedCount)],
      ]);
    case 'slow-consumer':
      return slowConsumer(activity, context);
    case 'no-consumers':
      return unheard(activity.message);
  }
}

function about(
  message: Message,
  context: MessageAdvisoryContext,
  more: HeaderList,
): MessageAdvisory | undefined {
  const copy = copyOf(message);
  if (copy === undefined) return undefined;
  const headers = advisoryHeaders(context.origin(), [['orignalMessageId', message.id], ...more]);
  return { headers: joined(headers, copy.headers), body: copy.body };
}

function slowConsumer(
  activity: ActivityOf<'slow-consumer'>,
  context: MessageAdvisoryContext,
): MessageAdvisory | undefined {
  const { connectionId, consumerId } = activity;
  for (const consumer of context.consumers()) {
    if (consumer.connectionId !== connectionId || consumer.consumerId !== consumerId) continue;
    const more = [['consumerId', consumerIdText(connectionId, consumerId)]] as const;
    return { headers: commandHeaders(context.origin(), more), body: consumerInfo(consumer) };
  }
  return undefined;
}

/** ActiveMQ sends the message itself, so nothing in it says that it is an advisory. */
function unheard(message: Message): MessageAdvisory | undefined {
  const copy = copyOf(message);
  if (copy === undefined) return undefined;
  const more: HeaderList = [['orignalMessageId', message.id]];
  return { headers: joined([...copy.jmsHeaders, ...more], copy.headers), body: copy.body };
}

/** "The first header entry SHOULD be used" (STOMP 1.2, "Repeated Header Entries"): ours, not theirs. */
function joined(first: HeaderList, others: HeaderList): HeaderList {
  const taken = new Set(first.map(([name]) => name));
  return [...first, ...others.filter(([name]) => !taken.has(name))];
}
