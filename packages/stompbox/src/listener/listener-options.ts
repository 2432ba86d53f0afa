/** How a listener takes its messages, checked and complete. */
import * as v from 'valibot';
import {
  type CircuitOptions,
  checkCircuit,
  type ResolvedCircuit,
} from '../failure/circuit-options.js';
import { type ResolvedRetry, type RetryOptions, resolveRetry } from '../failure/retry-options.js';
import type { IdempotencyStore } from '../idempotency/idempotency-store.js';
import {
  aNonEmptyText,
  aWholeNumber,
  expected,
  type OptionsPlace,
  parseOptions,
} from '../options.js';
import { queueDestination, topicDestination } from '../settings/destination-name.js';
import {
  type Concurrency,
  type ConcurrencyRange,
  concurrencyOf,
  isConcurrency,
} from './concurrency.js';

/**
 * When a message of a queue is acknowledged: `onSuccess`, when its handler has finished; `first`, before
 * the handler is called (at most once: a crash loses the message); `manual`, by `context.ack()`.
 */
export type AckPolicy = 'onSuccess' | 'first' | 'manual';

export interface RateLimit {
  /** Most messages whose handler begins within `perMs`. */
  readonly max: number;
  readonly perMs: number;
}

export interface BatchOptions {
  /** Most messages of a call. */
  readonly size: number;
  /** A batch that is not full is handled this long after its first message. Default 1,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ResolvedBatch {
  readonly size: number;
  readonly timeoutMs: number;
}

export interface ListenerOptions {
  /** For logs, health and headers. Default: the name of the class or function, else the destination. */
  readonly name?: string | undefined;
  /**
   * Messages handled at the same time, per subscription: `4`, or a range as in JMS, `'5-10'`, of which the
   * upper end counts: no threads are saved by fewer. Default 1: one after the other. Messages of one
   * group (JMSXGroupID) are never handled at the same time.
   */
  readonly concurrency?: Concurrency | undefined;
  /** Messages that the broker may send ahead, per subscription. Default: as many as are handled at most. */
  readonly prefetch?: number | undefined;
  /** Only messages that match, in the syntax of JMS: `priority > 5 AND region = 'EU'`. */
  readonly selector?: string | undefined;
  /** Default `onSuccess`. */
  readonly ack?: AckPolicy | undefined;
  /** Of a topic: name of a durable subscription. Needs a client id (setting `clientId`). */
  readonly durable?: string | undefined;
  /**
   * Of a topic: consumers of one group share its messages, each group gets all of them, also while
   * nobody of it is there. At ActiveMQ and stompbox the topic must be called `VirtualTopic.…`.
   */
  readonly group?: string | undefined;
  /** Default: none. */
  readonly rateLimit?: RateLimit | undefined;
  /** The handler gets a list of bodies. Default: one body. */
  readonly batch?: BatchOptions | undefined;
  /** The handler's time: then its signal aborts and the attempt has failed. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** A handler that takes longer is told to the log. Default 30,000. */
  readonly slowAfterMs?: number | undefined;
  /** Key by key over those of the settings. `false`: no retries. */
  readonly retry?: RetryOptions | false | undefined;
  /** `{queue}` and `{listener}` stand for the names. Default `DLQ.{queue}`. */
  readonly deadLetter?: string | undefined;
  /** Key by key over those of the settings. `false`: none. */
  readonly circuit?: CircuitOptions | false | undefined;
  /** Default: none. */
  readonly idempotency?: IdempotencyStore | undefined;
}

/** With none of the three destinations given, the queue and the topic of the settings. */
export interface ConsumeOptions extends ListenerOptions {
  /** `orders` or `/queue/orders`. */
  readonly queue?: string | undefined;
  /** `news` or `/topic/news`. */
  readonly topic?: string | undefined;
  /** Any number of others, in STOMP's form. */
  readonly destinations?: readonly string[] | undefined;
}

export interface ResolvedListenerOptions {
  readonly name: string | undefined;
  readonly concurrency: ConcurrencyRange;
  readonly prefetch: number;
  readonly selector: string | undefined;
  readonly ack: AckPolicy;
  readonly durable: string | undefined;
  readonly group: string | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly batch: ResolvedBatch | undefined;
  readonly timeoutMs: number | undefined;
  readonly slowAfterMs: number;
  readonly retry: ResolvedRetry;
  readonly deadLetter: string;
  readonly circuit: ResolvedCircuit | undefined;
  readonly idempotency: IdempotencyStore | undefined;
}

const LONGEST_MS = 2_147_483_647;

const ACK_POLICIES: readonly AckPolicy[] = ['onSuccess', 'first', 'manual'];

