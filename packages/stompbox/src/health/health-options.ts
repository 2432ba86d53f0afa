/** What a health check watches and how patient it is, checked and complete. */
import * as v from 'valibot';
import {
  aBoolean,
  anObject,
  aWholeNumber,
  expected,
  type OptionsPlace,
  parseOptions,
} from '../options.js';

export interface HealthOptions {
  /**
   * Names of the listeners that must run. One that is not there fails `ready` and `started`; others are
   * reported and fail nothing. Default: every listener that runs is required.
   */
  readonly listeners?: readonly string[] | undefined;
  /** Connects at once and again when the connection is gone for good. Default true. */
  readonly connect?: boolean | undefined;
  /** How often everything is looked at. Default 1,000. */
  readonly sampleMs?: number | undefined;
  readonly eventLoop?: EventLoopOptions | undefined;
  /** A connected listener may be without the broker's confirmation for so long. Default 30,000. */
  readonly confirmWithinMs?: number | undefined;
  /**
   * No byte from the broker for so long, although it was asked for an answer half-way: the connection
   * is taken for dead. Default 30,000.
   */
  readonly silentMs?: number | undefined;
  /** Messages that wait this long without any progress make a listener stalled. Default 300,000. */
  readonly stalledAfterMs?: number | undefined;
  /**
   * A handler that runs longer is taken for stuck, whether or not messages wait; `false`: never.
   * Default 1,800,000.
   */
  readonly handlerMaxMs?: number | false | undefined;
  readonly reconnectLoop?: ReconnectLoopOptions | undefined;
  /** After a send that got no answer in time, `ready` fails for so long, or until one got it. Default 30,000. */
  readonly sendFailureMs?: number | undefined;
  /** `false`: none. */
  readonly canary?: CanaryOptions | false | undefined;
  /**
   * Whether to ask the broker for the statistics of the queues. `'auto'`: only a stompbox broker, which
   * always answers. `true`: ActiveMQ Classic too, which needs its statistics plugin; without it, each
   * request stays as a message that expires. Default `'auto'`.
   */
  readonly statistics?: boolean | 'auto' | undefined;
  /** Statistics: messages wait this long while nothing is delivered. Default 60,000. */
  readonly undeliveredMs?: number | undefined;
}

export interface EventLoopOptions {
  /** A blocked event loop is not alive from this time on. Default 5,000. */
  readonly maxLagMs?: number | undefined;
  /** The longest delay within the last so many ms counts. Default 10,000. */
  readonly windowMs?: number | undefined;
}

export interface ReconnectLoopOptions {
  /** So many losses of the connection … Default 3. */
  readonly losses?: number | undefined;
  /** … within this time are a loop. Default 60,000. */
  readonly withinMs?: number | undefined;
}

/** A small message to a queue of this process, over the connection of the listeners. */
export interface CanaryOptions {
  /** Default 30,000. Statistics are asked for in the same rhythm. */
  readonly everyMs?: number | undefined;
  /** It must arrive within this time. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Only sent while some listener got nothing for so long; 0: always. Default 60,000. */
  readonly idleMs?: number | undefined;
}

export interface ResolvedHealth {
  readonly listeners: readonly string[] | undefined;
  readonly connect: boolean;
  readonly sampleMs: number;
  readonly eventLoop: Resolved<EventLoopOptions>;
  readonly confirmWithinMs: number;
  readonly silentMs: number;
  readonly stalledAfterMs: number;
  readonly handlerMaxMs: number;
  readonly reconnectLoop: Resolved<ReconnectLoopOptions>;
  readonly sendFailureMs: number;
  readonly canary: Resolved<CanaryOptions> & { readonly isOn: boolean };
  readonly statistics: boolean | 'auto';
  readonly undeliveredMs: number;
}

type Resolved<T> = { readonly [K in keyof T]-?: number };

const LONGEST_MS = 2_147_483_647;
const aTime = aWholeNumber(1, LONGEST_MS);

const eventLoopOptions = v.strictObject({
  maxLagMs: v.optional(aTime),
  windowMs: v.optional(aTime),
});
const loopOptions = v.strictObject({
  losses: v.optional(aWholeNumber(1, 1_000_000)),
  withinMs: v.optional(aTime),
});
const canaryOptions = v.strictObject({
  everyMs: v.optional(aTime),
  timeoutMs: v.optional(aTime),
  idleMs: v.optional(aWholeNumber(0, LONGEST_MS)),
});
const healthOptions = v.strictObject({
  listeners: v.optional(expected<readonly string[]>('a list of names of listeners', isNameList)),
  connect: v.optional(aBoolean),
  sampleMs: v.optional(aTime),
  eventLoop: v.optional(anObject<EventLoopOptions>()),
  confirmWithinMs: v.optional(aTime),
  silentMs: v.optional(aTime),
  stalledAfterMs: v.optional(aTime),
  handlerMaxMs: v.optional(
    expected<number | false>(
      `a whole number from 1 to ${LONGEST_MS}, or false`,
      (value) => value === false || v.is(aTime, value),
    ),
  ),
  reconnectLoop: v.optional(anObject<ReconnectLoopOptions>()),
  sendFailureMs: v.optional(aTime),
  canary: v.optional(
    expected<CanaryOptions | false>(
      'an object of canary options, or false',
      (value) => value === false || (typeof value === 'object' && value !== null),
    ),
  ),
  statistics: v.optional(
    expected<boolean | 'auto'>(
      "true, false or 'auto'",
      (value) => typeof value === 'boolean' || value === 'auto',
    ),
  ),
  undeliveredMs: v.optional(aTime),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveHealthOptions(raw: HealthOptions): ResolvedHealth {
  const given = parseOptions(healthOptions, raw, placeOf(''));
  const eventLoop = parseOptions(eventLoopOptions, given.eventLoop ?? {}, placeOf('eventLoop'));
  const loop = parseOptions(loopOptions, given.reconnectLoop ?? {}, placeOf('reconnectLoop'));
  const canary = parseOptions(canaryOptions, given.canary || {}, placeOf('canary'));
  return {
    listeners: given.listeners,
    connect: given.connect ?? true,
    sampleMs: given.sampleMs ?? 1_000,
    eventLoop: {
      maxLagMs: eventLoop.maxLagMs ?? 5_000,
      windowMs: eventLoop.windowMs ?? 10_000,
    },
    confirmWithinMs: given.confirmWithinMs ?? 30_000,
    silentMs: given.silentMs ?? 30_000,
    stalledAfterMs: given.stalledAfterMs ?? 300_000,
    handlerMaxMs:
      given.handlerMaxMs === false ? Number.POSITIVE_INFINITY : (given.handlerMaxMs ?? 1_800_000),
    reconnectLoop: { losses: loop.losses ?? 3, withinMs: loop.withinMs ?? 60_000 },
    sendFailureMs: given.sendFailureMs ?? 30_000,
    canary: {
      isOn: given.canary !== false,
      everyMs: canary.everyMs ?? 30_000,
      timeoutMs: canary.timeoutMs ?? 10_000,
      idleMs: canary.idleMs ?? 60_000,
    },
    statistics: given.statistics ?? 'auto',
    undeliveredMs: given.undeliveredMs ?? 60_000,
  };
}

function placeOf(group: string): OptionsPlace {
  const prefix = group === '' ? '' : `${group}.`;
  return {
    describe(key) {
      if (key !== '') return `The option ${prefix}${key} of health()`;
      return group === '' ? 'The options of health()' : `The option ${group} of health()`;
    },
    aliases: { intervalMs: group === 'canary' ? 'everyMs' : 'sampleMs' },
  };
}

function isNameList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}
