/**
 * The enumerations of stompjs, as constants with the same names and numbers.
 *
 * Those with numbers can be read both ways there, `ActivationState[0]` is 'ACTIVE', and people log
 * them like that. The namespaces hold types only: `ActivationState.ACTIVE` is a type there too.
 */

/** The states of a socket, numbered as WebSockets number them. */
export const StompSocketState = {
  CONNECTING: 0,
  OPEN: 1,
  CLOSING: 2,
  CLOSED: 3,
  0: 'CONNECTING',
  1: 'OPEN',
  2: 'CLOSING',
  3: 'CLOSED',
} as const;
export type StompSocketState = 0 | 1 | 2 | 3;
export declare namespace StompSocketState {
  type CONNECTING = 0;
  type OPEN = 1;
  type CLOSING = 2;
  type CLOSED = 3;
}

/** What a client is meant to be, whether or not it is connected. */
export const ActivationState = {
  ACTIVE: 0,
  DEACTIVATING: 1,
  INACTIVE: 2,
  0: 'ACTIVE',
  1: 'DEACTIVATING',
  2: 'INACTIVE',
} as const;
export type ActivationState = 0 | 1 | 2;
export declare namespace ActivationState {
  type ACTIVE = 0;
  type DEACTIVATING = 1;
  type INACTIVE = 2;
}

/** How the pauses between attempts grow. */
export const ReconnectionTimeMode = {
  LINEAR: 0,
  EXPONENTIAL: 1,
  0: 'LINEAR',
  1: 'EXPONENTIAL',
} as const;
export type ReconnectionTimeMode = 0 | 1;
export declare namespace ReconnectionTimeMode {
  type LINEAR = 0;
  type EXPONENTIAL = 1;
}

/** What outgoing heart-beats are timed by. Both mean the same here. */
export const TickerStrategy = { Interval: 'interval', Worker: 'worker' } as const;
export type TickerStrategy = 'interval' | 'worker';
export declare namespace TickerStrategy {
  type Interval = 'interval';
  type Worker = 'worker';
}
