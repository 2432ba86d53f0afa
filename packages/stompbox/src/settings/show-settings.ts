/** Settings for people and programs to read: no secret, no code, no object of the application. */
import { CATALOGUE, type SettingPath } from './catalogue.js';
import { Secret } from './secret.js';
import type { SettingsValues } from './settings.js';

export interface ShownSetting {
  readonly path: string;
  /** Undefined for none. */
  readonly value: unknown;
  readonly origin: string;
  readonly variable: string | undefined;
}

/** Every setting, in the order of the catalogue; what is inside a section that is off is left out. */
export function showSettings(settings: SettingsValues): ShownSetting[] {
  const shown: ShownSetting[] = [];
  for (const { path, variable, isSection } of CATALOGUE) {
    const value = valueAt(settings, path);
    if (isSection && value !== false) continue;
    if (isInSectionThatIsOff(settings, path)) continue;
    shown.push({ path, value: plain(value), origin: settings.origins[path], variable });
  }
  return shown;
}

/** All but origins and notes, as plain data. */
export function printable(settings: SettingsValues): Readonly<Record<string, unknown>> {
  const { origins: _origins, notes: _notes, destinations, ...rest } = { ...settings };
  return {
    ...(plain(rest) as Readonly<Record<string, unknown>>),
    destinations: Object.fromEntries(
      Object.entries(destinations).map(([name, { destination }]) => [name, destination]),
    ),
  };
}

/** The value of a setting; undefined where it has none. */
export function valueAt(settings: SettingsValues, path: SettingPath): unknown {
  if (path === 'port') return settings.server?.port;
  let value: unknown = settings;
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}

function isInSectionThatIsOff(settings: SettingsValues, path: string): boolean {
  return CATALOGUE.some(
    (row) =>
      row.isSection && path.startsWith(`${row.path}.`) && valueAt(settings, row.path) === false,
  );
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.toString();
  if (typeof value === 'function') return `[${value.name || 'function'}]`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  // An object of the application, such as a store.
  if (Object.getPrototypeOf(value) !== Object.prototype || 'begin' in value) return '[object]';
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
