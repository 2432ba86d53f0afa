/**
 * Reads the URL of one server: `stomp://[login:passcode@]host[:61613]`, and `stomp+ssl://` for TLS.
 *
 * The names that ActiveMQ's transport connectors use for the same thing are accepted too, so that a
 * URL can be copied from a broker's configuration. No error quotes what stands before an `@`.
 */
import { OptionsError } from '@stompbox/protocol';
import { Credentials } from './credentials.js';
import type { ServerAddress } from './transport.js';

export interface Server {
  readonly address: ServerAddress;
  /** From the URL; `undefined` leaves it to the options. */
  readonly credentials: Credentials | undefined;
}

/** IANA's port of STOMP, and the one that Amazon MQ and most examples use for TLS. */
const DEFAULT_PORT = 61613;
const DEFAULT_TLS_PORT = 61614;

const SCHEMES: ReadonlyMap<string, { readonly isTls: boolean }> = new Map([
  ['stomp:', { isTls: false }],
  ['tcp:', { isTls: false }],
  ['stomp+nio:', { isTls: false }],
  ['stomp+ssl:', { isTls: true }],
  ['ssl:', { isTls: true }],
  ['stomp+nio+ssl:', { isTls: true }],
]);

/** @throws OptionsError `STOMP_OPT_INVALID` that says what is wrong with the URL. */
export function parseServerUrl(text: string): Server {
  const url = parseUrl(text);
  const scheme = SCHEMES.get(url.protocol);
  if (scheme === undefined) {
    const isWebSocket = url.protocol === 'ws:' || url.protocol === 'wss:';
    throw invalidUrl(
      text,
      isWebSocket
        ? 'WebSocket is not supported yet: use stomp:// or stomp+ssl://'
        : `"${url.protocol}//" is not known: use stomp:// or stomp+ssl://`,
    );
  }
  if (url.hostname === '') throw invalidUrl(text, 'it names no host: write stomp://host:61613');
  if (url.pathname !== '' && url.pathname !== '/') {
    throw invalidUrl(text, 'it has a path: remove it, and name a virtual host by the option host');
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalidUrl(text, 'a server takes no "?" or "#" part: pass options as an object');
  }
  const defaultPort = scheme.isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT;
  const port = url.port === '' ? defaultPort : Number(url.port);
  if (port === 0) throw invalidUrl(text, 'port 0 cannot be connected to');
  return {
    address: { host: hostOf(text, url), port, isTls: scheme.isTls },
    credentials: credentialsOf(text, url),
  };
}

function parseUrl(text: string): URL {
  if (!/^[a-z][a-z0-9+]*:\/\//i.test(text)) {
    throw invalidUrl(text, 'it does not begin with stomp:// or stomp+ssl://');
  }
  if (!URL.canParse(text)) {
    throw invalidUrl(
      text,
      'it cannot be read: write stomp://login:passcode@host:61613, with special characters of ' +
        'login and passcode percent-encoded (@ is %40, / is %2F)',
    );
  }
  return new URL(text);
}

/** URL keeps the brackets of IPv6 addresses; sockets do not want them. */
function hostOf(text: string, url: URL): string {
  const { hostname } = url;
  return hostname.startsWith('[') ? hostname.slice(1, -1) : percentDecoded(text, hostname);
}

function credentialsOf(text: string, url: URL): Credentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const passcode = url.password === '' ? undefined : percentDecoded(text, url.password);
  return new Credentials(percentDecoded(text, url.username), passcode);
}

function percentDecoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    // The cause is left out: nothing that has seen the passcode may travel with an error.
    if (cause instanceof URIError) {
      throw invalidUrl(text, 'a "%" in it does not begin an escape: write %25 for a percent sign');
    }
    throw cause;
  }
}

export function invalidUrl(text: string, reason: string): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    `The URL "${redacted(text)}" is not usable: ${reason}`,
  );
}

/** What follows the last `@`, and nothing of the query: credentials can only stand before. */
function redacted(text: string): string {
  const at = text.lastIndexOf('@');
  const shown = (at === -1 ? text : `***${text.slice(at)}`).split('?', 1)[0] ?? '';
  return shown.replace(/[^\x20-\x7e]/g, '?');
}
