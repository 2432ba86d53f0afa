/**
 * Who asks over HTTP, and what the broker's users say to it, as a port: the routes demand a right and
 * never see how it is decided. Credentials travel by HTTP Basic, the same login and passcode as STOMP.
 */
import type { IncomingMessage } from 'node:http';
import { ProtocolError, parseDestination } from '@stompbox/protocol';
import type { Logins } from '../security/logins.js';
import { isLocalRequest, peerOf } from '../transport/socket-address.js';

export interface HttpCredentials {
  /** `undefined`: the request carries no credentials. */
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  /** As `Transport.peer`. */
  readonly peer: string;
  /** The other end is a program on this machine. */
  readonly isLocal: boolean;
}

/** What a route needs to be allowed. */
export type HttpRight = 'upload-blobs';

/** `unknown`: log in, or log in rightly. `forbidden`: known, and not allowed. */
export type HttpVerdict = 'allowed' | 'unknown' | 'forbidden' | 'try-later';

export type HttpAuthorizer = (
  credentials: HttpCredentials,
  right: HttpRight,
) => HttpVerdict | Promise<HttpVerdict>;

/** The rule as long as a broker has no users, the same as for STOMP: this machine only, as anybody. */
export const onlyThisMachine: HttpAuthorizer = ({ isLocal }) => (isLocal ? 'allowed' : 'forbidden');

/** The broker's users decide: who may send somewhere may upload what a message can refer to. */
export function loginAuthorizer(logins: Pick<Logins, 'verify'>): HttpAuthorizer {
  const anyQueue = parseDestination('/queue/>');
  const anyTopic = parseDestination('/topic/>');
  return async (credentials) => {
    try {
      const principal = await logins.verify(credentials);
      const maySend = principal.mayAny('write', anyQueue) || principal.mayAny('write', anyTopic);
      return maySend ? 'allowed' : 'forbidden';
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return error.code === 'STOMP_PROTO_TRY_LATER' ? 'try-later' : 'unknown';
    }
  };
}

export function credentialsOf({ socket, headers }: IncomingMessage): HttpCredentials {
  const sender = { peer: peerOf(socket), isLocal: isLocalRequest(socket.remoteAddress, headers) };
  const [, encoded] = /^basic ([a-z0-9+/]+=*)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return { login: undefined, passcode: undefined, ...sender };
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return { login: text, passcode: undefined, ...sender };
  return { login: text.slice(0, colon), passcode: text.slice(colon + 1), ...sender };
}
