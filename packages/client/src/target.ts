/** What `connect` is given: one URL, a comma list, an array, or ActiveMQ's failover form. */
import { OptionsError } from '@stompbox/protocol';
import {
  type FailoverOptions,
  isFailoverUrl,
  type Priority,
  parseFailoverUrl,
} from './failover-url.js';
import { parseServerUrl, type Server } from './server-url.js';
import { formatAddress } from './transport.js';

export interface Target {
  /** At least one, in the order of preference. */
  readonly servers: readonly Server[];
  /** What the URL itself says; options given as an object come first. */
  readonly options: FailoverOptions;
}

/** A plain list is tried in its order; only the failover form shuffles unless told otherwise. */
const NO_OPTIONS: FailoverOptions = { randomize: false };

/** @throws OptionsError when a URL is malformed or nothing is given. */
export function parseTarget(target: string | readonly string[]): Target {
  if (typeof target === 'string' && isFailoverUrl(target.trim())) {
    const { servers, options, priority } = parseFailoverUrl(target.trim());
    return { servers: withPriority(parseServers(servers), priority), options };
  }
  const texts = typeof target === 'string' ? target.split(',') : target;
  if (!Array.isArray(texts) || texts.some((text) => typeof text !== 'string')) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      "Pass connect() a URL such as 'stomp://localhost:61613', or an array of them",
    );
  }
  return { servers: parseServers(texts), options: NO_OPTIONS };
}

function parseServers(texts: readonly string[]): readonly Server[] {
  if (texts.length === 0) {
    throw new OptionsError('STOMP_OPT_INVALID', 'No server is given: pass at least one URL');
  }
  const urls = texts.map((text) => text.trim());
  const hasCredentials = urls.some((url) => url.includes('@'));
  // A comma in a passcode cuts it into pieces, of which no URL may be quoted then.
  const isCut = hasCredentials && urls.length > 1 && !urls.every((url) => url.includes('://'));
  return urls.map((url) => {
    const isShown = !isCut && (!hasCredentials || url.includes('@'));
    return parseServerUrl(url, isShown);
  });
}

function withPriority(servers: readonly Server[], priority: Priority): readonly Server[] {
  if (priority === 'none') return servers;
  const preferred = priority === 'first' ? servers.slice(0, 1) : parseServers(priority);
  const places = new Set(preferred.map(({ address }) => formatAddress(address)));
  return servers.map((server) =>
    places.has(formatAddress(server.address)) ? { ...server, isPriority: true } : server,
  );
}
