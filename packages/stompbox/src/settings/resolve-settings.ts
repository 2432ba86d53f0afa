/**
 * Puts the settings together: argument > environment > stompbox.config.ts > default, one by one. In the
 * environment our own names come before those of django-stomp.
 *
 * Every error is one sentence with the name of the setting, its origin, the bad value (never a
 * password) and what to do.
 */
import { dirname, resolve } from 'node:path';
import type { Destination } from '../destination/destination.js';
import { CATALOGUE, type SettingPath } from './catalogue.js';
import { loadConfigFile } from './config-file.js';
import { queueDestination, topicDestination } from './destination-name.js';
import { readDjangoStompNames } from './django-stomp-names.js';
import { type Environment, readEnvironment } from './environment.js';
import { type BrokerAddress, resolveAddress } from './resolve-address.js';
import { Secret } from './secret.js';
import { Settings, type SettingsInput, type SettingsValues } from './settings.js';
import { checkSettings } from './settings-check.js';
import { type Picked, pickAll, type SettingsLayer } from './settings-layer.js';
import { sectionsOf } from './settings-sections.js';

/** Where settings are looked for; the process itself unless told otherwise. */
export interface SettingsContext {
  readonly env?: Environment;
  /** Directory of `stompbox.config.ts`, and of relative paths. */
  readonly cwd?: string;
}

/**
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function resolveSettings(
  input: SettingsInput = {},
  context: SettingsContext = {},
): Settings {
  const env = context.env ?? process.env;
  const { layers, notes } = readLayers(input, env, context.cwd ?? process.cwd());
  const address = resolveAddress(layers, env['NODE_ENV'] === 'production');
  const picked = pickAll(layers);
  const queue = textOf(picked, 'queue');
  const topic = textOf(picked, 'topic');
  const origins: Record<string, string> = {};
  for (const [path, { origin }] of picked) origins[path] = origin;
  return new Settings({
    ...sectionsOf(picked),
    url: address.url,
    server: address.server,
    user: address.user?.value,
    password: address.password === undefined ? undefined : new Secret(address.password.value),
    queue: queueDestination(queue.value, queue.origin),
    topic: topicDestination(topic.value, topic.origin),
    destinations: destinationsOf(layers),
    notes: Object.freeze([...notes, ...noteOfTls(picked, address)]),
    origins: Object.freeze({
      ...origins,
      url: address.urlOrigin,
      port: address.portOrigin,
      user: address.user?.origin ?? 'default',
      password: address.password?.origin ?? 'default',
      destinations: originOfDestinations(layers),
    }) as SettingsValues['origins'],
  });
}

function readLayers(
  input: SettingsInput,
  env: Environment,
  cwd: string,
): { readonly layers: readonly SettingsLayer[]; readonly notes: readonly string[] } {
  const file = loadConfigFile(cwd);
  const argument = checkSettings(input, () => 'argument');
  const environment = readEnvironment(env);
  const django = readDjangoStompNames(env, environment);
  const layers = [argument, environment, django].map((layer) => withPathsFrom(cwd, layer));
  if (file !== undefined) layers.push(withPathsFrom(dirname(file.path), file.layer));
  return { layers, notes: django.notes };
}

/** The layer with absolute paths. */
function withPathsFrom(directory: string, layer: SettingsLayer): SettingsLayer {
  const values = new Map(layer.values);
  for (const { path, isPath } of CATALOGUE) {
    if (isPath && values.has(path)) values.set(path, resolve(directory, String(values.get(path))));
  }
  return { ...layer, values };
}

function textOf(picked: ReadonlyMap<SettingPath, Picked>, path: SettingPath): Picked<string> {
  const { value, origin, rank } = picked.get(path) ?? { value: '', origin: 'default', rank: 0 };
  return { value: String(value), origin, rank };
}

function destinationsOf(layers: readonly SettingsLayer[]): Readonly<Record<string, Destination>> {
  const weakestFirst = layers.map(({ destinations }) => destinations).reverse();
  return Object.freeze(Object.assign({}, ...weakestFirst));
}

function originOfDestinations(layers: readonly SettingsLayer[]): string {
  const strongest = layers.find(({ destinations }) => Object.keys(destinations).length > 0);
  return strongest?.origin('destinations') ?? 'default';
}

function noteOfTls(picked: ReadonlyMap<SettingPath, Picked>, { url, isTls }: BrokerAddress) {
  const given = [...picked].find(
    ([path, { origin }]) => path.startsWith('tls.') && origin !== 'default',
  );
  if (isTls || given === undefined) return [];
  const [path, { origin }] = given;
  return [
    `The setting ${path} (${origin}) has no effect, ${url} is not encrypted: write stomp+ssl://`,
  ];
}
