/** What an AsyncAPI document is made of, checked at the door. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as v from 'valibot';
import {
  type Destination,
  type DestinationLike,
  isDestination,
} from '../destination/destination.js';
import type {
  ListenerDefinition,
  ListenerFunction,
  MessageListener,
} from '../listener/listener.js';
import type { ConsumeOptions } from '../listener/listener-options.js';
import { aNonEmptyText, anObject, expected, parseOptions } from '../options.js';
import { Settings } from '../settings/settings.js';
import type { AsyncApiInfo } from './async-api-types.js';

/** A listener of any form, with the options that `consume` gets beside it. */
export interface ConsumedListener {
  readonly listener: MessageListener | ListenerFunction<never> | ListenerDefinition<never>;
  readonly options?: ConsumeOptions | undefined;
}

/** A destination whose messages are answered at their `reply-to`. */
export interface AnsweredDestination {
  readonly destination: DestinationLike;
  /** Schema of the answer. Default: it may be anything. */
  readonly reply?: StandardSchemaV1 | undefined;
}

export interface AsyncApiOptions {
  readonly info: AsyncApiInfo;
  /** What `resolveSettings` gives: it names the broker. Its password is not read. */
  readonly settings: Settings;
  /** By the names that they get in the document. Default: only those of the other options. */
  readonly destinations?: Readonly<Record<string, Destination>> | undefined;
  /** Default: none. */
  readonly listeners?: readonly (ConsumedListener | ListenerDefinition<never>)[] | undefined;
  /** What the application sends to. Default: those of `destinations` that nothing here listens to. */
  readonly sends?: readonly DestinationLike[] | undefined;
  /** Those of the destinations whose messages are answered. Default: none. */
  readonly requests?: readonly AnsweredDestination[] | undefined;
}

export interface ResolvedAsyncApiOptions {
  readonly info: AsyncApiInfo;
  readonly settings: Settings;
  readonly destinations: Readonly<Record<string, Destination>>;
  readonly listeners: readonly (ConsumedListener | ListenerDefinition<never>)[];
  readonly sends: readonly DestinationLike[] | undefined;
  readonly requests: readonly AnsweredDestination[];
}

function aList<T>(of: string, claim: (item: unknown) => boolean) {
  return expected<readonly T[]>(
    `a list of ${of}`,
    (value) => Array.isArray(value) && value.every(claim),
  );
}

const asyncApiOptions = v.strictObject({
  info: anObject<AsyncApiInfo>(),
  settings: expected<Settings>(
    'what resolveSettings() gives',
    (value) => value instanceof Settings || hasUrl(value),
  ),
  destinations: v.optional(
    expected<Readonly<Record<string, Destination>>>(
      "an object of destinations, for example { orders: queue('orders') }",
      (value) =>
        typeof value === 'object' && value !== null && Object.values(value).every(isDestination),
    ),
  ),
  listeners: v.optional(
    aList<ConsumedListener | ListenerDefinition<never>>(
      'listener(…) definitions, or of { listener, options }',
      (item) => typeof item === 'object' && item !== null,
    ),
  ),
  sends: v.optional(aList<DestinationLike>('destinations', isDestinationLike)),
  requests: v.optional(
    aList<AnsweredDestination>(
      '{ destination, reply }',
      (item) =>
        typeof item === 'object' &&
        item !== null &&
        isDestinationLike(Reflect.get(item, 'destination')),
    ),
  ),
});

const infoOptions = v.strictObject({
  title: aNonEmptyText,
  version: aNonEmptyText,
  description: v.optional(aNonEmptyText),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveAsyncApiOptions(raw: AsyncApiOptions): ResolvedAsyncApiOptions {
  const given: Partial<AsyncApiOptions> = raw;
  const { info, settings, destinations, listeners, sends, requests } = parseOptions(
    asyncApiOptions,
    { info: undefined, settings: undefined, ...given },
    {
      describe: (key) => `The ${key === '' ? 'options' : `option ${key}`} of asyncApiDocument()`,
    },
  );
  const about: Partial<AsyncApiInfo> = info;
  const { title, version, description } = parseOptions(
    infoOptions,
    { title: undefined, version: undefined, ...about },
    {
      describe: (key) => `The option info${key === '' ? '' : `.${key}`} of asyncApiDocument()`,
    },
  );
  return {
    info: { title, version, ...(description === undefined ? {} : { description }) },
    settings,
    destinations: destinations ?? {},
    listeners: listeners ?? [],
    sends,
    requests: requests ?? [],
  };
}

function isDestinationLike(value: unknown): boolean {
  return isDestination(value) || (typeof value === 'string' && value.trim() !== '');
}

/** Settings of another copy of the package, as the ESM and the CommonJS build are. */
function hasUrl(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'url') === 'string'
  );
}
