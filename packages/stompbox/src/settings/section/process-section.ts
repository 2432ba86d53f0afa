/** How the process behaves: its end, correlation ids, health and log. */
import { aSwitch, aText, aWhole, kind, oneOf } from '../setting-kind.js';
import { row } from '../setting-row.js';

export interface ShutdownSettings {
  /**
   * How long handlers, acknowledgements and sends have to finish, in ms. Default 25,000, less than the
   * 30 s after which a supervisor usually kills.
   */
  readonly drainTimeoutMs: number;
}

export interface CorrelationSettings {
  /** A message that is sent without a correlation id gets one. Default true. */
  readonly generate: boolean;
  /** A message that arrives without one is dead-lettered. Default false. */
  readonly required: boolean;
}

export interface HealthSettings {
  /** Port where `stompbox listen` answers probes; 0 = any free one. Default: none. */
  readonly port: number | undefined;
  /** Default `127.0.0.1`; in a pod `0.0.0.0`. */
  readonly host: string;
  /** What the paths of probes begin with: `/health` for `/health/ready`. Default: nothing. */
  readonly path: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'line' | 'json';

export interface LogSettings {
  /** What is less than this is not written. Default `info`. */
  readonly level: LogLevel;
  /** Of `stompbox listen`. Default `line`. */
  readonly format: LogFormat;
}

const aUrlPath = kind(
  'a path such as /health',
  (value) => typeof value === 'string' && /^(\/[\w.~-]+)*\/?$/.test(value),
  (text) => text,
);

export const processRows = [
  row('shutdown.drainTimeoutMs', aWhole(1), 'How long handlers and sends have to finish', {
    initial: 25_000,
  }),
  row('correlation.generate', aSwitch, 'What is sent without a correlation id gets one', {
    initial: true,
  }),
  row('correlation.required', aSwitch, 'What arrives without one is dead-lettered', {
    initial: false,
  }),
  row('health.port', aWhole(0, 65_535), 'Port where probes are answered; 0 = any free one'),
  row('health.host', aText, 'Address where probes are answered; in a pod `0.0.0.0`', {
    initial: '127.0.0.1',
  }),
  row('health.path', aUrlPath, 'What the paths of probes begin with', { initial: '' }),
  row(
    'log.level',
    oneOf('debug', 'info', 'warn', 'error'),
    'The least that is written: `debug`, `info`, `warn` or `error`',
    {
      initial: 'info',
    },
  ),
  row(
    'log.format',
    oneOf('line', 'json'),
    'How `stompbox listen` writes its log: `line` or `json`',
    {
      initial: 'line',
    },
  ),
] as const;
