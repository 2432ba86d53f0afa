/** A broker with little memory, and what its tests ask of it. */
import type { TestContext } from 'node:test';
import { type BrokerScene, brokerScene, type SceneOptions } from '../broker-scene.js';

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Between two turns of slowed producers. */
export const TURN_MS = 100;

export async function smallScene(
  t: TestContext,
  maxBytes: number,
  options: SceneOptions = {},
): Promise<BrokerScene> {
  return brokerScene(t, { memoryLimits: { maxBytes }, ...options });
}

export function memoryOf({ broker }: BrokerScene): { usedBytes: number; limitBytes: number } {
  return broker.statistics().broker.memory;
}

/** All that can happen without time and without clients has happened: there is no event for it. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
