import {
  type Frame,
  type FrameHeaders,
  formatHeartBeat,
  type HeartBeat,
  negotiateHeartBeat,
  negotiateVersion,
  ProtocolError,
  parseHeartBeat,
  type StompVersion,
} from '@stompbox/protocol';
import { BLOB_UPLOAD_HEADER } from '../blob/blobs.js';
import { detached } from '../detached.js';
import type { Principal } from '../security/principal.js';
import type { Session } from '../session.js';

/** Shorter intervals than this would only heat the machine. */
const SHORTEST_BEAT_MS = 100;

export function handleConnect(session: Session, { headers }: Frame): undefined {
  const { connection, context } = session;
  const version = negotiateVersion(headers.get('accept-version'));
  if (version === undefined) {
    throw new ProtocolError(
      'STOMP_PROTO_VERSION',
      `No common version: you accept "${headers.get('accept-version')}", this broker speaks 1.0, 1.1 and 1.2`,
    );
  }
  const asked = headers.get('heart-beat');
  const client = asked === undefined ? context.defaultHeartBeat : parseHeartBeat(asked);
  const { peer, isLocal, certificateName } = connection;
  const login = context.logins.verify({
    login: headers.get('login'),
    passcode: headers.get('passcode'),
    certificateName,
    peer,
    isLocal,
  });
  session.authenticate(login, (principal) =>
    welcome(session, headers, { principal, version, client }),
  );
}

interface Agreed {
  readonly principal: Principal;
  readonly version: StompVersion;
  /** What the client can and wants. */
  readonly client: HeartBeat;
}

function welcome(session: Session, headers: FrameHeaders, agreed: Agreed): void {
  const { connection, context } = session;
  const { principal, version, client } = agreed;
  // Only now: a client without a right login must not take the id of another one.
  // An empty one says nothing, as in ActiveMQ; two clients that send it are two clients.
  const clientId = headers.get('client-id') || undefined;
  if (clientId !== undefined)
    context.clientIds.take(detached(clientId), connection.id, connection.peer);
  const own = ownHeartBeat(client);
  const answer: Array<[string, string]> = [
    ['version', version],
    ['server', context.serverName],
    ['session', clientId ?? connection.id],
    ['heart-beat', formatHeartBeat(own)],
  ];
  const { uploadUrl } = context.blobs;
  if (uploadUrl !== undefined) answer.push([BLOB_UPLOAD_HEADER, uploadUrl]);
  const requestId = headers.get('request-id') ?? headers.get('receipt');
  if (requestId !== undefined) {
    answer.push(['response-id', requestId], ['receipt-id', requestId]);
  }
  // CONNECTED itself still goes out by the rules that every version reads.
  connection.sendFrame('CONNECTED', answer);
  connection.useVersion(version);
  connection.useHeartBeats(negotiateHeartBeat(own, client));
  // A certificate may have stood for it.
  const login = principal.kind === 'user' ? principal.name : headers.get('login');
  session.connected({
    principal,
    login: login === undefined ? undefined : detached(login),
    clientId: clientId === undefined ? undefined : detached(clientId),
  });
}

/** Like ActiveMQ the broker beats as often as the client wants, and wants what the client can. */
function ownHeartBeat(client: HeartBeat): HeartBeat {
  const atLeast = (ms: number) => (ms === 0 ? 0 : Math.max(ms, SHORTEST_BEAT_MS));
  return {
    sendsEveryMs: atLeast(client.wantsEveryMs),
    wantsEveryMs: atLeast(client.sendsEveryMs),
  };
}
