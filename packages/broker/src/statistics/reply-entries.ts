/**
 * The maps of statistics replies, with the keys, types and order of ActiveMQ's statistics plugin.
 * What it calls enqueue time is the time that a message spends in a destination.
 */
import type { MapEntries, TypedValue } from '@stompbox/protocol';
import { qualifiedName } from '../advisory/advisory-topic.js';
import type { DestinationCounters } from './counters.js';
import type {
  BrokerFacts,
  DestinationStatistics,
  SubscriptionStatistics,
  Usage,
} from './statistics-source.js';

/** `totals` are those of all destinations, since the last reset. */
export function brokerEntries(
  broker: BrokerFacts,
  totals: Readonly<DestinationCounters>,
  cachedMessages: number,
): MapEntries {
  const { memory, store, temp, connectors } = broker;
  return [
    ['averageMessageSize', long(averageBytes(totals))],
    ['minEnqueueTime', double(Math.max(0, totals.heldMinMs))],
    ['expiredCount', long(totals.expired)],
    ['stomp+ssl', string(connectors['stomp+ssl'])],
    ['inflightCount', long(totals.inflight)],
    ['ssl', string('')],
    ['tempUsage', long(temp.usedBytes)],
    ['tempLimit', long(temp.limitBytes)],
    ['stomp', string(connectors.stomp)],
    ['storePercentUsage', int(percent(store))],
    ['dequeueCount', long(totals.dequeued)],
    ['brokerId', string(broker.brokerId)],
    ['memoryUsage', long(memory.usedBytes)],
    ['consumerCount', long(totals.consumers)],
    ['storeUsage', long(store.usedBytes)],
    ['dataDirectory', string(broker.dataDirectory)],
    ['memoryPercentUsage', int(percent(memory))],
    ['averageEnqueueTime', double(averageHeldMs(totals))],
    ['messagesCached', long(cachedMessages)],
    ['maxEnqueueTime', double(Math.max(0, totals.heldMaxMs))],
    ['dispatchCount', long(totals.dispatched)],
    ['size', long(totals.size)],
    ['openwire', string('')],
    ['vm', string('')],
    ['storeLimit', long(store.limitBytes)],
    ['producerCount', long(totals.producers)],
    ['memoryLimit', long(memory.limitBytes)],
    ['brokerName', string(broker.brokerName)],
    ['enqueueCount', long(totals.enqueued)],
    ['tempPercentUsage', int(percent(temp))],
  ];
}

export interface DestinationReplyOptions {
  /** Tell when the oldest message was sent, if there is one. */
  readonly firstMessageTimestamp: boolean;
}

export function destinationEntries(
  broker: BrokerFacts,
  statistics: DestinationStatistics,
  options: DestinationReplyOptions,
): MapEntries {
  const { destination, counters, cached } = statistics;
  const { memory } = broker;
  const usage = { usedBytes: cached.bytes, limitBytes: memory.limitBytes };
  const first = options.firstMessageTimestamp ? statistics.firstMessageTimestampMs() : undefined;
  return [
    ['dequeueCount', long(counters.dequeued)],
    ['averageMessageSize', long(averageBytes(counters))],
    ['brokerId', string(broker.brokerId)],
    ['memoryUsage', long(usage.usedBytes)],
    ['consumerCount', long(counters.consumers)],
    ['minEnqueueTime', double(Math.max(0, counters.heldMinMs))],
    ['memoryPercentUsage', int(percent(usage))],
    ['averageEnqueueTime', double(averageHeldMs(counters))],
    ['messagesCached', long(cached.messages)],
    ['expiredCount', long(counters.expired)],
    ['inflightCount', long(counters.inflight)],
    ['maxEnqueueTime', double(Math.max(0, counters.heldMaxMs))],
    ['dispatchCount', long(counters.dispatched)],
    ['size', long(counters.size)],
    ...(first === undefined ? [] : [['firstMessageTimestamp', long(first)] as const]),
    ['destinationName', string(qualifiedName(destination))],
    ['producerCount', long(counters.producers)],
    ['memoryLimit', long(usage.limitBytes)],
    ['brokerName', string(broker.brokerName)],
    ['enqueueCount', long(counters.enqueued)],
  ];
}

export function subscriptionEntries(
  broker: BrokerFacts,
  statistics: SubscriptionStatistics,
): MapEntries {
  const { consumer } = statistics;
  const { clientId, connectionId, selector, durableName } = consumer;
  return [
    ['brokerId', string(broker.brokerId)],
    ['clientId', string(clientId ?? connectionId)],
    ['slowConsumer', boolean(statistics.isSlow)],
    ['dequeueCounter', long(statistics.dequeued)],
    ['maximumPendingMessageLimit', int(0)],
    ['sessionId', long(-1)],
    ['enqueueCounter', long(statistics.enqueued)],
    ['prefetchSize', int(consumer.prefetch)],
    ['dispatchedQueueSize', long(statistics.inflight)],
    ['destinationName', string(consumer.destination.name)],
    ['retroactive', boolean(false)],
    ['connectionId', string(connectionId)],
    ['exclusive', boolean(consumer.isExclusive)],
    ['selector', selector === undefined ? NULL : string(selector)],
    ...(durableName === undefined ? [] : [['subscriptionName', string(durableName)] as const]),
    ['dispatchedCounter', long(statistics.dispatched)],
    ['brokerName', string(broker.brokerName)],
  ];
}

function averageBytes({ enqueued, enqueuedBytes }: Readonly<DestinationCounters>): number {
  return enqueued === 0 ? 0 : Math.floor(enqueuedBytes / enqueued);
}

function averageHeldMs({ heldCount, heldMs }: Readonly<DestinationCounters>): number {
  return heldCount === 0 ? 0 : heldMs / heldCount;
}

function percent({ usedBytes, limitBytes }: Usage): number {
  return limitBytes === 0 ? 0 : Math.floor((usedBytes / limitBytes) * 100);
}

const NULL: TypedValue = { type: 'null', value: null };

function string(value: string): TypedValue {
  return { type: 'string', value };
}

function boolean(value: boolean): TypedValue {
  return { type: 'boolean', value };
}

function int(value: number): TypedValue {
  return { type: 'int', value };
}

function long(value: number): TypedValue {
  return { type: 'long', value: BigInt(value) };
}

function double(value: number): TypedValue {
  return { type: 'double', value };
}
