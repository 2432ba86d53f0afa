/** What ActiveMQ's tests ask JMX for: the counts of a queue or a topic. */
import type { DestinationCounters } from '../../dist/statistics/counters.js';
import type { BrokerScene } from '../broker-scene.js';

export function countsOf(
  { broker }: BrokerScene,
  name: string,
): Readonly<DestinationCounters> | undefined {
  return broker.statistics().destinations.find(({ destination }) => destination.name === name)
    ?.counters;
}

/** Messages that it holds, those with a consumer included. */
export function sizeOf(scene: BrokerScene, name: string): number {
  return countsOf(scene, name)?.size ?? 0;
}
