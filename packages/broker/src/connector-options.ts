/**
 * Where a broker listens: the options of one connector, checked, and the same as one URL for a command
 * line. Certificates are read once here, so that a wrong path is known before anything is opened.
 */
import { OptionsError } from '@stompbox/protocol';
import { invalid, requireKnown, requireWhole } from './option-checks.js';
import {
  type CertificateSources,
  type PemSource,
  readCertificates,
} from './transport/certificates.js';

/** TCP, TLS, WebSocket, WebSocket over TLS. */
export type ConnectorKind = 'tcp' | 'tls' | 'ws' | 'wss';

/** An address to listen on. */
export interface ConnectorOptions {
  /** Default `tcp`. */
  readonly kind?: ConnectorKind;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 61613 for `tcp`, 61614 for `tls`, 61615 for `ws`, 61619 for `wss`; 0 takes any free port. */
  readonly port?: number;
  /** Open connections, those that have not logged in included; more are closed at once. Default 1000. */
  readonly maxConnections?: number;
  /** Needed for `tls` and `wss`, and for nothing else. */
  readonly tls?: ConnectorTlsOptions;
  /** For `ws` and `wss`. */
  readonly ws?: ConnectorWebSocketOptions;
}

/** PEM, as a text or as the path of a file. Files that change are read again, without a restart. */
export interface ConnectorTlsOptions {
  readonly key?: string;
  readonly keyFile?: string;
  /** The broker's certificate, followed by those that lead to its root. */
  readonly cert?: string;
  readonly certFile?: string;
  /** Who signs certificates of clients. Needed to ask for them. */
  readonly ca?: string;
  readonly caFile?: string;
  /**
   * `no`: clients show no certificate. `ask`: they may show one. `demand`: they must. One that `ca` has
   * not signed is refused in any case. Default `no`, with `ca` or `caFile` `demand`.
   */
  readonly requestCertificate?: CertificateRequest;
}

export type CertificateRequest = 'no' | 'ask' | 'demand';

export interface ConnectorWebSocketOptions {
  /** The only path that is served, for example `/stomp`. Default any, as ActiveMQ does. */
  readonly path?: string;
  /**
   * Web pages that may connect: origins such as `https://app.example.com`, or `*` for all. Default those
   * that come from the host and port that they connect to. Clients that are no browsers name no origin
   * and are not asked for one.
   */
  readonly origins?: readonly string[];
}

interface ResolvedAddress {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
}

export interface ResolvedTls extends CertificateSources {
  readonly requestCertificate: CertificateRequest;
}

export interface ResolvedWebSocket {
  /** Undefined: every path. */
  readonly path: string | undefined;
  /** Undefined: the one of the address that is connected to. */
  readonly origins: readonly string[] | undefined;
}

export type ResolvedConnector = ResolvedAddress &
  (
    | { readonly kind: 'tcp' }
    | { readonly kind: 'tls'; readonly tls: ResolvedTls }
    | { readonly kind: 'ws'; readonly ws: ResolvedWebSocket }
    | { readonly kind: 'wss'; readonly tls: ResolvedTls; readonly ws: ResolvedWebSocket }
  );

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 61613;
/** 61614 and 61619 are Amazon MQ's; 61616 stays free for OpenWire. */
const DEFAULT_PORTS: Readonly<Record<ConnectorKind, number>> = {
  tcp: DEFAULT_PORT,
  tls: 61614,
  ws: 61615,
  wss: 61619,
};
/** That of the configuration that ActiveMQ is shipped with. */
const DEFAULT_MAX_CONNECTIONS = 1000;

const KINDS: readonly string[] = ['tcp', 'tls', 'ws', 'wss'];
const REQUESTS: readonly string[] = ['no', 'ask', 'demand'];

/**
 * @param path name of the option, for errors
 * @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID`
 */
