/** The first exchange of a session: what CONNECT says, and what its answer means. Pure. */
import {
  decodeUtf8,
  encodeFrame,
  type Frame,
  formatHeartBeat,
  type HeartBeat,
  type NegotiatedHeartBeat,
  negotiateHeartBeat,
  ProtocolError,
  parseHeartBeat,
  type StompVersion,
} from '@stompbox/protocol';
import type { Credentials } from './credentials.js';
import { BrokerError } from './errors.js';
import type { BrokerProfile, ProfileName } from './profile/broker-profile.js';
import { detectProfile } from './profile/detect-profile.js';
import { profileOf } from './profile/profiles.js';

export interface HandshakeOptions {
  /** Virtual host. */
  readonly host: string;
  readonly credentials: Credentials;
  readonly clientId: string | undefined;
  readonly acceptVersions: readonly StompVersion[];
  readonly headers: Readonly<Record<string, string>>;
  /** Which broker it is; `auto` asks CONNECTED. */
  readonly profile: ProfileName | 'auto';
  readonly heartBeat: { readonly outgoingMs: number; readonly incomingMs: number };
}

/** What the broker agreed to. */
export interface Agreement {
  readonly version: StompVersion;
  readonly heartBeat: NegotiatedHeartBeat;
  /** The `server` header, for example "ActiveMQ/6.1.7". */
  readonly server: string | undefined;
  /** Which broker that is. */
  readonly profile: BrokerProfile;
  readonly session: string | undefined;
  /** The header `blob-upload-url`: where a stompbox broker takes blobs. */
  readonly blobUploadUrl: string | undefined;
}

export function encodeConnect(headers: readonly [string, string][]): Uint8Array {
  return encodeFrame({ command: 'CONNECT', headers }, '1.0');
}

export function connectHeaders(options: HandshakeOptions): [name: string, value: string][] {
  const headers: [string, string][] = [
    // No space after the comma: ActiveMQ does not trim the items of the list.
    ['accept-version', options.acceptVersions.join(',')],
    ['host', options.host],
    ...options.credentials.toHeaders(),
    ['heart-beat', formatHeartBeat(ownHeartBeat(options))],
  ];
  if (options.clientId !== undefined) headers.push(['client-id', options.clientId]);
  headers.push(...Object.entries(options.headers));
  return headers;
}

function ownHeartBeat(options: HandshakeOptions): HeartBeat {
  const { outgoingMs, incomingMs } = options.heartBeat;
  return { sendsEveryMs: outgoingMs, wantsEveryMs: incomingMs };
}

/**
 * @throws BrokerError when the answer is ERROR: `STOMP_BROKER_LOGIN` for a refused login.
 * @throws ProtocolError when it is neither, or when it agrees to a version that was not offered.
 */
export function readAnswer(frame: Frame, options: HandshakeOptions, peer: string): Agreement {
  if (frame.command === 'ERROR') {
    throw isLoginRefusal(frame)
      ? BrokerError.login(peer, frame)
      : BrokerError.refused('CONNECT', frame);
  }
  if (frame.command !== 'CONNECTED') {
    throw new ProtocolError(
      'STOMP_PROTO_UNEXPECTED_FRAME',
      `${peer} answered CONNECT with ${frame.command}: expected CONNECTED or ERROR`,
    );
  }
  // STOMP 1.2, "Protocol Negotiation": without a version header the server speaks 1.0.
  const stated = frame.headers.get('version') ?? '1.0';
  const version = options.acceptVersions.find((offered) => offered === stated);
  if (version === undefined) {
    throw new ProtocolError(
      'STOMP_PROTO_VERSION',
      `${peer} speaks STOMP ${stated}, which was not offered: add it to acceptVersions if you can`,
    );
  }
  return {
    version,
    heartBeat: negotiateHeartBeat(
      ownHeartBeat(options),
      parseHeartBeat(frame.headers.get('heart-beat')),
    ),
    server: frame.headers.get('server'),
    profile: profileOf(
      options.profile === 'auto'
        ? detectProfile(frame.headers.get('server'), frame.headers)
        : options.profile,
    ),
    session: frame.headers.get('session'),
    blobUploadUrl: frame.headers.get('blob-upload-url'),
  };
}

/**
 * STOMP has no code for a refused login, so texts decide: "User name [x] or password is invalid."
 * (ActiveMQ, Artemis), "Access refused for user 'x'" (RabbitMQ). A wrong guess only matters at a
 * reconnect: a refused login is not tried again.
 */
function isLoginRefusal(frame: Frame): boolean {
  const code = frame.headers.get('code');
  if (code !== undefined) return /LOGIN|AUTHENTICATION/.test(code);
  const body = decodeUtf8(frame.body.subarray(0, 1000));
  const text = `${frame.headers.get('message') ?? ''}\n${body}`;
  return /password is invalid|access refused|authentication|login failed|bad credentials/i.test(
    text,
  );
}
