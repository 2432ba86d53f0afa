/**
 * Who asks over HTTP, and what the broker's users say to it, as a port: the routes demand a right and
 * never see how it is decided. Credentials travel by HTTP Basic, the same login and passcode as STOMP.
 */
import type { IncomingMessage } from 'node:http';

export interface HttpCredentials {
  /** `undefined`: the request carries no credentials. */
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  /** The other end is a program on this machine. */
  readonly isLocal: boolean;
}

/** What a route needs to be allowed. */
export type HttpRight = 'upload-blobs';

/** `unknown`: log in, or log in rightly. `forbidden`: known, and not allowed. */
export type HttpVerdict = 'allowed' | 'unknown' | 'forbidden';

export type HttpAuthorizer = (
  credentials: HttpCredentials,
  right: HttpRight,
) => HttpVerdict | Promise<HttpVerdict>;

/** The rule as long as a broker has no users, the same as for STOMP: this machine only, as anybody. */
export const onlyThisMachine: HttpAuthorizer = ({ isLocal }) => (isLocal ? 'allowed' : 'forbidden');

export function credentialsOf(request: IncomingMessage): HttpCredentials {
  const isLocal = isLoopback(request.socket.remoteAddress ?? '');
  const [, encoded] = /^basic ([a-z0-9+/]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return { login: undefined, passcode: undefined, isLocal };
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return { login: text, passcode: undefined, isLocal };
  return { login: text.slice(0, colon), passcode: text.slice(colon + 1), isLocal };
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
