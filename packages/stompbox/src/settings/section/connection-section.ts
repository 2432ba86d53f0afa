/** How the connection is made and kept. */
import { aWhole, MOST, oneOf } from '../setting-kind.js';
import { row } from '../setting-row.js';

/**
 * What happens while the broker is not there yet. `fail`: the first use is rejected. `retry`: it waits
 * for the broker, however long. `background`: it waits too, but a send is rejected after `sendTimeoutMs`.
 */
export type Startup = 'background' | 'retry' | 'fail';

export interface ConnectionSettings {
  /** One attempt, from opening the socket to CONNECTED, in ms. Default 10,000. */
  readonly connectTimeoutMs: number;
  /** Default `fail`; for `stompbox listen` it is `retry`, for the plugins of web frameworks `background`. */
  readonly startup: Startup;
  /** Both sides send something this often, in ms; 0 = never. Default 10,000. */
  readonly heartBeatMs: number;
  /** How long a send waits for a connection, in ms. Default 5,000. */
  readonly sendTimeoutMs: number;
  /** Longest wait between two attempts, in ms. Default 30,000. */
  readonly reconnectMaxDelayMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const connectionRows = [
  row('connection.connectTimeoutMs', aWhole(1), 'One attempt to connect', { initial: 10_000 }),
  row(
    'connection.startup',
    oneOf('background', 'retry', 'fail'),
    'While the broker is not there yet: `background`, `retry` or `fail`',
    { initial: 'fail' },
  ),
  row('connection.heartBeatMs', aWhole(0, DAY_MS), 'Both sides send this often; 0 = never', {
    initial: 10_000,
  }),
  row('connection.sendTimeoutMs', aWhole(1), 'How long a send waits for a connection', {
    initial: 5_000,
  }),
  row(
    'connection.reconnectMaxDelayMs',
    aWhole(0, MOST),
    'Longest wait between two attempts to connect',
    { initial: 30_000 },
  ),
] as const;
