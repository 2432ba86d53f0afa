/**
 * Reads the URL of one server: `stomp://[login:passcode@]host[:61613]`, `stomp+ssl://` for TLS,
 * `ws://host[:80]/path` and `wss://` for WebSocket, `stomp+unix:///path` for the socket of a file.
 *
 * The names that ActiveMQ's transport connectors use for the same thing are accepted too, so that a
 * URL can be copied from a broker's configuration. No error quotes what may be part of a passcode.
 */
import { OptionsError } from '@stompbox/protocol';
import { Credentials } from './credentials.js';
import { isJavaSocketOption } from './java-options.js';
import type { ServerAddress } from './transport.js';

export interface Server {
  readonly address: ServerAddress;
  /** From the URL; `undefined` leaves it to the options. */
  readonly credentials: Credentials | undefined;
  /** True: every round over several servers begins with it. */
  readonly isPriority?: boolean;
}

/** IANA's port of STOMP, and the one that Amazon MQ and most examples use for TLS. */
const DEFAULT_PORT = 61613;
const DEFAULT_TLS_PORT = 61614;

interface Scheme {
  readonly kind: 'socket' | 'webSocket' | 'unix';
  readonly isTls: boolean;
  readonly defaultPort: number;
}

const TCP: Scheme = { kind: 'socket', isTls: false, defaultPort: DEFAULT_PORT };
const TLS: Scheme = { kind: 'socket', isTls: true, defaultPort: DEFAULT_TLS_PORT };
const UNIX: Scheme = { kind: 'unix', isTls: false, defaultPort: 0 };

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['stomp:', TCP],
  ['tcp:', TCP],
  ['stomp+nio:', TCP],
  ['stomp+ssl:', TLS],
  ['ssl:', TLS],
  ['stomp+nio+ssl:', TLS],
  ['ws:', { kind: 'webSocket', isTls: false, defaultPort: 80 }],
  ['wss:', { kind: 'webSocket', isTls: true, defaultPort: 443 }],
  ['stomp+unix:', UNIX],
  ['unix:', UNIX],
]);

/**
 * @param isShown whether errors may quote the URL; false when it may be a piece of credentials
 * @throws OptionsError `STOMP_OPT_INVALID` that says what is wrong with the URL.
 */
export function parseServerUrl(text: string, isShown = true): Server {
  const shown = isShown ? redacted(text) : HIDDEN;
  const url = parseUrl(text, shown);
  const scheme = SCHEMES.get(url.protocol);
  if (scheme === undefined) {
    throw invalidUrl(
      shown,
      'its scheme is not known: use stomp://, stomp+ssl://, ws://, wss:// or stomp+unix://',
    );
  }
  if (url.hash !== '') throw invalidUrl(shown, 'a server takes no "#" part: remove it');
  const credentials = credentialsOf(url, shown);
  if (scheme.kind === 'unix') return { address: unixAddress(url, shown), credentials };
  if (url.hostname === '') throw invalidUrl(shown, 'it names no host: write stomp://host:61613');
  const port = url.port === '' ? scheme.defaultPort : Number(url.port);
  if (port === 0) throw invalidUrl(shown, 'port 0 cannot be connected to');
  const address = { host: hostOf(url, shown), port, isTls: scheme.isTls };
  if (scheme.kind === 'webSocket') {
    return { address: { ...address, webSocketPath: url.pathname + url.search }, credentials };
  }
  if (url.pathname !== '' && url.pathname !== '/') {
    throw invalidUrl(shown, 'it has a path: remove it, and name a virtual host by the option host');
  }
  checkNoQuery(url, shown);
  return { address, credentials };
}

/** Its host is what CONNECT names as virtual host. */
function unixAddress(url: URL, shown: string): ServerAddress {
  const unixPath = percentDecoded(url.pathname, shown);
  const host = url.hostname || 'localhost';
  if (host !== 'localhost' || unixPath === '' || unixPath === '/') {
    throw invalidUrl(shown, 'it names no file: write stomp+unix:///path/of/the/socket');
  }
  checkNoQuery(url, shown);
  return { host, port: 0, isTls: false, unixPath };
}

/** A query tunes Java's sockets, in URLs that were copied from there, or it is refused. */
function checkNoQuery(url: URL, shown: string): void {
  for (const [name, value] of url.searchParams) {
    if (isJavaSocketOption(name, value)) continue;
    throw invalidUrl(shown, 'a server takes no such "?" part: pass options as an object');
  }
}

function parseUrl(text: string, shown: string): URL {
  if (!/^[a-z][a-z0-9+]*:\/\//i.test(text)) {
    throw invalidUrl(shown, 'it does not begin with stomp://, stomp+ssl://, ws:// or wss://');
  }
  if (!URL.canParse(text)) {
    throw invalidUrl(
      shown,
      'it cannot be read: write stomp://login:passcode@host:61613, with special characters of ' +
        'login and passcode percent-encoded (@ is %40, / is %2F, a comma is %2C)',
    );
  }
  return new URL(text);
}

/** URL keeps the brackets of IPv6 addresses; sockets do not want them. */
function hostOf(url: URL, shown: string): string {
  const { hostname } = url;
  return hostname.startsWith('[') ? hostname.slice(1, -1) : percentDecoded(hostname, shown);
}

function credentialsOf(url: URL, shown: string): Credentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const passcode = url.password === '' ? undefined : percentDecoded(url.password, shown);
  return new Credentials(percentDecoded(url.username, shown), passcode);
}

function percentDecoded(part: string, shown: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch (cause) {
    // The cause is left out: nothing that has seen the passcode may travel with an error.
    if (cause instanceof URIError) {
      throw invalidUrl(shown, 'a "%" in it does not begin an escape: write %25 for a percent sign');
    }
    throw cause;
  }
  if (decoded.includes('\0')) {
    throw invalidUrl(shown, 'it contains %00 (NUL), which ends a STOMP frame: remove it');
  }
  return decoded;
}

/** @param shown what `redacted` left of the URL */
export function invalidUrl(shown: string, reason: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `The URL "${shown}" is not usable: ${reason}`);
}

/** What errors show instead of something that may be a piece of credentials. */
const HIDDEN = '***';

/** A colon with what follows it, unless that is `//`, `(`, a part of an IPv6 address, or a port. */
const NO_PORT = /:(?!\/\/|\(|\d*(?:[,)]|\/?$)|[0-9a-f:]*\]).*$/i;

/**
 * What follows the last `@`, and nothing of the query: credentials can only stand before. What
 * stands in the place of a port and is none may be a passcode whose `@` was forgotten.
 */
function redacted(text: string): string {
  const at = text.lastIndexOf('@');
  const shown = (at === -1 ? text : `${HIDDEN}${text.slice(at)}`).split('?', 1)[0] ?? '';
  return shown.replace(NO_PORT, `:${HIDDEN}`).replace(/[^\x20-\x7e]/g, '?');
}

/** The same for a list of URLs, where a part after an `@` may belong to other credentials. */
export function redactedList(text: string): string {
  return text.includes('@') ? HIDDEN : redacted(text);
}
