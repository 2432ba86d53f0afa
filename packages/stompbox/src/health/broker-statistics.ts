/**
 * Statistics as ActiveMQ's plugin and the stompbox broker tell them over STOMP: the requests, and the
 * maps of the answers read into what is needed of them. Pure.
 */
import type { Message, ProfileName } from '@stompbox/client';
import { parseBody, parseDestination } from '@stompbox/protocol';
import type { ProbeRequest } from './probe-queue.js';

const PREFIX = '/queue/ActiveMQ.Statistics';
/** Asks for an empty map after the last answer, by which a broker that answers at all is known. */
const END_WITH_NULL = 'ActiveMQ.Statistics.Destination.List.End.With.Null';

/** A queue as the broker counts it. */
export interface QueueStatistics {
  /** Messages that it holds, those with a consumer included. */
  readonly size: number;
  /** With a consumer and not settled. */
  readonly inflight: number;
  /** Deliveries so far. */
  readonly dispatched: number;
  readonly consumers: number;
}

/** A consumer as the broker lists it. */
export interface ConsumerStatistics {
  /** Name of its queue or topic. */
  readonly destination: string;
  readonly isOurs: boolean;
  readonly inflight: number;
  readonly prefetch: number;
  readonly hasSelector: boolean;
  readonly isExclusive: boolean;
}

/** @param wish of the option `statistics` */
export function tellsStatistics(profile: ProfileName, wish: boolean | 'auto'): boolean {
  if (wish === false) return false;
  return profile === 'stompbox' || (wish === true && profile === 'activemq');
}

/** Its name, if it is one queue; of patterns, lists and topics there is nothing to ask. */
export function plainQueueName(destination: string): string | undefined {
  if (/[,*>]/.test(destination)) return undefined;
  const { kind, name } = parseDestination(destination);
  return kind === 'queue' ? name : undefined;
}

export function queueRequests(names: readonly string[]): ProbeRequest[] {
  return names.map((name) => ({
    destination: `${PREFIX}.Destination.${name}`,
    headers: { 'correlation-id': name, [END_WITH_NULL]: 'true' },
  }));
}

export function consumersRequest(): ProbeRequest {
  return { destination: `${PREFIX}.Subscription`, headers: { 'correlation-id': 'subscriptions' } };
}

/**
 * By name; `undefined` for a queue that the broker does not have. Names without an answer are missing:
 * then the broker tells no statistics.
 */
export function readQueues(
  replies: readonly Message[],
): ReadonlyMap<string, QueueStatistics | undefined> {
  const queues = new Map<string, QueueStatistics | undefined>();
  for (const reply of replies) {
    const name = reply.headers.get('correlation-id');
    if (name === undefined) continue;
    const map = readMap(reply);
    // The map that ends the list is empty.
    if (map.has('destinationName')) queues.set(name, queueOf(map));
    else if (!queues.has(name)) queues.set(name, undefined);
  }
  return queues;
}

/** @param session of our connection: its client id, or else its connection id */
export function readConsumers(
  replies: readonly Message[],
  session: string | undefined,
): ConsumerStatistics[] {
  return replies.map((reply) => {
    const map = readMap(reply);
    const ids = [map.get('clientId'), map.get('connectionId')];
    const selector = map.get('selector');
    return {
      destination: String(map.get('destinationName') ?? ''),
      isOurs: session !== undefined && ids.includes(session),
      inflight: numberOf(map, 'dispatchedQueueSize'),
      prefetch: numberOf(map, 'prefetchSize'),
      hasSelector: selector !== undefined && selector !== null && selector !== '',
      isExclusive: map.get('exclusive') === true,
    };
  });
}

function queueOf(map: ReadonlyMap<string, unknown>): QueueStatistics {
  return {
    size: numberOf(map, 'size'),
    inflight: numberOf(map, 'inflightCount'),
    dispatched: numberOf(map, 'dispatchCount'),
    consumers: numberOf(map, 'consumerCount'),
  };
}

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
function readMap(reply: Message): ReadonlyMap<string, unknown> {
  const transformation = reply.headers.get('transformation') ?? 'jms-map-xml';
  const body = parseBody(transformation, reply.text());
  if (body.kind !== 'map') return new Map();
  return new Map(body.entries.map(([key, { value }]) => [key, value]));
}

function numberOf(map: ReadonlyMap<string, unknown>, key: string): number {
  const value = map.get(key);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}
