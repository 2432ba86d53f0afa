/** The options of `connect`, and the one place that fills in defaults and checks them. */
import { type FrameLimits, STOMP_VERSIONS, type StompVersion } from '@stompbox/protocol';
import { type Clock, MAX_TIMER_MS, systemClock } from './clock.js';
import type { Codec } from './codec/codec.js';
import { CodecRegistry } from './codec/codec-registry.js';
import { Credentials } from './credentials.js';
import type { FrameListener } from './frame-feed.js';
import { type OfflineOptions, type ResolvedOffline, resolveOffline } from './offline-options.js';
import {
  checkAttempts,
  checkChoice,
  checkFunction,
  checkHeaderText,
  checkKeys,
  checkNumber,
  checkObject,
  checkSignal,
  checkTimeout,
  checkWhole,
  invalidOption,
} from './option-checks.js';
import type { ProfileName } from './profile/broker-profile.js';
import { PROFILE_NAMES } from './profile/profiles.js';
import type { ConnectionStatus } from './status.js';
import type { Target } from './target.js';
import type { TraceContextSource } from './trace/trace-context.js';
import { type TransportOptions, transportFactory } from './transport/open-transport.js';
import type { TransportFactory } from './transport.js';

export interface HeartBeatOptions {
  /** We promise to send something this often, in ms; 0 = never. Default 10,000. */
  readonly outgoingMs?: number;
  /** We ask the broker to send something this often, in ms; 0 = never. Default 10,000. */
  readonly incomingMs?: number;
  /** The broker is dead after this many silent intervals. At least 1. Default 2. */
  readonly toleranceFactor?: number;
}

export interface ReconnectOptions {
  /** Longest wait before the first attempt, in ms. Default 100. */
  readonly initialDelayMs?: number;
  /** Longest wait between two attempts, in ms. Default 30,000. */
  readonly maxDelayMs?: number;
  /** Each wait may be this many times longer than the one before. Default 2. */
  readonly multiplier?: number;
  /** `full`: wait a random part of the delay, so that clients do not return all at once. Default. */
  readonly jitter?: 'full' | 'none';
  /**
   * Rounds over all servers before the connection is given up, counted until all subscriptions are
   * back. 0 = none. Default Infinity.
   */
  readonly maxAttempts?: number;
}

export interface ConnectOptions extends TransportOptions {
  /** Login for servers whose URL has none. */
  readonly login?: string;
  /** Passcode for servers whose URL has no login. It never appears in an error, event or log. */
  readonly passcode?: string;
  /** Virtual host, the `host` header. Default: the host of the server's URL. */
  readonly host?: string;
  /** The `client-id` header, which durable topic subscriptions need. */
  readonly clientId?: string;
  /** STOMP versions to offer. Default all. */
  readonly acceptVersions?: readonly StompVersion[];
  /** More headers of CONNECT. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly heartBeat?: HeartBeatOptions;
  /** One attempt, from opening the socket to CONNECTED, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long an operation waits for the broker, queueing included, in ms. Default 15,000. */
  readonly receiptTimeoutMs?: number;
  /** How long `close` waits for handlers and receipts, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /** What becomes of sends while there is no connection. */
  readonly offline?: OfflineOptions;
  /** Most sends that are written and not confirmed; more wait. Default 1,000. */
  readonly sendWindow?: number;
  /** Codecs of the application; they come before those for JSON, text and bytes. */
  readonly codecs?: readonly Codec<unknown>[];
  /**
   * Bodies of messages that are larger are handed out as they arrive, see `Message.stream`. Default
   * Infinity: none.
   */
  readonly streamBodiesOverBytes?: number;
  /** Which broker it is. Default `auto`: what CONNECTED says. */
  readonly profile?: ProfileName | 'auto';
  /** What to do when the connection is lost; `false` = end. */
  readonly reconnect?: false | ReconnectOptions;
  /**
   * Called before each attempt on a server; what it returns replaces login and passcode of this
   * attempt and adds headers to its CONNECT: for tokens that expire. What it throws fails the attempt.
   */
  readonly beforeAttempt?: BeforeAttempt;
  readonly startup?: {
    /** Rounds over all servers before `connect` rejects. Default 1; Infinity = until the signal. */
    readonly maxAttempts?: number;
  };
  /**
   * Limits for incoming frames. `maxHeaderLineBytes` is 1 MiB by default: a broker measures a line
   * before it escapes it, so lines that it took from others may leave it longer than its own limit.
   */
  readonly limits?: Partial<FrameLimits>;
  /** Gives up connecting. It has no effect once `connect` has resolved. */
  readonly signal?: AbortSignal;
  /** Told of every event from the first attempt on, as `Connection.onStatus` is later. */
  readonly onStatus?: (status: ConnectionStatus) => void;
  /** Told of every frame from CONNECT on, as `Connection.onFrame` is later. */
  readonly onFrame?: FrameListener;
  /**
   * Gives the trace of what is going on now; asked for each message that is sent, which then carries
   * it in the headers `traceparent` and `tracestate`.
   */
  readonly traceContext?: TraceContextSource;
  /** Opens the pipes. Default: what the scheme of each URL says. `duplexTransport` makes one. */
  readonly transport?: TransportFactory;
  readonly clock?: Clock;
  /** A number from 0 up to 1, for jitter and shuffling. Default Math.random. */
  readonly random?: () => number;
}

