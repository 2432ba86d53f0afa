/**
 * Puts single settings together to the sections that a program reads.
 *
 * A section that one source switches off (`listener.retry: false`) stays off, unless a stronger source
 * sets something inside. What belongs to the application, such as a store, is handed on as it is.
 */
import { OptionsError } from '@stompbox/protocol';
import { CATALOGUE, type SettingPath } from './catalogue.js';
import { Secret } from './secret.js';
import type { SettingsValues } from './settings.js';
import type { Picked } from './settings-layer.js';

type Sections = Omit<
  SettingsValues,
  'url' | 'server' | 'user' | 'password' | 'queue' | 'topic' | 'destinations' | 'origins' | 'notes'
>;

/**
 * `listener.concurrency` → 2 as `{ listener: { concurrency: 2 } }`, frozen.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function sectionsOf(picked: ReadonlyMap<SettingPath, Picked>): Sections {
  const tree: Record<string, unknown> = {};
  for (const { path, isSecret, isSection } of CATALOGUE) {
    const { value } = picked.get(path) ?? {};
    if (isSection) {
      if (isOff(path, picked)) put(tree, path, false);
      continue;
    }
    // Without a limit there is nothing to count by.
    if (path === 'listener.rateLimit.perMs' && !isGiven(picked, 'listener.rateLimit.max')) continue;
    if (path === 'listener.rateLimit.max' && value === undefined) continue;
    put(tree, path, isSecret && typeof value === 'string' ? new Secret(value) : value);
  }
  freezeSections(tree);
  // The catalogue has a row for each of them, which a test checks.
  return tree as unknown as Sections;
}

function isGiven(picked: ReadonlyMap<SettingPath, Picked>, path: SettingPath): boolean {
  return picked.get(path)?.value !== undefined;
}

/** @throws OptionsError `STOMP_OPT_INVALID` when one source says both. */
function isOff(section: SettingPath, picked: ReadonlyMap<SettingPath, Picked>): boolean {
  const own = picked.get(section);
  if (own?.value !== false) return false;
  const inside = [...picked].filter(
    ([path, { origin }]) => path.startsWith(`${section}.`) && origin !== 'default',
  );
  const same = inside.find(([, { rank }]) => rank === own.rank);
  if (same !== undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The setting ${section} (${own.origin}) is false, so ${same[0]} (${same[1].origin}) has no ` +
        'meaning: remove one',
    );
  }
  return inside.every(([, { rank }]) => rank > own.rank);
}

/** What is inside a section that is off already is left out. */
function put(tree: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place = tree;
  for (const key of keys) {
    if (place[key] === undefined) place[key] = {};
    const next = place[key];
    if (typeof next !== 'object' || next === null) return;
    place = next as Record<string, unknown>;
  }
  place[last] = value;
}

/** Sections and lists; what belongs to the application stays as it is. */
function freezeSections(tree: Record<string, unknown>): void {
  for (const value of Object.values(tree)) {
    if (Array.isArray(value)) Object.freeze(value);
    if (typeof value !== 'object' || value === null) continue;
    if (Object.getPrototypeOf(value) !== Object.prototype || 'begin' in value) continue;
    freezeSections(value as Record<string, unknown>);
    Object.freeze(value);
  }
}
