/**
 * A connector in one line, for a command line:
 *
 *   stomp://127.0.0.1:61613?maxConnections=100
 *   stomp+ssl://0.0.0.0:61614?key=server-key.pem&cert=server.pem&ca=ca.pem&requestCertificate=ask
 *   ws://127.0.0.1:61615/stomp?origin=https://a.example&origin=https://b.example
 *   wss://…                      what stomp+ssl and ws take
 *
 * Values are checked where all options are, in `resolveConnector`.
 */
import { OptionsError } from '@stompbox/protocol';
import type {
  CertificateRequest,
  ConnectorKind,
  ConnectorOptions,
  ConnectorTlsOptions,
} from './connector-options.js';

/** The scheme under which each kind is known. */
export const SCHEMES: Readonly<Record<ConnectorKind, string>> = {
  tcp: 'stomp',
  tls: 'stomp+ssl',
  ws: 'ws',
  wss: 'wss',
};

const KINDS = new Map(
  Object.entries(SCHEMES).map(([kind, scheme]) => [scheme, kind as ConnectorKind]),
);

const TLS_KEYS = ['key', 'cert', 'ca', 'requestCertificate'];

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function parseConnectorUrl(text: string): ConnectorOptions {
  const [, scheme = '', rest = ''] = /^([a-z+]+):(\/\/.*)$/i.exec(text) ?? [];
  const kind = KINDS.get(scheme.toLowerCase());
  if (kind === undefined) {
    throw wrong(text, 'it must begin with stomp://, stomp+ssl://, ws:// or wss://');
  }
  // Under a scheme of its own nothing is left out, as port 80 of a ws:// would be.
  if (!URL.canParse(`stomp:${rest}`)) throw wrong(text, 'it must be scheme://host:port');
  const url = new URL(`stomp:${rest}`);
  if (url.username !== '' || url.password !== '') {
    throw new OptionsError('STOMP_OPT_INVALID', 'A URL to listen on takes no login and passcode');
  }
  if (url.hash !== '') throw wrong(text, 'it has no use for what follows the "#"');
  const isWeb = kind === 'ws' || kind === 'wss';
  const path = url.pathname === '/' ? '' : url.pathname;
  if (path !== '' && !isWeb) throw wrong(text, `it has no use for the path ${path}`);
  const query = queryOf(url, text, [
    'maxConnections',
    ...(kind === 'tls' || kind === 'wss' ? TLS_KEYS : []),
    ...(isWeb ? ['origin'] : []),
  ]);
  const origins = query.getAll('origin');
  const ws = { ...(path !== '' && { path }), ...(origins.length > 0 && { origins }) };
  const tls = tlsOf(query);
  const maxConnections = query.get('maxConnections');
  return {
    kind,
    ...(url.hostname !== '' && { host: url.hostname.replace(/^\[(.*)\]$/, '$1') }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(maxConnections !== null && { maxConnections: wholeNumber(maxConnections) }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(Object.keys(ws).length > 0 && { ws }),
  };
}

function queryOf(url: URL, text: string, known: readonly string[]): URLSearchParams {
  // A plus sign in the name of a file is no space.
  const query = new URLSearchParams(url.search.replaceAll('+', '%2B'));
  for (const key of new Set(query.keys())) {
    if (!known.includes(key)) {
      throw new OptionsError(
        'STOMP_OPT_UNKNOWN',
        `Unknown key ${key} in "${text}"; known: ${known.join(', ')}`,
      );
    }
    if (key !== 'origin' && query.getAll(key).length > 1) {
      throw wrong(text, `${key} must be given once`);
    }
  }
  return query;
}

function tlsOf(query: URLSearchParams): ConnectorTlsOptions {
  const key = query.get('key');
  const cert = query.get('cert');
  const ca = query.get('ca');
  const requested = query.get('requestCertificate');
  return {
    ...(key !== null && { keyFile: key }),
    ...(cert !== null && { certFile: cert }),
    ...(ca !== null && { caFile: ca }),
    ...(requested !== null && { requestCertificate: requested as CertificateRequest }),
  };
}

/** NaN, which no option takes, for anything else. */
function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Without what may be a login and passcode: errors go to logs. */
function wrong(text: string, reason: string): OptionsError {
  const shown = text.replace(/\/\/.*@/s, '//…@');
  return new OptionsError('STOMP_OPT_INVALID', `Cannot listen on "${shown}": ${reason}`);
}