/** What an attempt says instead of the options. */
export interface AttemptOptions {
  readonly login?: string;
  readonly passcode?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type BeforeAttempt = (attempt: {
  /** "host:port" of the server. */
  readonly peer: string;
  /** Counted from 1 since the connection was last whole. */
  readonly attempt: number;
}) => AttemptOptions | undefined | Promise<AttemptOptions | undefined>;

export interface ResolvedReconnect {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
  readonly jitter: 'full' | 'none';
  /** 0 = a lost connection is not restored; the delays then only serve the start. */
  readonly maxAttempts: number;
}

export interface ResolvedHeartBeat {
  readonly outgoingMs: number;
  readonly incomingMs: number;
  readonly toleranceFactor: number;
}

export interface ResolvedConnectOptions {
  readonly credentials: Credentials;
  readonly host: string | undefined;
  readonly clientId: string | undefined;
  readonly acceptVersions: readonly StompVersion[];
  readonly headers: Readonly<Record<string, string>>;
  readonly heartBeat: ResolvedHeartBeat;
  readonly connectTimeoutMs: number;
  readonly receiptTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly offline: ResolvedOffline;
  readonly sendWindow: number;
  readonly codecs: CodecRegistry;
  readonly streamBodiesOverBytes: number;
  readonly profile: ProfileName | 'auto';
  readonly beforeAttempt: BeforeAttempt | undefined;
  readonly reconnect: ResolvedReconnect;
  readonly startupMaxAttempts: number;
  readonly isRandomOrder: boolean;
  readonly limits: Partial<FrameLimits>;
  readonly signal: AbortSignal | undefined;
  readonly onStatus: ((status: ConnectionStatus) => void) | undefined;
  readonly onFrame: FrameListener | undefined;
  readonly traceContext: TraceContextSource | undefined;
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly random: () => number;
}

const KEYS: ReadonlySet<string> = new Set<keyof ConnectOptions>([
  'login',
  'passcode',
  'host',
  'clientId',
  'acceptVersions',
  'headers',
  'heartBeat',
  'connectTimeoutMs',
  'receiptTimeoutMs',
  'closeTimeoutMs',
  'offline',
  'sendWindow',
  'codecs',
  'streamBodiesOverBytes',
  'profile',
  'beforeAttempt',
  'reconnect',
  'startup',
  'limits',
  'signal',
  'onStatus',
  'onFrame',
  'traceContext',
  'tls',
  'webSocket',
  'transport',
  'clock',
  'random',
]);

const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** Options given as an object come before what the URL says, and that before the defaults. */
export function resolveConnectOptions(
  raw: ConnectOptions,
  fromUrl: Target['options'],
): ResolvedConnectOptions {
  checkKeys('connect', checkObject('options', raw), KEYS);
  const transport = transportFactory(raw);
  return {
    credentials: new Credentials(
      raw.login === undefined ? undefined : checkHeaderText('login', raw.login),
      raw.passcode === undefined ? undefined : checkHeaderText('passcode', raw.passcode),
    ),
    host: raw.host === undefined ? undefined : checkHeaderText('host', raw.host),
    clientId: raw.clientId === undefined ? undefined : checkHeaderText('clientId', raw.clientId),
    acceptVersions: resolveVersions(raw.acceptVersions ?? STOMP_VERSIONS),
    headers: resolveHeaders(raw.headers ?? {}),
    heartBeat: resolveHeartBeat(raw.heartBeat ?? {}),
    connectTimeoutMs: checkTimeout('connectTimeoutMs', raw.connectTimeoutMs ?? 10_000),
    receiptTimeoutMs: checkTimeout(
      'receiptTimeoutMs',
      raw.receiptTimeoutMs ?? fromUrl.receiptTimeoutMs ?? 15_000,
    ),
    closeTimeoutMs: checkTimeout('closeTimeoutMs', raw.closeTimeoutMs ?? 5_000),
    offline: resolveOffline(raw.offline ?? {}),
    sendWindow: checkWhole('sendWindow', raw.sendWindow ?? 1000, 1, MAX_COUNT),
    codecs: new CodecRegistry(raw.codecs),
    streamBodiesOverBytes: streamBodiesOver(raw.streamBodiesOverBytes),
    profile: checkChoice('profile', raw.profile ?? 'auto', ['auto', ...PROFILE_NAMES]),
    beforeAttempt:
      raw.beforeAttempt === undefined
        ? undefined
        : checkFunction('beforeAttempt', raw.beforeAttempt),
    reconnect: resolveReconnect(raw.reconnect, fromUrl),
    startupMaxAttempts: resolveStartup(raw.startup ?? {}, fromUrl),
    isRandomOrder: fromUrl.randomize,
    limits: resolveLimits(raw.limits ?? {}),
    signal: raw.signal === undefined ? undefined : checkSignal('signal', raw.signal),
    onStatus: raw.onStatus === undefined ? undefined : checkFunction('onStatus', raw.onStatus),
    onFrame: raw.onFrame === undefined ? undefined : checkFunction('onFrame', raw.onFrame),
    traceContext:
      raw.traceContext === undefined ? undefined : checkFunction('traceContext', raw.traceContext),
    transport: checkFunction('transport', raw.transport ?? transport),
    clock: checkObject('clock', raw.clock ?? systemClock),
    random: checkFunction('random', raw.random ?? Math.random),
  };
}

function streamBodiesOver(bytes: number | undefined = Number.POSITIVE_INFINITY): number {
  if (bytes === Number.POSITIVE_INFINITY) return bytes;
  return checkWhole('streamBodiesOverBytes', bytes, 0, MAX_COUNT);
}

function resolveVersions(versions: readonly StompVersion[]): readonly StompVersion[] {
  const isList = Array.isArray(versions) && versions.length > 0;
  if (!isList || versions.some((version) => !STOMP_VERSIONS.includes(version))) {
    throw invalidOption('acceptVersions', `a list with some of ${STOMP_VERSIONS.join(', ')}`);
  }
  // Sorted, because some brokers take the last one they know for the highest.
  return STOMP_VERSIONS.filter((version) => versions.includes(version));
}

/** Headers of CONNECT that have an option of their own, or that the client decides. */
const OWN_HEADERS: ReadonlyMap<string, string> = new Map([
  ['login', 'login'],
  ['passcode', 'passcode'],
  ['host', 'host'],
  ['client-id', 'clientId'],
  ['accept-version', 'acceptVersions'],
  ['heart-beat', 'heartBeat'],
]);

export function resolveHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(checkObject('headers', headers))) {
    const option = OWN_HEADERS.get(name);
    if (option !== undefined) throw invalidOption('headers', `without ${name}: use ${option}`);
    if (name === 'receipt') throw invalidOption('headers', 'without receipt: CONNECT has none');
    if (name === '') throw invalidOption('headers', 'without an empty name');
    if (name.includes('\0')) throw invalidOption('headers', 'without NUL in a name');
    if (typeof value !== 'string' || value.includes('\0')) {
      throw invalidOption(`headers["${name}"]`, 'a text that is without NUL');
    }
  }
  return { ...headers };
}

