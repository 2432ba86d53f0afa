/** The brokers of the settings as servers of the document. Nothing of a login but that there is one. */
import type { Settings } from '../settings/settings.js';
import type { AsyncApiServer } from './async-api-types.js';

const PROTOCOLS: Readonly<Record<string, AsyncApiServer['protocol']>> = {
  stomp: 'stomp',
  tcp: 'stomp',
  'stomp+nio': 'stomp',
  ssl: 'stomps',
  'stomp+ssl': 'stomps',
  'stomp+nio+ssl': 'stomps',
  ws: 'ws',
  wss: 'wss',
};

/** `broker`, and for `failover:` also `broker-2`, `broker-3` … */
export function serversOf(settings: Settings): Record<string, AsyncApiServer> {
  const security =
    settings.user === undefined
      ? {}
      : { security: [{ $ref: '#/components/securitySchemes/login' }] };
  const urls = urlsOf(settings.url);
  return Object.fromEntries(
    urls.map((url, index) => [
      index === 0 ? 'broker' : `broker-${index + 1}`,
      {
        ...addressOf(url),
        protocolVersion: '1.2',
        ...security,
      },
    ]),
  );
}

function urlsOf(url: string): string[] {
  const list = /^failover:(?:\/\/)?\(([^)]*)\)/i.exec(url)?.[1];
  return (list ?? url).split(',').map((one) => one.trim());
}

function addressOf(url: string): Pick<AsyncApiServer, 'host' | 'pathname' | 'protocol'> {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `stomp://${url}`;
  const { protocol, host, pathname } = new URL(withScheme);
  return {
    host,
    protocol: PROTOCOLS[protocol.slice(0, -1)] ?? 'stomp',
    ...(['', '/'].includes(pathname) ? {} : { pathname }),
  };
}
