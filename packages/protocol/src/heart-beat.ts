import { ProtocolError } from './errors.js';

/** A `heart-beat` header: what its sender can do (0 = nothing) and what it would like to get. */
export interface HeartBeat {
  /** Shortest time in ms in which the sender guarantees to send something; 0 = it will not. */
  readonly sendsEveryMs: number;
  /** Time in ms in which the sender would like to hear something; 0 = it does not care. */
  readonly wantsEveryMs: number;
}

/** What one side does after negotiation; 0 = off. */
export interface NegotiatedHeartBeat {
  /** Send at least one byte in every such time (ms). */
  readonly outgoingMs: number;
  /** Expect at least one byte in every such time (ms). */
  readonly incomingMs: number;
}

export const NO_HEART_BEAT: HeartBeat = { sendsEveryMs: 0, wantsEveryMs: 0 };

/** Longest interval a timer can wait for; longer ones mean the same as this. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

/** @throws ProtocolError `STOMP_PROTO_BAD_HEART_BEAT` unless the value is two whole numbers. */
export function parseHeartBeat(value: string | undefined): HeartBeat {
  if (value === undefined) return NO_HEART_BEAT;
  const match = /^\s*(\d{1,15})\s*,\s*(\d{1,15})\s*$/.exec(value);
  if (!match) {
    throw new ProtocolError(
      'STOMP_PROTO_BAD_HEART_BEAT',
      `Invalid heart-beat header "${value}": expected two whole numbers of milliseconds, "0,0" for none`,
    );
  }
  return {
    sendsEveryMs: Math.min(Number(match[1]), MAX_INTERVAL_MS),
    wantsEveryMs: Math.min(Number(match[2]), MAX_INTERVAL_MS),
  };
}

export function formatHeartBeat(heartBeat: HeartBeat): string {
  return `${heartBeat.sendsEveryMs},${heartBeat.wantsEveryMs}`;
}

/**
 * STOMP 1.2, "Heart-beating": a direction is off if its sender cannot or its receiver does not
 * want; otherwise it beats at the slower of the two numbers.
 */
export function negotiateHeartBeat(own: HeartBeat, peer: HeartBeat): NegotiatedHeartBeat {
  const slower = (can: number, wants: number) =>
    can === 0 || wants === 0 ? 0 : Math.max(can, wants);
  return {
    outgoingMs: slower(own.sendsEveryMs, peer.wantsEveryMs),
    incomingMs: slower(peer.sendsEveryMs, own.wantsEveryMs),
  };
}
