/** The options of a broker, checked once at the door. Inside only `ResolvedOptions` travel. */
import {
  DEFAULT_LIMITS,
  type FrameLimits,
  type HeartBeat,
  type OptionsError,
  parseHeartBeat,
} from '@stompbox/protocol';
import { type BlobLimits, type BlobOptions, resolveBlobOptions } from './blob/blob-options.js';
import { type Clock, systemClock } from './clock.js';
import {
  type ConnectorOptions,
  type ResolvedConnector,
  resolveConnector,
} from './connector-options.js';
import { type DedupOptions, resolveDedupOptions } from './dedup/dedup-options.js';
import type { BrokerEvent } from './events.js';
import {
  type HttpOptions,
  type ResolvedHttpOptions,
  resolveHttpOptions,
} from './http/http-options.js';
import { type MemoryLimits, resolveMemoryLimits } from './memory/memory-limits.js';
import { invalid, requireKnown, requireWhole } from './option-checks.js';
import {
  type DeadLetterPolicy,
  type DestinationPolicies,
  type DestinationPolicyEntry,
  resolvePolicies,
  type TopicLimits,
} from './policy/destination-policy.js';
import { type Randomness, systemRandomness } from './random.js';
import type { RedeliveryPolicy } from './redelivery-policy.js';
import {
  type ResolvedSecurity,
  resolveSecurityOptions,
  type SecurityOptions,
} from './security/security-options.js';

export interface BrokerOptions {
  /** Directory of the message store; it is created if it is missing. Default `./data`. */
  readonly data?: string;
  /** Keep messages in memory only; `data` is not touched. Default false. */
  readonly memory?: boolean;
  /** Addresses to listen on. Default one on 127.0.0.1:61613; an empty list listens nowhere. */
  readonly connectors?: readonly ConnectorOptions[];
  /** What a client may send. Defaults: ActiveMQ's numbers, see `FrameLimits`. */
  readonly limits?: Partial<FrameLimits>;
  /** What it may hold in memory for its clients before it slows those that send. */
  readonly memoryLimits?: Partial<MemoryLimits>;
  /** What happens to messages that a consumer refuses. */
  readonly redelivery?: Partial<RedeliveryPolicy>;
  /** What may wait for a topic subscriber that is too slow. Default 100,000 messages, 64 MiB. */
  readonly topicLimits?: Partial<TopicLimits>;
  /** Where messages go that nobody could handle. Default `DLQ.<queue>`. */
  readonly deadLetter?: Partial<DeadLetterPolicy>;
  /** Exceptions for destinations whose names match; later entries win. Default none. */
  readonly policies?: readonly DestinationPolicyEntry[];
  /** Serves HTTP: what blob messages need. Default: none is served. */
  readonly http?: HttpOptions;
  /** The limits of blobs. */
  readonly blobs?: BlobOptions;
  /** How many `dedup-id`s are remembered, and how long. */
  readonly dedup?: Partial<DedupOptions>;
  /** Time in ms from one look for expired messages to the next; 0: none. Default 30,000. */
  readonly expiryScanMs?: number;
  /** Messages carry the login of their sender in the header JMSXUserID. Default false. */
  readonly populateUserId?: boolean;
  /** Who may connect, and what they may do. Default: programs on this machine, until there are users. */
  readonly security?: SecurityOptions;
  /** Time in ms in which a new connection must have logged in. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /**
   * The header `heart-beat` of clients that send none, as they would write it: what they can, what they
   * want, in ms. A client that is held to it must beat. Default `0,0`: no heart-beats.
   */
  readonly defaultHeartBeat?: string;
  /** Called for what happens in the broker; must not throw. */
  readonly onEvent?: (event: BrokerEvent) => void;
  /** Time. Default the system's. */
  readonly clock?: Clock;
  /** Chance, for the jitter of redeliveries. Default the system's. */
  readonly random?: Randomness;
}

