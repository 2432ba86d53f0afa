/** The options of the transport strategy and of the client proxy, checked. */
import * as v from 'valibot';
import { type Destination, isDestination } from '../../destination/destination.js';
import { type ListenerOptions, resolveListenerOptions } from '../../listener/listener-options.js';
import type { Messaging, MessagingPorts } from '../../messaging.js';
import { aNonEmptyText, anObject, expected, parseOptions } from '../../options.js';
import { queueDestination } from '../../settings/destination-name.js';
import type { Settings, SettingsInput } from '../../settings/settings.js';
import { createMessaging } from '../../stomp-messaging.js';
import { nestLogger } from '../nest-logger.js';
import { type KnownDestinations, knownDestinations } from './pattern-destination.js';

export interface EnvelopeOptions {
  /** All patterns travel through this queue. */
  readonly queue: string;
}

export interface StompClientOptions {
  /** What the program sets itself; the rest comes from the environment and `stompbox.config.ts`. */
  readonly settings?: SettingsInput | Settings | undefined;
  /** A service that exists already, instead of `settings`. Whoever made it closes it. */
  readonly messaging?: Messaging | undefined;
  /** For tests and adapters; the default logger is Nest's. */
  readonly ports?: MessagingPorts | undefined;
  /** Those whose schema checks the data of the patterns of the same name. Default: none. */
  readonly destinations?: readonly Destination[] | undefined;
  /** Wraps data into Nest's `{ pattern, data }`. Default: the data is the body of the message. */
  readonly envelope?: EnvelopeOptions | undefined;
}

export interface StompTransportOptions extends StompClientOptions {
  /** For all handlers; the `extras` of a decorator come before: `@EventPattern('orders', { concurrency: 4 })`. */
  readonly listener?: ListenerOptions | undefined;
}

export interface ResolvedTransport {
  readonly messaging: Messaging;
  /** Whether the service ends with the transport. */
  readonly isOwned: boolean;
  readonly known: KnownDestinations;
  /** The queue of the envelope, in STOMP's form. */
  readonly envelopeQueue: string | undefined;
  readonly listener: ListenerOptions;
}

const clientEntries = {
  settings: v.optional(anObject<SettingsInput | Settings>()),
  messaging: v.optional(anObject<Messaging>()),
  ports: v.optional(anObject<MessagingPorts>()),
  destinations: v.optional(
    expected<readonly Destination[]>(
      'a list of what queue() and topic() give',
      (value) => Array.isArray(value) && value.every(isDestination),
    ),
  ),
  envelope: v.optional(anObject<EnvelopeOptions>()),
};
const clientOptions = v.strictObject(clientEntries);
const transportOptions = v.strictObject({
  ...clientEntries,
  listener: v.optional(anObject<ListenerOptions>()),
});
const envelopeOptions = v.strictObject({ queue: v.optional(aNonEmptyText) });

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveClient(raw: StompClientOptions, name: string): ResolvedTransport {
  const given = parseOptions(clientOptions, raw, { describe: (key) => option(key, name) });
  return resolve(given, {}, name);
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveTransport(raw: StompTransportOptions, name: string): ResolvedTransport {
  const given = parseOptions(transportOptions, raw, { describe: (key) => option(key, name) });
  const listener = given.listener ?? {};
  resolveListenerOptions(listener);
  return resolve(given, listener, name);
}

function resolve(
  given: v.InferOutput<typeof clientOptions>,
  listener: ListenerOptions,
  name: string,
): ResolvedTransport {
  const { settings, messaging, ports, destinations, envelope } = given;
  return {
    messaging: messaging ?? createMessaging(settings ?? {}, { logger: nestLogger(name), ...ports }),
    isOwned: messaging === undefined,
    known: knownDestinations(destinations ?? []),
    envelopeQueue: envelope === undefined ? undefined : queueOf(envelope, name),
    listener,
  };
}

function queueOf(envelope: EnvelopeOptions, name: string): string {
  const { queue = '' } = parseOptions(envelopeOptions, envelope, {
    describe: (key) => option(`envelope${key === '' ? '' : `.${key}`}`, name),
  });
  return queueDestination(queue, `option envelope.queue of ${name}`);
}

function option(key: string, name: string): string {
  return key === '' ? `The options of ${name}` : `The option ${key} of ${name}`;
}
