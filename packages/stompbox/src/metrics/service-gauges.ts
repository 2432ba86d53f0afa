/** What is the case in a service now, as the values of gauges. */
import type { CircuitState } from '../messaging-event.js';
import type { ListenerSnapshot, MessagingSnapshot } from '../messaging-snapshot.js';
import type { GaugeName, Labels } from './metric-definitions.js';
import type { ServiceLabels } from './service-labels.js';

export interface GaugeReading {
  readonly gauge: GaugeName;
  readonly labels: Labels;
  readonly value: number;
}

const CIRCUIT_STATES: readonly CircuitState[] = ['closed', 'half-open', 'open'];

/** Each pair of gauge and labels once: subscriptions of one listener to one destination add up. */
export function readGauges(
  snapshot: MessagingSnapshot,
  labels: ServiceLabels,
): readonly GaugeReading[] {
  const { connection, sendingCount, listeners } = snapshot;
  const readings = new Map<string, GaugeReading>();
  const add: Add = (gauge, about, value) => {
    const key = JSON.stringify([gauge, about]);
    readings.set(key, { gauge, labels: about, value: value + (readings.get(key)?.value ?? 0) });
  };
  add('connectionUp', {}, connection.state === 'connected' ? 1 : 0);
  add('sending', {}, sendingCount);
  for (const listener of listeners) {
    if (listener.state !== 'closed') addListener(listener, labels.listener(listener), add);
  }
  return [...readings.values()];
}

type Add = (gauge: GaugeName, labels: Labels, value: number) => void;

function addListener(listener: ListenerSnapshot, labels: Labels, add: Add): void {
  add('handling', labels, listener.handlingCount);
  add('waiting', labels, listener.waitingCount);
  add('settling', labels, listener.settlingCount);
  add('subscribed', labels, listener.confirmedAtMs === undefined ? 0 : 1);
  for (const state of CIRCUIT_STATES) {
    add('circuit', { ...labels, state }, listener.circuit === state ? 1 : 0);
  }
}
