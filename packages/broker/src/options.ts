/** The options of a broker, checked once at the door. Inside only `ResolvedOptions` travel. */
import { DEFAULT_LIMITS, type FrameLimits, OptionsError } from '@stompbox/protocol';
import { type Clock, systemClock } from './clock.js';
import type { BrokerEvent } from './events.js';
import { type RedeliveryPolicy, resolveRedeliveryPolicy } from './redelivery-policy.js';
import type { TopicLimits } from './topic/topic.js';

/** An address to listen on. */
export interface ConnectorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 61613; 0 takes any free port. */
  readonly port?: number;
}

export interface BrokerOptions {
  /** Directory of the message store; it is created if it is missing. Default `./data`. */
  readonly data?: string;
  /** Keep messages in memory only; `data` is not touched. Default false. */
  readonly memory?: boolean;
  /** Addresses to listen on. Default one on 127.0.0.1:61613; an empty list listens nowhere. */
  readonly connectors?: readonly ConnectorOptions[];
  /** What a client may send. Defaults: ActiveMQ's numbers, see `FrameLimits`. */
  readonly limits?: Partial<FrameLimits>;
  /** What happens to messages that a consumer refuses. */
  readonly redelivery?: Partial<RedeliveryPolicy>;
  /** What may wait for a topic subscriber that is too slow. Default 100,000 messages, 64 MiB. */
  readonly topicLimits?: Partial<TopicLimits>;
  /** Time in ms in which a new connection must send CONNECT. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Called for what happens in the broker; must not throw. */
  readonly onEvent?: (event: BrokerEvent) => void;
  /** Time. Default the system's. */
  readonly clock?: Clock;
}

export interface ResolvedOptions {
  readonly data: string;
  readonly memory: boolean;
  readonly connectors: ReadonlyArray<Required<ConnectorOptions>>;
  readonly limits: FrameLimits;
  readonly redelivery: RedeliveryPolicy;
  readonly topicLimits: TopicLimits;
  readonly connectTimeoutMs: number;
  readonly onEvent: (event: BrokerEvent) => void;
  readonly clock: Clock;
}

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 61613;
const DEFAULT_TOPIC_LIMITS: TopicLimits = {
  maxBacklogMessages: 100_000,
  maxBacklogBytes: 64 * 1024 * 1024,
};

const OPTION_NAMES = new Set([
  'data',
  'memory',
  'connectors',
  'limits',
  'redelivery',
  'topicLimits',
  'connectTimeoutMs',
  'onEvent',
  'clock',
]);

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveOptions(raw: BrokerOptions): ResolvedOptions {
  for (const name of Object.keys(raw)) {
    if (!OPTION_NAMES.has(name)) {
      const known = [...OPTION_NAMES].join(', ');
      throw new OptionsError('STOMP_OPT_UNKNOWN', `Unknown broker option ${name}; known: ${known}`);
    }
  }
  const connectTimeoutMs = raw.connectTimeoutMs ?? 30_000;
  requireWhole('connectTimeoutMs', connectTimeoutMs);
  return {
    data: raw.data ?? './data',
    memory: raw.memory ?? false,
    connectors: (raw.connectors ?? [{}]).map(resolveConnector),
    limits: resolveNumbers('limits', DEFAULT_LIMITS, raw.limits),
    redelivery: resolveRedeliveryPolicy(raw.redelivery),
    topicLimits: resolveNumbers('topicLimits', DEFAULT_TOPIC_LIMITS, raw.topicLimits),
    connectTimeoutMs,
    onEvent: raw.onEvent ?? (() => {}),
    clock: raw.clock ?? systemClock,
  };
}

function resolveConnector(
  { host = DEFAULT_HOST, port = DEFAULT_PORT }: ConnectorOptions,
  index: number,
): Required<ConnectorOptions> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `connectors[${index}].port must be a whole number from 0 (any free port) to 65535, not ${String(port)}`,
    );
  }
  return { host, port };
}

function resolveNumbers<Numbers extends object>(
  path: string,
  defaults: Numbers,
  raw: Partial<Numbers> = {},
): Numbers {
  for (const [name, value] of Object.entries(raw)) {
    if (!(name in defaults)) {
      const known = Object.keys(defaults).join(', ');
      throw new OptionsError(
        'STOMP_OPT_UNKNOWN',
        `Unknown option ${path}.${name}; known: ${known}`,
      );
    }
    requireWhole(`${path}.${name}`, value);
  }
  return { ...defaults, ...raw };
}

function requireWhole(path: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 0) return;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${path} must be a whole number of at least 0, not ${String(value)}`,
  );
}
