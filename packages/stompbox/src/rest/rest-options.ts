/** The options of the REST routes, and the one place that fills in defaults and checks them. */
import { type Clock, systemClock } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import {
  type Destination,
  type DestinationLike,
  isDestination,
} from '../destination/destination.js';
import { type Logger, stderrLogger } from '../logger.js';
import type { MessageOptions } from '../message/message-options.js';
import { anObject, aWholeNumber, expected, parseOptions } from '../options.js';
import { type AnswerStore, memoryAnswers } from './answer-store.js';
import type { RestResponse } from './rest-response.js';

/** A request that wants something of a destination, as the hooks see it. */
export interface RestCall {
  /** What the destination is called in the path. */
  readonly name: string;
  /** In STOMP's form. */
  readonly destination: string;
  readonly action: 'send' | 'request' | 'read-reply';
  header(name: string): string | undefined;
  readonly query: URLSearchParams;
}

/**
 * `false`: 403. An object names the caller: Idempotency-Keys and late replies of one are not those of
 * another. A response is given as it is, for example a 401 with `www-authenticate`.
 */
export type AuthorizeResult = boolean | { readonly principal: string } | RestResponse;

export interface ReplyOptions {
  /** How long `?reply=true` waits for the reply. Default 15,000. */
  readonly waitMs?: number | undefined;
  /** Most that `Prefer: wait=…` may ask for. Default 60,000. */
  readonly maxWaitMs?: number | undefined;
  /** How much longer a late reply is awaited, and then kept to be read. Default 300,000. */
  readonly lateMs?: number | undefined;
  /** Most late replies; one more drops the oldest. Default 1,000. */
  readonly maxLate?: number | undefined;
}

export interface RestRouterOptions {
  /**
   * What may be sent to, by the name that the path has for it; nothing else can be. As a list, the
   * names are those of the destinations.
   */
  readonly destinations: Readonly<Record<string, DestinationLike>> | readonly Destination[];
  /** Path before the name of the destination: `/messages`. Default: none. */
  readonly prefix?: string | undefined;
  /** Asked before the body is read. Default: everybody may. What it throws is handed on. */
  readonly authorize?: ((call: RestCall) => AuthorizeResult | Promise<AuthorizeResult>) | undefined;
  /** More about the message: priority, time to live, group. Default: nothing. */
  readonly messageOptions?: ((call: RestCall) => MessageOptions) | undefined;
  /** Larger bodies are answered with 413. Default 1,048,576 (1 MiB). */
  readonly maxBodyBytes?: number | undefined;
  /** How long to wait for the broker's receipt, connecting included. Default 10,000. */
  readonly sendTimeoutMs?: number | undefined;
  /** For the header Retry-After of 503. Default 5. */
  readonly retryAfterS?: number | undefined;
  /** Where answers to Idempotency-Keys are kept. Default `memoryAnswers()`. */
  readonly answers?: AnswerStore | undefined;
  /** How requests wait for replies; `false`: there is no request mode. */
  readonly reply?: ReplyOptions | false | undefined;
  /** Told of every answer from 500 up, with the error. Default: standard error. */
  readonly logger?: Logger | undefined;
}

export interface RestPorts {
  /** Measures and ends waits. */
  readonly clock?: Clock | undefined;
  /** Makes correlation ids, and names that nobody can guess for late replies. Default random UUIDs. */
  readonly newId?: (() => string) | undefined;
}

export interface ResolvedRest {
  readonly destinations: ReadonlyMap<string, DestinationLike>;
  readonly prefix: string;
  readonly authorize: NonNullable<RestRouterOptions['authorize']>;
  readonly messageOptions: NonNullable<RestRouterOptions['messageOptions']>;
  readonly maxBodyBytes: number;
  readonly sendTimeoutMs: number;
  readonly retryAfterS: number;
  readonly answers: AnswerStore;
  readonly reply: Required<{ readonly [K in keyof ReplyOptions]: number }> | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly newId: () => string;
}

