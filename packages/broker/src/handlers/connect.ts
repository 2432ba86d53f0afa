import {
  type Frame,
  formatHeartBeat,
  type HeartBeat,
  negotiateHeartBeat,
  negotiateVersion,
  ProtocolError,
  parseHeartBeat,
} from '@stompbox/protocol';
import { detached } from '../detached.js';
import { Principal } from '../security/principal.js';
import type { Session } from '../session.js';

const LOCAL = new Principal({ kind: 'local', name: 'local', roles: [], mayUseTemporary: true });

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
  const client = parseHeartBeat(headers.get('heart-beat'));
  refuseStrangers(session);
  const clientId = headers.get('client-id');
  if (clientId !== undefined)
    context.clientIds.take(detached(clientId), connection.id, connection.peer);
  const own = ownHeartBeat(client);
  const answer: Array<[string, string]> = [
    ['version', version],
    ['server', context.serverName],
    ['session', clientId ?? connection.id],
    ['heart-beat', formatHeartBeat(own)],
  ];
  const requestId = headers.get('request-id') ?? headers.get('receipt');
  if (requestId !== undefined) {
    answer.push(['response-id', requestId], ['receipt-id', requestId]);
  }
  // CONNECTED itself still goes out by the rules that every version reads.
  connection.sendFrame('CONNECTED', answer);
  connection.useVersion(version);
  connection.useHeartBeats(negotiateHeartBeat(own, client));
  const login = headers.get('login');
  session.connected({
    principal: LOCAL,
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

/** As long as no users are configured, only programs on this machine may connect, as whoever they like. */
function refuseStrangers({ connection }: Session): void {
  if (connection.isLocal) return;
  throw new ProtocolError(
    'STOMP_PROTO_LOGIN_REFUSED',
    'This broker has no users configured, so it serves only clients on its own machine',
  );
}
