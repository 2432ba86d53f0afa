/** Options of ConnectFailover, and the one place that fills in their defaults and checks them. */
import { OptionsError } from '@stompbox/protocol';
import { type Clock, systemClock } from '../index.js';
import type { Client, ConnectCallback } from './client.js';
import { type ConnectOptions, connect } from './connect.js';

export type ConnectFunction = (options: ConnectOptions, callback: ConnectCallback) => Client;

export interface ConnectFailoverOptions {
  /** Milliseconds before the first reconnect. Default 10. */
  readonly initialReconnectDelay?: number;
  /** Most milliseconds before any reconnect. Default 30,000. */
  readonly maxReconnectDelay?: number;
  /** Longer delays after each failure. Default true. */
  readonly useExponentialBackOff?: boolean;
  /** The base of that growth. Default 2. */
  readonly reconnectDelayExponent?: number;
  /** Failures of one server in a row before it is given up; -1 = never. Default -1. */
  readonly maxReconnects?: number;
  /** Shuffles the servers after the first. Default true. */
  readonly randomize?: boolean;
  /** Makes the clients. Default `connect`. */
  readonly connectFunction?: ConnectFunction;
  /** Options for all servers. */
  readonly connect?: ConnectOptions;
  /** The port of time, for tests. */
  readonly clock?: Clock;
  /** A number from 0 up to 1, for shuffling. Default Math.random. */
  readonly random?: () => number;
}

export type ResolvedFailover = Required<ConnectFailoverOptions>;

/** @throws OptionsError that names the option */
export function resolveFailover(raw: ConnectFailoverOptions): ResolvedFailover {
  const resolved: ResolvedFailover = {
    initialReconnectDelay: numberOf('initialReconnectDelay', raw.initialReconnectDelay ?? 10, 0),
    maxReconnectDelay: numberOf('maxReconnectDelay', raw.maxReconnectDelay ?? 30_000, 0),
    useExponentialBackOff: raw.useExponentialBackOff ?? true,
    reconnectDelayExponent: numberOf('reconnectDelayExponent', raw.reconnectDelayExponent ?? 2, 0),
    maxReconnects: numberOf('maxReconnects', raw.maxReconnects ?? -1, -1),
    randomize: raw.randomize ?? true,
    connectFunction: raw.connectFunction ?? connect,
    connect: raw.connect ?? {},
    clock: raw.clock ?? systemClock,
    random: raw.random ?? Math.random,
  };
  const unknown = Object.keys(raw).find((name) => !Object.hasOwn(resolved, name));
  if (unknown === undefined) return resolved;
  const known = Object.keys(resolved).join(', ');
  throw new OptionsError(
    'STOMP_OPT_UNKNOWN',
    `Unknown failover option "${unknown}": remove it, or use one of ${known}`,
  );
}

function numberOf(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The failover option ${name} must be a number of at least ${min}`,
  );
}
