/** Options of `new Client()`. They are not checked for unknown names: they travel to the socket too. */
import { OptionsError } from '@stompbox/protocol';
import type { Clock } from '../index.js';
import type { HeartBeatPair } from './handshake-options.js';
import type { AckMode } from './subscription.js';

export interface ClientOptions {
  /** Heart-beats when CONNECT has no such header. Default [0, 0]: none. */
  readonly heartbeat?: HeartBeatPair;
  /**
   * How many ms later than promised a heart-beat may come. Default: as much again as was promised,
   * because 100 ms, as in stompit, take a busy moment for a dead broker.
   */
  readonly heartbeatDelayMargin?: number;
  /** Without effect: heart-beats are sent in time. */
  readonly heartbeatOutputMargin?: number;
  /** Without effect: the connection is closed in order in any case. */
  readonly resetDisconnect?: boolean;
  /**
   * From the beginning to CONNECTED, in ms; 0 = no limit. Default 10,000. In stompit it ended with
   * the connection of the socket, and a broker that then said nothing was waited for for ever.
   */
  readonly timeout?: number;
  /** The port of time, for tests. */
  readonly clock?: Clock;
}

/** What timers can wait at most; stompit has no limits of time where this is used. */
export const NO_LIMIT_MS = 2 ** 31 - 1;

const DEFAULT_CONNECT_MS = 10_000;

/** A broker that does not answer DISCONNECT is not waited for for ever. */
export const DISCONNECT_TIMEOUT_MS = 60_000;

export function connectTimeoutMs({ timeout = DEFAULT_CONNECT_MS }: ClientOptions): number {
  return timeout > 0 ? Math.min(Math.ceil(timeout), NO_LIMIT_MS) : NO_LIMIT_MS;
}

const ACK_MODES: readonly AckMode[] = ['auto', 'client', 'client-individual'];

/** @throws OptionsError */
export function checkAckMode(mode: string | null | undefined): AckMode {
  const known = ACK_MODES.find((each) => each === (mode ?? 'auto'));
  if (known !== undefined) return known;
  throw new OptionsError('STOMP_OPT_INVALID', `The header ack must be ${ACK_MODES.join(', ')}`);
}
