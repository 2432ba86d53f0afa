/** Where the broker serves HTTP, for blobs and for what else speaks HTTP. Off unless it is asked for. */
import { invalid, requireKnown, requireWhole } from '../option-checks.js';

export interface HttpOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 8161; 0 takes any free port. */
  readonly port?: number;
  /**
   * How others reach this server, for example `https://mq.example.com`, when that is not host and port:
   * behind a proxy, or when it listens on all addresses. Messages carry URLs that begin with it.
   */
  readonly publicUrl?: string;
  /** Origins of web pages that may use it, for example `https://app.example.com`. Default none. */
  readonly origins?: readonly string[];
  /** Connections open at the same time; more are closed at once. Default 1,000. */
  readonly maxConnections?: number;
}

export interface ResolvedHttpOptions {
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined;
  readonly origins: readonly string[];
  readonly maxConnections: number;
}

export const DEFAULT_HTTP_PORT = 8161;
const DEFAULT_MAX_CONNECTIONS = 1000;
const ALL_ADDRESSES = ['0.0.0.0', '::'];

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveHttpOptions(raw: HttpOptions): ResolvedHttpOptions {
  requireKnown('http', raw, ['host', 'port', 'publicUrl', 'origins', 'maxConnections']);
  const { host = '127.0.0.1', port = DEFAULT_HTTP_PORT, origins = [] } = raw;
  const { maxConnections = DEFAULT_MAX_CONNECTIONS } = raw;
  if (typeof host !== 'string' || host === '') {
    throw invalid('http.host', 'an address or the name of this machine', host);
  }
  requireWhole('http.port', port, { most: 65_535, meaning: ' (0 takes any free one)' });
  requireWhole('http.maxConnections', maxConnections, { least: 1 });
  if (ALL_ADDRESSES.includes(host) && raw.publicUrl === undefined) {
    throw invalid(
      'http.publicUrl',
      `given when http.host is ${host}: the URL for others`,
      undefined,
    );
  }
  if (!Array.isArray(origins)) {
    throw invalid('http.origins', 'a list', origins);
  }
  return {
    host,
    port,
    publicUrl: raw.publicUrl === undefined ? undefined : publicUrlOf(raw.publicUrl),
    origins: origins.map(originOf),
    maxConnections,
  };
}

function publicUrlOf(text: unknown): string {
  const url = webUrl(text);
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw invalid('http.publicUrl', 'an http(s) URL without login and query', text);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function originOf(text: unknown, index: number): string {
  const url = webUrl(text);
  if (url !== undefined && url.origin === text) return url.origin;
  const path = `http.origins[${index}]`;
  throw invalid(path, 'scheme, host and port of a web page, like https://app.example.com', text);
}

function webUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