function resolveHeartBeat(raw: HeartBeatOptions): ResolvedHeartBeat {
  checkKeys(
    'heartBeat',
    checkObject('heartBeat', raw),
    new Set(['outgoingMs', 'incomingMs', 'toleranceFactor']),
  );
  const maxMs = 24 * 60 * 60 * 1000;
  return {
    outgoingMs: checkWhole('heartBeat.outgoingMs', raw.outgoingMs ?? 10_000, 0, maxMs),
    incomingMs: checkWhole('heartBeat.incomingMs', raw.incomingMs ?? 10_000, 0, maxMs),
    toleranceFactor: checkNumber('heartBeat.toleranceFactor', raw.toleranceFactor ?? 2, 1),
  };
}

function resolveReconnect(
  raw: false | ReconnectOptions | undefined,
  fromUrl: Target['options'],
): ResolvedReconnect {
  const options = raw === false ? {} : (raw ?? {});
  checkKeys(
    'reconnect',
    checkObject('reconnect', options),
    new Set(['initialDelayMs', 'maxDelayMs', 'multiplier', 'jitter', 'maxAttempts']),
  );
  const initialDelayMs = options.initialDelayMs ?? fromUrl.initialDelayMs ?? 100;
  const maxDelayMs = options.maxDelayMs ?? fromUrl.maxDelayMs ?? 30_000;
  const multiplier = options.multiplier ?? fromUrl.multiplier ?? 2;
  const isOff = raw === false || (options.maxAttempts ?? fromUrl.maxAttempts) === 0;
  const maxAttempts = options.maxAttempts ?? fromUrl.maxAttempts ?? Number.POSITIVE_INFINITY;
  return {
    initialDelayMs: checkWhole('reconnect.initialDelayMs', initialDelayMs, 0, MAX_TIMER_MS),
    maxDelayMs: checkWhole('reconnect.maxDelayMs', maxDelayMs, 0, MAX_TIMER_MS),
    multiplier: checkNumber('reconnect.multiplier', multiplier, 1),
    jitter: checkChoice('reconnect.jitter', options.jitter ?? 'full', ['full', 'none']),
    maxAttempts: isOff ? 0 : checkAttempts('reconnect.maxAttempts', maxAttempts),
  };
}

function resolveStartup(
  raw: NonNullable<ConnectOptions['startup']>,
  fromUrl: Target['options'],
): number {
  checkKeys('startup', checkObject('startup', raw), new Set(['maxAttempts']));
  return checkAttempts('startup.maxAttempts', raw.maxAttempts ?? fromUrl.startupMaxAttempts ?? 1);
}

const LIMIT_KEYS: ReadonlySet<string> = new Set<keyof FrameLimits>([
  'maxCommandBytes',
  'maxHeaderLineBytes',
  'maxHeaders',
  'maxBodyBytes',
  'maxFrameBytes',
]);

/** More than any broker takes in a header; a message that exceeds it can never be received. */
const MAX_HEADER_LINE_BYTES = 1024 * 1024;

function resolveLimits(limits: Partial<FrameLimits>): Partial<FrameLimits> {
  checkKeys('limits', checkObject('limits', limits), LIMIT_KEYS);
  for (const [name, value] of Object.entries(limits)) {
    checkWhole(`limits.${name}`, value, 1, MAX_COUNT);
  }
  return { maxHeaderLineBytes: MAX_HEADER_LINE_BYTES, ...limits };
}