export interface ResolvedOptions {
  readonly data: string;
  readonly memory: boolean;
  readonly connectors: readonly ResolvedConnector[];
  readonly limits: FrameLimits;
  readonly memoryLimits: MemoryLimits;
  readonly policies: DestinationPolicies;
  readonly http: ResolvedHttpOptions | undefined;
  readonly blobs: BlobLimits;
  readonly dedup: DedupOptions;
  readonly expiryScanMs: number;
  readonly populateUserId: boolean;
  readonly security: ResolvedSecurity;
  readonly connectTimeoutMs: number;
  readonly defaultHeartBeat: HeartBeat;
  readonly onEvent: (event: BrokerEvent) => void;
  readonly clock: Clock;
  readonly random: Randomness;
}

const OPTION_NAMES = [
  'data',
  'memory',
  'connectors',
  'limits',
  'memoryLimits',
  'redelivery',
  'topicLimits',
  'deadLetter',
  'policies',
  'http',
  'blobs',
  'dedup',
  'expiryScanMs',
  'populateUserId',
  'security',
  'connectTimeoutMs',
  'defaultHeartBeat',
  'onEvent',
  'clock',
  'random',
];

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveOptions(raw: BrokerOptions): ResolvedOptions {
  requireKnown('', raw, OPTION_NAMES);
  const { data = './data', memory = false, connectors = [{}], connectTimeoutMs = 30_000 } = raw;
  const { onEvent = () => {}, clock = systemClock, random = systemRandomness } = raw;
  const { redelivery = {}, topicLimits = {}, deadLetter = {}, policies = [] } = raw;
  const { populateUserId = false, expiryScanMs = 30_000 } = raw;
  if (typeof data !== 'string' || data === '') throw invalid('data', 'a directory', data);
  if (typeof memory !== 'boolean') throw invalid('memory', 'true or false', memory);
  if (!Array.isArray(connectors)) throw invalid('connectors', 'a list', connectors);
  if (typeof onEvent !== 'function') throw invalid('onEvent', 'a function', onEvent);
  if (typeof populateUserId !== 'boolean') {
    throw invalid('populateUserId', 'true or false', populateUserId);
  }
  requireWhole('connectTimeoutMs', connectTimeoutMs);
  requireWhole('expiryScanMs', expiryScanMs);
  return {
    data,
    memory,
    connectors: connectors.map((connector, index) =>
      resolveConnector(connector, `connectors[${index}]`),
    ),
    limits: resolveNumbers('limits', DEFAULT_LIMITS, raw.limits),
    memoryLimits: resolveMemoryLimits(raw.memoryLimits),
    policies: resolvePolicies({ redelivery, topicLimits, deadLetter }, policies),
    http: raw.http === undefined ? undefined : resolveHttpOptions(raw.http),
    blobs: resolveBlobOptions(raw.blobs),
    dedup: resolveDedupOptions(raw.dedup),
    expiryScanMs,
    populateUserId,
    security: resolveSecurityOptions(raw.security),
    connectTimeoutMs,
    defaultHeartBeat: resolveHeartBeat(raw.defaultHeartBeat),
    onEvent,
    clock,
    random,
  };
}

function resolveNumbers<Numbers extends object>(
  path: string,
  defaults: Numbers,
  raw: Partial<Numbers> = {},
): Numbers {
  requireKnown(path, raw, Object.keys(defaults));
  for (const [name, value] of Object.entries(raw)) requireWhole(`${path}.${name}`, value);
  return { ...defaults, ...raw };
}

function resolveHeartBeat(text: unknown = '0,0'): HeartBeat {
  if (typeof text !== 'string') throw notHeartBeat(text);
  try {
    return parseHeartBeat(text);
  } catch {
    // What it says is meant for clients.
    throw notHeartBeat(text);
  }
}

function notHeartBeat(value: unknown): OptionsError {
  return invalid('defaultHeartBeat', 'two whole numbers in ms, like "10000,10000"', value);
}
