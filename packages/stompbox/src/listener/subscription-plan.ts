/**
 * How a listener's destination is subscribed at a broker, and where its messages go when they are tried
 * again later.
 *
 *   queue                 the queue                        back into the same queue
 *   /exchange/… (RabbitMQ) as it is                        RETRY.<listener>, because others are bound, too
 *   topic                 ack auto                         nowhere: tried at once, then dead-lettered
 *   topic with durable    a durable subscription           the queue RETRY.<listener>, consumed beside it
 *   topic with group      the group's own queue            back into that queue
 */
import type { BrokerProfile, HeaderValues, SubscribeOptions } from '@stompbox/client';
import { OptionsError, parseDestination } from '@stompbox/protocol';
import { NAMELESS_LISTENER } from './listener.js';
import type { ResolvedListenerOptions } from './listener-options.js';

export interface SubscriptionPlan {
  /** What the application named, in STOMP's form. */
  readonly named: string;
  /** What SUBSCRIBE names. */
  readonly destination: string;
  readonly options: SubscribeOptions;
  /** True when ACKs settle its messages. */
  readonly isAcked: boolean;
  /** Where a message goes for a later try; undefined where it was sent to; `none` if there is no way. */
  readonly retryTo: string | 'none' | undefined;
  /** Name in dead letter and hold queues; undefined: that of the message's own destination. */
  readonly queueName: string | undefined;
  /** Name in hold queues. */
  readonly holdName: string;
  /** A queue that must be consumed, too, for messages that are tried again. */
  readonly retryQueue: string | undefined;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNSUPPORTED` */
export function planSubscription(
  named: string,
  listenerName: string,
  options: ResolvedListenerOptions,
  profile: BrokerProfile,
): SubscriptionPlan {
  const { selector, durable, group, prefetch } = options;
  const shared = selector === undefined ? {} : { selector };
  const acked = { ...shared, ack: 'client-individual', prefetch } as const;
  if (!isTopic(named)) {
    refuseForQueue(named, { durable, group });
    if (named.startsWith('/exchange/')) return withRetryQueue(named, listenerName, acked);
    const isPattern = /[*>,]/.test(named);
    return {
      named,
      destination: named,
      options: acked,
      isAcked: true,
      retryTo: isPattern ? undefined : named,
      queueName: isPattern ? undefined : nameOf(named),
      // A listener without a name is called like its pattern, to which nothing can be sent.
      holdName: isPattern ? nameOf(listenerName).replace(/[*>,/]+/g, '-') : nameOf(named),
      retryQueue: undefined,
    };
  }
  if (group !== undefined) {
    if (durable !== undefined)
      throw invalid('durable and group exclude each other: give one of them');
    const plan = planGroup(named, group, profile, acked);
    const holdName = plan.queueName ?? listenerName;
    return { ...plan, named, isAcked: true, holdName, retryQueue: undefined };
  }
  if (durable !== undefined) {
    return withRetryQueue(named, listenerName, { ...acked, durable });
  }
  return {
    named,
    destination: named,
    options: { ...shared, ack: 'auto' },
    isAcked: false,
    retryTo: 'none',
    queueName: undefined,
    holdName: listenerName,
    retryQueue: undefined,
  };
}

/** Where the destination itself would give a message that is tried again to others, too. */
function withRetryQueue(
  named: string,
  listenerName: string,
  options: SubscribeOptions,
): SubscriptionPlan {
  // All listeners without a name would take each other's messages.
  const ownName = listenerName === NAMELESS_LISTENER ? (options.durable ?? named) : listenerName;
  const name = nameOf(ownName);
  const retryQueue = `/queue/RETRY.${name}`;
  return {
    named,
    destination: named,
    options,
    isAcked: true,
    retryTo: retryQueue,
    queueName: nameOf(named),
    holdName: name,
    retryQueue,
  };
}

/** The queue RETRY.<listener> of a plan, which is consumed like any queue; all in it has been selected. */
export function planRetryQueue(queue: string, plan: SubscriptionPlan): SubscriptionPlan {
  const { durable: _durable, selector: _selector, ...options } = plan.options;
  return { ...plan, destination: queue, options, retryTo: queue, retryQueue: undefined };
}

/** `orders` for `/queue/orders`; `exchange.x.key` for `/exchange/x/key`: RabbitMQ knows no queue with slashes. */
export function nameOf(destination: string): string {
  const name = destination.replace(/^\/(queue|topic|temp-queue|temp-topic|amq\/queue)\//, '');
  return name.startsWith('/') ? name.slice(1).replaceAll('/', '.') : name;
}

type GroupPlan = Pick<SubscriptionPlan, 'destination' | 'options' | 'retryTo' | 'queueName'>;

function planGroup(
  topic: string,
  group: string,
  profile: BrokerProfile,
  acked: SubscribeOptions,
): GroupPlan {
  const name = nameOf(topic);
  const queueName = `Consumer.${group}.${name}`;
  if (profile.name === 'rabbitmq') {
    const headers: HeaderValues = {
      'x-queue-name': queueName,
      durable: true,
      'auto-delete': false,
    };
    const options = { ...acked, headers };
    return { destination: topic, options, retryTo: `/amq/queue/${queueName}`, queueName };
  }
  if (profile.name === 'artemis') {
    // A fully qualified queue name; its messages are sent to the queue by the same name.
    const destination = `${topic}::${queueName}`;
    const options = { ...acked, headers: { 'subscription-type': 'MULTICAST' } };
    return { destination, options, retryTo: destination, queueName };
  }
  if (!name.startsWith('VirtualTopic.')) {
    throw invalid(
      `the group of ${topic} needs a virtual topic: call the topic VirtualTopic.${name}, as ` +
        'ActiveMQ and stompbox do, or use durable',
    );
  }
  const destination = `/queue/${queueName}`;
  return { destination, options: acked, retryTo: destination, queueName };
}

function refuseForQueue(
  named: string,
  topicOptions: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, value] of Object.entries(topicOptions)) {
    if (value === undefined) continue;
    throw invalid(`${name} is for topics, and ${named} is a queue: leave it out`);
  }
}

function isTopic(destination: string): boolean {
  return parseDestination(destination).kind.endsWith('topic');
}

function invalid(what: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `The options of a listener: ${what}`);
}
