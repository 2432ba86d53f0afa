/**
 * Reads the forms in which people write where their broker is. Pure; the caller knows the name and
 * the origin of the setting and puts them before the text of a `BrokerUrlError`.
 */
import { isIPv6 } from 'node:net';

export type BrokerUrl =
  | {
      readonly kind: 'server';
      readonly isTls: boolean;
      readonly host: string;
      readonly port: number | undefined;
      readonly user: string | undefined;
      readonly password: string | undefined;
    }
  | { readonly kind: 'failover'; readonly url: string };

/** What is wrong with a broker URL, as the end of a sentence, without any credentials in it. */
export class BrokerUrlError extends Error {}

/** ActiveMQ's names of its transport connectors too, so that a URL can be copied from there. */
const SCHEMES: ReadonlyMap<string, { readonly isTls: boolean }> = new Map([
  ['stomp', { isTls: false }],
  ['tcp', { isTls: false }],
  ['stomp+nio', { isTls: false }],
  ['stomp+ssl', { isTls: true }],
  ['ssl', { isTls: true }],
  ['stomp+nio+ssl', { isTls: true }],
]);
const EXAMPLES =
  'a host, host:61613, stomp://host:61613 or failover:(stomp://a:61613,stomp://b:61613)';

/** @throws BrokerUrlError */
export function parseBrokerUrl(text: string): BrokerUrl {
  const trimmed = text.trim();
  if (/^failover:/i.test(trimmed)) return parseFailover(trimmed);
  if (trimmed.includes(',')) {
    throw new BrokerUrlError(
      'lists several servers; write them as failover:(stomp://a:61613,stomp://b:61613)',
    );
  }
  if (isIPv6(trimmed)) return parseServer(trimmed, `stomp://[${trimmed}]`, false);
  const name = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (name === undefined) return parseServer(trimmed, `stomp://${trimmed}`, false);
  const scheme = SCHEMES.get(name);
  if (scheme !== undefined) return parseServer(trimmed, trimmed, scheme.isTls);
  throw new BrokerUrlError(
    `${quote(trimmed)} has the scheme ${name}://, which is not spoken here; write ${EXAMPLES}`,
  );
}

function parseServer(text: string, url: string, isTls: boolean): BrokerUrl {
  if (!URL.canParse(url)) {
    throw new BrokerUrlError(`${quote(text)} is not an address; write ${EXAMPLES}`);
  }
  const parsed = new URL(url);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new BrokerUrlError(`${quote(text)} has no host; write ${EXAMPLES}`);
  if (!['', '/'].includes(parsed.pathname) || parsed.search !== '' || parsed.hash !== '') {
    throw new BrokerUrlError(`${quote(text)} has more than a host and a port; write ${EXAMPLES}`);
  }
  const user = decodePart(parsed.username, text);
  const password = decodePart(parsed.password, text);
  return {
    kind: 'server',
    isTls,
    host,
    port: parsed.port === '' ? undefined : Number(parsed.port),
    user: user === '' ? undefined : user,
    password: password === '' ? undefined : password,
  };
}

function parseFailover(text: string): BrokerUrl {
  if (!/^failover:(\/\/)?\(\s*[^\s(),]+(\s*,\s*[^\s(),]+)*\s*\)(\?\S*)?$/i.test(text)) {
    throw new BrokerUrlError(
      `${quote(text)} is not a failover URL; write failover:(stomp://a:61613,stomp://b:61613)`,
    );
  }
  if (text.includes('@')) {
    throw new BrokerUrlError(
      `${quote(text)} contains a login; the same login serves all servers, set it as user and password`,
    );
  }
  for (const server of text.replace(/^[^(]*\(|\)[^)]*$/g, '').split(',')) parseBrokerUrl(server);
  return { kind: 'failover', url: text };
}

function decodePart(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new BrokerUrlError(
      `${quote(text)} has a login with a bad % escape; write % as %25, or use user and password`,
    );
  }
}

const PREFIX = /^(failover:(\/\/)?\(?\s*)?([a-z][a-z0-9+.-]*:\/\/)?/i;
const LOGIN_AND_HOST = /^(\*{3}@)?(\[[\da-f:.]*\])?[^:]*/i;

/**
 * The URL for people to read. Whatever stands before the last `@` could be a password; so could,
 * where the host was forgotten, whatever follows a colon and is not a port.
 */
function quote(text: string): string {
  const prefix = PREFIX.exec(text)?.[0] ?? '';
  const rest = text.slice(prefix.length).replace(/^.*@/s, '***@');
  const host = LOGIN_AND_HOST.exec(rest)?.[0] ?? '';
  const port = rest.slice(host.length);
  return JSON.stringify(`${prefix}${host}${/^(:\d*)?$/.test(port) ? port : ':***'}`);
}