const LONGEST_MS = 2_147_483_647;

const aFunction = <T>() => expected<T>('a function', (value) => typeof value === 'function');

const restOptions = v.strictObject({
  destinations: expected<RestRouterOptions['destinations']>(
    "an object of destinations by name, or a list of what queue() and topic() give, at least one: { orders: queue('orders') }",
    isDestinations,
  ),
  prefix: v.optional(
    expected<string>('a path such as /messages, without a slash at its end', isPrefix),
  ),
  authorize: v.optional(aFunction<ResolvedRest['authorize']>()),
  messageOptions: v.optional(aFunction<ResolvedRest['messageOptions']>()),
  maxBodyBytes: v.optional(aWholeNumber(1, Number.MAX_SAFE_INTEGER)),
  sendTimeoutMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  retryAfterS: v.optional(aWholeNumber(0, 86_400)),
  answers: v.optional(anObject<AnswerStore>()),
  reply: v.optional(
    expected<ReplyOptions | false>(
      'an object of reply options, or false',
      (value) => value === false || (typeof value === 'object' && value !== null),
    ),
  ),
  logger: v.optional(anObject<Logger>()),
});

const replyOptions = v.strictObject({
  waitMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  maxWaitMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  lateMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  maxLate: v.optional(aWholeNumber(1, 1_000_000)),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveRestOptions(raw: RestRouterOptions, ports: RestPorts = {}): ResolvedRest {
  const given = parseOptions(restOptions, raw, {
    describe: (key) =>
      key === '' ? 'The options of restRouter()' : `The option ${key} of restRouter()`,
    aliases: { allow: 'destinations', bodyLimit: 'maxBodyBytes', timeoutMs: 'sendTimeoutMs' },
  });
  const clock = ports.clock ?? systemClock;
  return {
    destinations: byName(given.destinations),
    prefix: given.prefix ?? '',
    authorize: given.authorize ?? (() => true),
    messageOptions: given.messageOptions ?? (() => ({})),
    maxBodyBytes: given.maxBodyBytes ?? 1_048_576,
    sendTimeoutMs: given.sendTimeoutMs ?? 10_000,
    retryAfterS: given.retryAfterS ?? 5,
    answers: given.answers ?? memoryAnswers({}, clock),
    reply: given.reply === false ? undefined : resolveReply(given.reply ?? {}),
    logger: given.logger ?? stderrLogger,
    clock,
    newId: ports.newId ?? (() => crypto.randomUUID()),
  };
}

function resolveReply(raw: ReplyOptions): ResolvedRest['reply'] {
  const given = parseOptions(replyOptions, raw, {
    describe: (key) =>
      key === '' ? 'The option reply of restRouter()' : `The option reply.${key} of restRouter()`,
    aliases: { timeoutMs: 'waitMs' },
  });
  return {
    waitMs: given.waitMs ?? 15_000,
    maxWaitMs: given.maxWaitMs ?? 60_000,
    lateMs: given.lateMs ?? 300_000,
    maxLate: given.maxLate ?? 1_000,
  };
}

function byName(given: RestRouterOptions['destinations']): ReadonlyMap<string, DestinationLike> {
  if (!Array.isArray(given)) return new Map(Object.entries(given));
  const found = new Map<string, Destination>();
  for (const destination of given as readonly Destination[]) {
    const { name } = destination;
    if (found.has(name)) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The option destinations of restRouter() has two destinations called ${name}: give an object ` +
          'that names them, { [name]: destination }',
      );
    }
    found.set(name, destination);
  }
  return found;
}

function isDestinations(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isDestination);
  if (typeof value !== 'object' || value === null || isDestination(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(([name, item]) => name !== '' && (isDestination(item) || isText(item)))
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isPrefix(value: unknown): boolean {
  return typeof value === 'string' && (value === '' || /^\/[^?#]*[^/?#]$/.test(value));
}
