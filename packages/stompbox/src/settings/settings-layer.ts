/**
 * The settings that one source gives: the arguments, the environment or a file. Layers are ordered, the
 * strongest first; each setting comes from the strongest layer that has it.
 */
import type { Destination } from '../destination/destination.js';
import { CATALOGUE, type SettingPath } from './catalogue.js';

export interface SettingsLayer {
  /** Checked; only what is given. */
  readonly values: ReadonlyMap<SettingPath, unknown>;
  readonly destinations: Readonly<Record<string, Destination>>;
  /** Where the value of this setting stands, for messages: `environment MQ_PORT`. */
  origin(path: SettingPath | 'destinations'): string;
}

export interface Picked<T = unknown> {
  readonly value: T;
  readonly origin: string;
  /** Index of the layer; a lower one is stronger. */
  readonly rank: number;
}

/** @template T what the check of the setting lets through */
export function pick<T>(
  layers: readonly SettingsLayer[],
  path: SettingPath,
): Picked<T> | undefined {
  for (const [rank, layer] of layers.entries()) {
    if (!layer.values.has(path)) continue;
    return { value: layer.values.get(path) as T, origin: layer.origin(path), rank };
  }
  return undefined;
}

/** Every setting that has a value or a default. */
export function pickAll(layers: readonly SettingsLayer[]): ReadonlyMap<SettingPath, Picked> {
  const picked = new Map<SettingPath, Picked>();
  for (const { path, initial } of CATALOGUE) {
    const value = pick<unknown>(layers, path);
    picked.set(path, value ?? { value: initial, origin: 'default', rank: layers.length });
  }
  return picked;
}
