/**
 * Puts the settings together: argument > environment > stompbox.config.ts > default, one by one.
 *
 * A URL may carry a port and a login; these count as given where the URL is given, so
 *
 *   MQ_URL=a:7000 with argument { port: 7001 }  →  a:7001      the argument is stronger
 *   MQ_PORT=7001 with argument { url: 'a:7000' } →  a:7000
 *   MQ_URL=a:7000 with MQ_PORT=7001             →  refused     neither is stronger
 *
 * Every error is one sentence with the name of the setting, its origin, the bad value (never a
 * password) and what to do.
 */
import { OptionsError } from '@stompbox/protocol';
import { type BrokerUrl, BrokerUrlError, parseBrokerUrl } from './broker-url.js';
import { loadConfigFile } from './config-file.js';
import { queueDestination, topicDestination } from './destination-name.js';
import { type Environment, readEnvironment } from './environment.js';
import type { SettingsLayer } from './layer.js';
import { Secret } from './secret.js';
import { type SettingName, Settings, type SettingsInput } from './settings.js';
import { checkSettings } from './settings-check.js';

const DEFAULTS = {
  host: '127.0.0.1',
  port: 61613,
  tlsPort: 61614,
  queue: '/queue/SampleQueue',
  topic: '/topic/SampleTopic',
} as const;

/** Where settings are looked for; the process itself unless told otherwise. */
export interface SettingsContext {
  readonly env?: Environment;
  /** Directory of `stompbox.config.ts`. */
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
  const layers = readLayers(input, env, context.cwd ?? process.cwd());
  const url = pick(layers, 'url');
  if (url === undefined && env['NODE_ENV'] === 'production') {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'The setting url is missing: in production (NODE_ENV) there is no default broker, ' +
        'so set MQ_URL, for example MQ_URL=mq.example.com',
    );
  }
  const broker = url === undefined ? undefined : readBrokerUrl(url);
  const address = resolveAddress(layers, url, broker);
  const user = resolveLogin(layers, 'user', url, broker);
  const password = resolveLogin(layers, 'password', url, broker);
  if (password !== undefined && user === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The setting password (${password.origin}) is given without a user: set MQ_USER too`,
    );
  }
  const queue = pick(layers, 'queue') ?? defaultOf('queue');
  const topic = pick(layers, 'topic') ?? defaultOf('topic');
  return new Settings({
    url: address.url,
    server: address.server,
    user: user?.value,
    password: password === undefined ? undefined : new Secret(password.value),
    queue: queueDestination(queue.value, queue.origin),
    topic: topicDestination(topic.value, topic.origin),
    origins: {
      url: url?.origin ?? 'default',
      port: address.portOrigin,
      user: user?.origin ?? 'default',
      password: password?.origin ?? 'default',
      queue: queue.origin,
      topic: topic.origin,
    },
  });
}

interface Picked<T = string> {
  readonly value: T;
  readonly origin: string;
  /** Index of the layer; a lower one is stronger. */
  readonly rank: number;
}

function readLayers(input: SettingsInput, env: Environment, cwd: string): SettingsLayer[] {
  const file = loadConfigFile(cwd);
  const layers: SettingsLayer[] = [
    { values: checkSettings(input, () => 'argument'), origin: () => 'argument' },
  ];
  const environment = readEnvironment(env);
  layers.push({ ...environment, values: checkSettings(environment.values, environment.origin) });
  if (file !== undefined) {
    const { path, content } = file;
    const { broker: _broker, ...values } = content;
    layers.push({ values, origin: () => path });
  }
  return layers;
}

function pick<N extends SettingName>(
  layers: readonly SettingsLayer[],
  name: N,
): Picked<NonNullable<SettingsInput[N]>> | undefined {
  for (const [rank, layer] of layers.entries()) {
    const value = layer.values[name];
    if (value !== undefined)
      return { value: value as NonNullable<SettingsInput[N]>, origin: layer.origin(name), rank };
  }
  return undefined;
}

function defaultOf(name: 'queue' | 'topic'): Picked {
  return { value: DEFAULTS[name], origin: 'default', rank: Number.POSITIVE_INFINITY };
}

function readBrokerUrl(url: Picked): BrokerUrl {
  try {
    return parseBrokerUrl(url.value);
  } catch (error) {
    if (!(error instanceof BrokerUrlError)) throw error;
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The setting url (${url.origin}) ${error.message}`,
      { cause: error },
    );
  }
}

function resolveAddress(
  layers: readonly SettingsLayer[],
  url: Picked | undefined,
  broker: BrokerUrl | undefined,
): { url: string; server: Settings['server']; portOrigin: string } {
  const port = pick(layers, 'port');
  const isStrongest = port !== undefined && port.rank <= (url?.rank ?? Number.POSITIVE_INFINITY);
  if (broker?.kind === 'failover') {
    if (isStrongest) throw portBesideFailover(port);
    return { url: broker.url, server: undefined, portOrigin: url?.origin ?? 'default' };
  }
  if (isStrongest && port.rank === url?.rank && (broker?.port ?? port.value) !== port.value) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The setting port is given twice, ${broker?.port} by the url (${url.origin}) and ` +
        `${port.value} (${port.origin}): remove one`,
    );
  }
  const written = isStrongest ? undefined : broker?.port;
  const isTls = broker?.isTls ?? false;
  const value = written ?? port?.value ?? (isTls ? DEFAULTS.tlsPort : DEFAULTS.port);
  const host = broker?.host ?? DEFAULTS.host;
  return {
    url: `${isTls ? 'stomp+ssl' : 'stomp'}://${host.includes(':') ? `[${host}]` : host}:${value}`,
    server: { host, port: value },
    portOrigin: written !== undefined && url ? url.origin : (port?.origin ?? 'default'),
  };
}

function portBesideFailover(port: Picked<number>): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    `The setting port (${port.origin}) has no meaning beside a failover url: remove it and ` +
      'write the port of each server into the url',
  );
}

function resolveLogin(
  layers: readonly SettingsLayer[],
  name: 'user' | 'password',
  url: Picked | undefined,
  broker: BrokerUrl | undefined,
): Picked | undefined {
  const picked = pick<'user' | 'password'>(layers, name);
  const own = picked && { ...picked, value: reveal(picked.value) };
  const inUrl = broker?.kind === 'server' ? broker[name] : undefined;
  if (inUrl === undefined || url === undefined) return own;
  if (own === undefined || own.rank > url.rank) return { ...url, value: inUrl };
  if (own.rank < url.rank || own.value === inUrl) return own;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The setting ${name} is given twice, by the url (${url.origin}) and by ${own.origin}: remove one`,
  );
}

function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
