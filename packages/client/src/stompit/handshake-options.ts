/**
 * What CONNECT headers and heart-beat settings of stompit mean to the client beneath. Headers that
 * are empty are left out, as stompit's documentation writes them for "none".
 */
import { OptionsError, STOMP_VERSIONS, type StompVersion } from '@stompbox/protocol';
import type { ConnectOptions, HeartBeatOptions } from '../index.js';
import { copyHeaders, type StompitHeaders } from './frame-headers.js';

/** Milliseconds: what we send, what we want to receive; 0 is never. */
export type HeartBeatPair = readonly [outgoing: number, incoming: number];

type Handshake = Pick<
  ConnectOptions,
  'acceptVersions' | 'host' | 'login' | 'passcode' | 'clientId' | 'headers' | 'heartBeat'
>;

/** Headers that are options of the client. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept-version',
  'heart-beat',
  'host',
  'login',
  'passcode',
  'client-id',
]);

/**
 * @param marginMs how much later than promised a heart-beat may come; without it, twice the time
 * @throws OptionsError for a version or a heart-beat that is none
 */
export function handshakeOptions(
  headers: StompitHeaders,
  heartBeat: HeartBeatPair,
  marginMs: number | undefined,
): Handshake {
  const all = copyHeaders(headers);
  const { host, login, passcode, 'client-id': clientId, 'accept-version': versions } = all;
  const others = Object.entries(all).filter(([name]) => !OWN_HEADERS.has(name));
  return {
    // Also where several programs share an address, "localhost" is the name brokers take for theirs.
    host: host || 'localhost',
    ...(login ? { login } : {}),
    ...(passcode ? { passcode } : {}),
    ...(clientId ? { clientId } : {}),
    ...(versions ? { acceptVersions: parseVersions(versions) } : {}),
    headers: Object.fromEntries(others),
    heartBeat: heartBeatOptions(heartBeat, marginMs),
  };
}

/** The value of a heart-beat header. */
export function parseHeartBeatPair(text: string): HeartBeatPair {
  const [, outgoing, incoming] = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text) ?? [];
  if (outgoing === undefined || incoming === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'The header heart-beat must be two whole numbers of milliseconds, such as "5000,5000"',
    );
  }
  return [Number(outgoing), Number(incoming)];
}

function heartBeatOptions(
  [outgoingMs, incomingMs]: HeartBeatPair,
  marginMs: number | undefined,
): HeartBeatOptions {
  const isBounded = marginMs !== undefined && marginMs > 0 && incomingMs > 0;
  const tolerance = isBounded ? { toleranceFactor: (incomingMs + marginMs) / incomingMs } : {};
  return { outgoingMs, incomingMs, ...tolerance };
}

function parseVersions(text: string): readonly StompVersion[] {
  const versions: StompVersion[] = [];
  for (const part of text.split(',')) {
    const version = STOMP_VERSIONS.find((known) => known === part.trim());
    if (version === undefined) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The header accept-version must list some of ${STOMP_VERSIONS.join(', ')}`,
      );
    }
    versions.push(version);
  }
  return versions;
}