const listenerEntries = {
  name: v.optional(aNonEmptyText),
  concurrency: v.optional(
    expected<Concurrency>(
      "a whole number from 1 to 10000, or a range such as '5-10'",
      isConcurrency,
    ),
  ),
  prefetch: v.optional(aWholeNumber(1, 1_000_000)),
  selector: v.optional(aNonEmptyText),
  ack: v.optional(
    expected<AckPolicy>("'onSuccess', 'first' or 'manual'", (value) =>
      ACK_POLICIES.some((policy) => policy === value),
    ),
  ),
  durable: v.optional(aNonEmptyText),
  group: v.optional(aNonEmptyText),
  rateLimit: v.optional(
    expected<RateLimit>('an object { max, perMs } of whole numbers from 1', (value) =>
      hasWholeNumbers(value, ['max', 'perMs'], []),
    ),
  ),
  batch: v.optional(
    expected<BatchOptions>('an object { size, timeoutMs } of whole numbers from 1', (value) =>
      hasWholeNumbers(value, ['size'], ['timeoutMs']),
    ),
  ),
  timeoutMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  slowAfterMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  retry: v.optional(
    expected<RetryOptions | false>('an object of retry options, or false', isObjectOrFalse),
  ),
  deadLetter: v.optional(aNonEmptyText),
  circuit: v.optional(
    expected<CircuitOptions | false>('an object of circuit options, or false', isObjectOrFalse),
  ),
  idempotency: v.optional(
    expected<IdempotencyStore>('an idempotency store, with begin, finish and forget', isStore),
  ),
};
const listenerOptions = v.strictObject(listenerEntries);
const consumeOptions = v.strictObject({
  ...listenerEntries,
  queue: v.optional(aNonEmptyText),
  topic: v.optional(aNonEmptyText),
  destinations: v.optional(
    expected<readonly string[]>(
      'a list of destinations such as /queue/orders, at least one',
      (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((item) => typeof item === 'string' && item.trim() !== ''),
    ),
  ),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveListenerOptions(
  raw: ListenerOptions,
  defaults: ListenerOptions = {},
): ResolvedListenerOptions {
  return complete(parseOptions(listenerOptions, raw, placeOf('listener()')), {}, defaults);
}

export interface ResolvedConsumption extends ResolvedListenerOptions {
  /** In STOMP's form, at least one, each once. */
  readonly destinations: readonly string[];
}

/**
 * @param own the options of the listener itself, which those of the call come before.
 * @param defaults of the settings.
 * @param fallback the destinations when the options name none.
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function resolveConsumption(
  raw: ConsumeOptions,
  own: ListenerOptions,
  fallback: readonly string[],
  defaults: ListenerOptions = {},
): ResolvedConsumption {
  const parsed = parseOptions(consumeOptions, raw, placeOf('consume()'));
  const { queue, topic, destinations, ...given } = parsed;
  const named = [
    ...(queue === undefined ? [] : [queueDestination(queue, 'option of consume()')]),
    ...(topic === undefined ? [] : [topicDestination(topic, 'option of consume()')]),
    ...(destinations ?? []),
  ];
  return {
    ...complete(given, own, defaults),
    destinations: [...new Set(named.length > 0 ? named : fallback)],
  };
}

function complete(
  given: ListenerOptions,
  own: ListenerOptions,
  defaults: ListenerOptions,
): ResolvedListenerOptions {
  const first = <K extends keyof ListenerOptions>(key: K) =>
    given[key] ?? own[key] ?? defaults[key];
  const concurrency = concurrencyOf(first('concurrency') ?? 1);
  const batch = first('batch');
  return {
    name: first('name'),
    concurrency,
    prefetch: first('prefetch') ?? concurrency.max * (batch?.size ?? 1),
    selector: first('selector'),
    ack: first('ack') ?? 'onSuccess',
    durable: first('durable'),
    group: first('group'),
    rateLimit: first('rateLimit'),
    batch: batch && { size: batch.size, timeoutMs: batch.timeoutMs ?? 1_000 },
    timeoutMs: first('timeoutMs'),
    slowAfterMs: first('slowAfterMs') ?? 30_000,
    retry: resolveRetry(merged([given.retry, own.retry, defaults.retry])),
    deadLetter: first('deadLetter') ?? 'DLQ.{queue}',
    circuit: checkCircuit(merged([given.circuit, own.circuit, defaults.circuit])),
    idempotency: first('idempotency'),
  };
}

/** Key by key, the first layer strongest; what `false` switches off, stronger keys switch on again. */
function merged<T extends object>(layers: readonly (T | false | undefined)[]): T | false {
  const [strongest, ...weaker] = layers.filter((layer) => layer !== undefined);
  if (strongest === undefined) return {} as T;
  if (strongest === false || weaker.length === 0) return strongest;
  const rest = merged(weaker);
  return rest === false ? strongest : { ...rest, ...definedOf(strongest) };
}

function definedOf<T extends object>(layer: T): Partial<T> {
  const entries = Object.entries(layer).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

function placeOf(call: string): OptionsPlace {
  return {
    describe: (key: string) =>
      key === '' ? `The options of ${call}` : `The option ${key} of ${call}`,
    aliases: {
      destination: 'destinations',
      prefetchSize: 'prefetch',
      prefetchCount: 'prefetch',
      ackPolicy: 'ack',
      ackMode: 'ack',
      retries: 'retry',
      dlq: 'deadLetter',
      timeout: 'timeoutMs',
      subscription: 'durable',
    },
  };
}

function isObjectOrFalse(value: unknown): boolean {
  return value === false || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

function isStore(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['begin', 'finish', 'forget'].every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

function hasWholeNumbers(
  value: unknown,
  required: readonly string[],
  optional: readonly string[],
): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries({
    ...Object.fromEntries(required.map((key) => [key, undefined])),
    ...value,
  }).every(
    ([key, item]) =>
      (required.includes(key) || optional.includes(key)) &&
      ((item === undefined && optional.includes(key)) ||
        (Number.isSafeInteger(item) && Number(item) >= 1 && Number(item) <= LONGEST_MS)),
  );
}
