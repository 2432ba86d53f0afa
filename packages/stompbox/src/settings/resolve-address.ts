/**
 * Where the broker is and who we are there. A URL may carry a port and a login; these count as given
 * where the URL is given, so
 *
 *   MQ_URL=a:7000 with argument { port: 7001 }  →  a:7001      the argument is stronger
 *   MQ_PORT=7001 with argument { url: 'a:7000' } →  a:7000
 *   MQ_URL=a:7000 with MQ_PORT=7001             →  refused     neither is stronger
 */
import { OptionsError } from '@stompbox/protocol';
import { type BrokerUrl, BrokerUrlError, parseBrokerUrl } from './broker-url.js';
import { Secret } from './secret.js';
import type { ServerAddress } from './settings.js';
import { type Picked, pick, type SettingsLayer } from './settings-layer.js';

const DEFAULTS = { host: '127.0.0.1', port: 61613, tlsPort: 61614 } as const;

export interface BrokerAddress {
  readonly url: string;
  readonly server: ServerAddress | undefined;
  readonly isTls: boolean;
  readonly user: Picked<string> | undefined;
  readonly password: Picked<string> | undefined;
  readonly urlOrigin: string;
  readonly portOrigin: string;
}

/**
 * @param needsUrl there is no default, because this is production.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function resolveAddress(layers: readonly SettingsLayer[], needsUrl: boolean): BrokerAddress {
  const url = pick<string>(layers, 'url');
  if (url === undefined && needsUrl) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'The setting url is missing: in production (NODE_ENV) there is no default broker, ' +
        'so set MQ_URL, for example MQ_URL=mq.example.com',
    );
  }
  const broker = url === undefined ? undefined : readBrokerUrl(url);
  const where = resolveServer(layers, url, broker);
  const user = resolveLogin(layers, 'user', url, broker);
  const password = resolveLogin(layers, 'password', url, broker);
  if (password !== undefined && user === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The setting password (${password.origin}) is given without a user: set MQ_USER too`,
    );
  }
  return { ...where, user, password, urlOrigin: url?.origin ?? 'default' };
}

function readBrokerUrl(url: Picked<string>): BrokerUrl {
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

function resolveServer(
  layers: readonly SettingsLayer[],
  url: Picked<string> | undefined,
  broker: BrokerUrl | undefined,
): Pick<BrokerAddress, 'url' | 'server' | 'isTls' | 'portOrigin'> {
  const port = pick<number>(layers, 'port');
  const isStrongest = port !== undefined && port.rank <= (url?.rank ?? Number.POSITIVE_INFINITY);
  if (broker?.kind === 'failover') {
    if (isStrongest) throw portBesideFailover(port);
    const isTls = /ssl:/i.test(broker.url);
    return { url: broker.url, server: undefined, isTls, portOrigin: url?.origin ?? 'default' };
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
    isTls,
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
  url: Picked<string> | undefined,
  broker: BrokerUrl | undefined,
): Picked<string> | undefined {
  const picked = pick<string | Secret>(layers, name);
  const own = picked && { ...picked, value: revealed(picked.value) };
  const inUrl = broker?.kind === 'server' ? broker[name] : undefined;
  if (inUrl === undefined || url === undefined) return own;
  if (own === undefined || own.rank > url.rank) return { ...url, value: inUrl };
  if (own.rank < url.rank || own.value === inUrl) return own;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The setting ${name} is given twice, by the url (${url.origin}) and by ${own.origin}: remove one`,
  );
}

function revealed(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
