/**
 * All settings, one row each. Whatever there is to know of a setting is said here and nowhere else: the
 * check of a configuration, the variables, `stompbox config show` and the page of the reference follow.
 */

import { brokerRows } from './section/broker-section.js';
import { connectionRows } from './section/connection-section.js';
import { listenerRows } from './section/listener-section.js';
import { processRows } from './section/process-section.js';
import { producerRows } from './section/producer-section.js';
import { tlsRows } from './section/tls-section.js';
import type { SettingRow } from './setting-row.js';

const rows = [
  ...brokerRows,
  ...tlsRows,
  ...connectionRows,
  ...producerRows,
  ...listenerRows,
  ...processRows,
] as const;

/** `port`, `listener.retry.delayedMs`. */
export type SettingPath = (typeof rows)[number]['path'];

export const CATALOGUE: readonly SettingRow<SettingPath>[] = rows;

const byPath: ReadonlyMap<string, SettingRow<SettingPath>> = new Map(
  CATALOGUE.map((row) => [row.path, row]),
);

/** The keys below a section, or at the top: `listener` → `concurrency`, `retry` … */
const keys = keysOfSections();

export function rowOf(path: string): SettingRow<SettingPath> | undefined {
  return byPath.get(path);
}

/** Undefined when it is no section; the top is ``. */
export function keysOf(section: string): readonly string[] | undefined {
  return keys.get(section);
}

function keysOfSections(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path } of CATALOGUE) {
    const parts = path.split('.');
    for (const [depth, key] of parts.entries()) {
      const section = parts.slice(0, depth).join('.');
      const list = found.get(section) ?? [];
      if (!list.includes(key)) list.push(key);
      found.set(section, list);
    }
  }
  return found;
}