export function resolveConnector(raw: ConnectorOptions, path: string): ResolvedConnector {
  requireKnown(path, raw, ['kind', 'host', 'port', 'maxConnections', 'tls', 'ws']);
  const { kind = 'tcp', host = DEFAULT_HOST, maxConnections = DEFAULT_MAX_CONNECTIONS } = raw;
  if (!KINDS.includes(kind)) throw invalid(`${path}.kind`, 'tcp, tls, ws or wss', kind);
  const { port = DEFAULT_PORTS[kind] } = raw;
  if (typeof host !== 'string' || host === '') {
    throw invalid(`${path}.host`, 'an address or the name of this machine', host);
  }
  requireWhole(`${path}.port`, port, { most: 65_535, meaning: ' (0 takes any free one)' });
  requireWhole(`${path}.maxConnections`, maxConnections, { least: 1 });
  if (raw.ws !== undefined && kind !== 'ws' && kind !== 'wss') {
    throw refused(`${path}.ws`, `has no use with kind "${kind}": leave it out, or use ws or wss`);
  }
  if (raw.tls !== undefined && kind !== 'tls' && kind !== 'wss') {
    throw refused(`${path}.tls`, `has no use with kind "${kind}": leave it out, or use tls or wss`);
  }
  const address = { host, port, maxConnections };
  switch (kind) {
    case 'tcp':
      return { kind, ...address };
    case 'tls':
      return { kind, ...address, tls: resolveTls(raw.tls, `${path}.tls`) };
    case 'ws':
      return { kind, ...address, ws: resolveWebSocket(raw.ws, `${path}.ws`) };
    case 'wss': {
      const tls = resolveTls(raw.tls, `${path}.tls`);
      return { kind, ...address, tls, ws: resolveWebSocket(raw.ws, `${path}.ws`) };
    }
  }
}

function resolveTls(raw: ConnectorTlsOptions = {}, path: string): ResolvedTls {
  requireKnown(path, raw, [
    ...['key', 'keyFile', 'cert', 'certFile', 'ca', 'caFile'],
    'requestCertificate',
  ]);
  const key = pemOf(raw, 'key', path);
  const cert = pemOf(raw, 'cert', path);
  const ca = pemOf(raw, 'ca', path);
  if (key === undefined || cert === undefined) {
    const missing = key === undefined ? 'keyFile' : 'certFile';
    throw refused(`${path}.${missing}`, 'is missing: TLS needs a private key and its certificate');
  }
  const { requestCertificate = ca === undefined ? 'no' : 'demand' } = raw;
  if (!REQUESTS.includes(requestCertificate)) {
    throw invalid(`${path}.requestCertificate`, 'no, ask or demand', requestCertificate);
  }
  // Node would trust every public authority instead, from which anybody gets a certificate.
  if (requestCertificate !== 'no' && ca === undefined) {
    throw refused(`${path}.caFile`, 'is missing: it says whose certificates clients may show');
  }
  const tls = { key, cert, ...(ca && { ca }), requestCertificate };
  try {
    readCertificates(tls);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `${path} must name a private key and its certificate in PEM form, readable by this process: ${reason}`,
      { cause },
    );
  }
  return tls;
}

function pemOf(
  raw: ConnectorTlsOptions,
  name: 'key' | 'cert' | 'ca',
  path: string,
): PemSource | undefined {
  const { [name]: pem, [`${name}File` as const]: file } = raw;
  if (pem !== undefined && file !== undefined) {
    throw refused(`${path}.${name}`, `and ${name}File exclude each other: leave one of them out`);
  }
  if (file !== undefined) {
    if (typeof file === 'string' && file !== '') return { file };
    throw invalid(`${path}.${name}File`, 'the path of a PEM file', file);
  }
  if (pem === undefined) return undefined;
  // The value itself is not shown: it may be a private key.
  if (typeof pem !== 'string' || !pem.includes('-----BEGIN ')) {
    throw refused(`${path}.${name}`, 'must be a text in PEM form; for a file, use its File option');
  }
  return { pem };
}

function resolveWebSocket(raw: ConnectorWebSocketOptions = {}, path: string): ResolvedWebSocket {
  requireKnown(path, raw, ['path', 'origins']);
  if (raw.path !== undefined && !(typeof raw.path === 'string' && /^\/[^?#\s]*$/.test(raw.path))) {
    throw invalid(`${path}.path`, 'a path that begins with "/", without a query', raw.path);
  }
  const { origins } = raw;
  if (origins !== undefined) {
    if (!Array.isArray(origins)) throw invalid(`${path}.origins`, 'a list', origins);
    for (const origin of origins) {
      if (!isOrigin(origin)) {
        throw invalid(`${path}.origins`, 'a list of origins such as "https://a.example"', origin);
      }
    }
  }
  return { path: raw.path, origins };
}

function isOrigin(text: unknown): boolean {
  if (text === '*') return true;
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text;
}

function refused(path: string, text: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `${path} ${text}`);
}
