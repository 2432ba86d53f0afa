/**
 * Checks what one source says about settings, before the sources are put together, and takes it apart:
 * `{ listener: { concurrency: 2 } }` becomes `listener.concurrency` → 2. What is undefined counts as not
 * given.
 */
import { OptionsError } from '@stompbox/protocol';
import { type Destination, isDestination } from '../destination/destination.js';
import { show } from '../options.js';
import { suggestName } from '../suggestion.js';
import { CATALOGUE, keysOf, rowOf, type SettingPath } from './catalogue.js';
import type { SettingsLayer } from './settings-layer.js';

/** Where a value stands, for messages. */
export type OriginOf = (path: SettingPath | 'destinations') => string;

/** What people call a key that is called differently here. */
const ALIASES: Readonly<Record<string, string>> = {
  host: 'url',
  uri: 'url',
  server: 'url',
  login: 'user',
  username: 'user',
  passcode: 'password',
  vhost: 'virtualHost',
  ssl: 'tls',
  timeout: 'connection.connectTimeoutMs',
  dlq: 'listener.deadLetter',
};

/**
 * @param others keys at the top that somebody else checks.
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function checkSettings(
  given: unknown,
  originOf: OriginOf,
  others: readonly string[] = [],
): SettingsLayer {
  const values = new Map<SettingPath, unknown>();
  let destinations: SettingsLayer['destinations'] = {};
  const take = (section: string, content: unknown): void => {
    for (const [key, value] of entriesOf(section, content, originOf)) {
      const path = section === '' ? key : `${section}.${key}`;
      if (value === undefined || others.includes(path)) continue;
      const row = rowOf(path);
      if (path === 'destinations') destinations = checkDestinations(value, originOf(path));
      else if (keysOf(path) !== undefined && (row === undefined || isObject(value)))
        take(path, value);
      else if (row === undefined) throw unknownKey(section, key, originOf, others);
      else values.set(row.path, checkValue(row.path, value, originOf(row.path)));
    }
  };
  take('', given);
  return { values, destinations, origin: originOf };
}

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function checkValue(path: SettingPath, value: unknown, origin: string): unknown {
  const problem = rowOf(path)?.kind.problem(value);
  if (problem === undefined) return value;
  throw new OptionsError('STOMP_OPT_INVALID', `The setting ${path} (${origin}) ${problem}`);
}

function entriesOf(
  section: string,
  content: unknown,
  originOf: OriginOf,
): readonly (readonly [string, unknown])[] {
  if (isObject(content)) return Object.entries(content);
  const origin = originOf(anyPathIn(section));
  const name = section === '' ? `The settings (${origin})` : `The setting ${section} (${origin})`;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${name} must be an object with the keys ${namesIn(section).join(', ')}, not ${show(content)}`,
  );
}

function checkDestinations(value: unknown, origin: string): Readonly<Record<string, Destination>> {
  const found: Record<string, Destination> = {};
  if (!isObject(value)) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The setting destinations (${origin}) must be an object such as { orders: queue('orders') }, ` +
        `not ${show(value)}`,
    );
  }
  for (const [name, destination] of Object.entries(value)) {
    if (destination === undefined) continue;
    if (isDestination(destination)) found[name] = destination;
    else {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The setting destinations.${name} (${origin}) must be what queue() or topic() gives, ` +
          `not ${show(destination)}`,
      );
    }
  }
  return found;
}

function unknownKey(
  section: string,
  key: string,
  originOf: OriginOf,
  others: readonly string[],
): OptionsError {
  const path = section === '' ? key : `${section}.${key}`;
  const names = section === '' ? [...namesIn(section), ...others] : namesIn(section);
  const near = nearestTo(section, key, names);
  const advice =
    near === undefined ? `the keys are ${names.join(', ')}` : `did you mean "${near}"?`;
  return new OptionsError(
    'STOMP_OPT_UNKNOWN',
    `The setting ${path} (${originOf(anyPathIn(section))}) does not exist: ${advice}`,
  );
}

/** A key of the same section first, then one that is called so elsewhere. */
function nearestTo(section: string, key: string, names: readonly string[]): string | undefined {
  if (section === '' && ALIASES[key] !== undefined) return ALIASES[key];
  const near = suggestName(key, names);
  if (near !== undefined) return section === '' ? near : `${section}.${near}`;
  return CATALOGUE.find(({ path }) => path.endsWith(`.${key}`))?.path;
}

function namesIn(section: string): readonly string[] {
  const names = keysOf(section) ?? [];
  return section === '' ? [...names, 'destinations'] : names;
}

/** Of a section only the origin is asked, which is the same for all that is in it. */
function anyPathIn(section: string): SettingPath {
  const row = CATALOGUE.find(({ path }) => section === '' || path.startsWith(`${section}.`));
  return row?.path ?? 'url';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
