/** The options of `testMessaging`, checked once. */
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import type {
  ListenerDefinition,
  ListenerFunction,
  MessageListener,
} from '../listener/listener.js';
import type { ConsumeOptions } from '../listener/listener-options.js';
import type { Logger } from '../logger.js';
import { anObject, aWholeNumber, expected, parseOptions } from '../options.js';
import type { SettingsInput } from '../settings/settings.js';
import { EmbeddedTestBroker, type TestBroker } from './test-broker.js';
import { brokerEntries, type TestBrokerOptions } from './test-broker-options.js';

type AnyListener = ListenerDefinition<never> | MessageListener<never> | ListenerFunction<never>;

/** A listener as `consume` takes it, if need be with its options: `[new OrderListener(), { queue }]`. */
export type TestListener = AnyListener | readonly [AnyListener, ConsumeOptions];

export interface TestMessagingOptions
  extends Pick<TestBrokerOptions, 'profile' | 'scheduler' | 'clock' | 'startAt'> {
  /** Started before `testMessaging` resolves. Default none. */
  readonly listeners?: readonly TestListener[] | undefined;
  /** As for `createMessaging`; the url is that of the test broker. The environment is not read. */
  readonly settings?: Omit<SettingsInput, 'url' | 'port'> | undefined;
  /**
   * A broker that several tests share; each has names of its own there, without noticing. It stays open,
   * and its clock is everybody's. Default: a broker of its own.
   */
  readonly broker?: TestBroker | undefined;
  /** Waiting fails when so long nothing has happened, in ms of real time. Default 2,000. */
  readonly inactivityMs?: number | undefined;
  /** Gets what the service logs. Default: warnings and errors are kept, for the report of a failure. */
  readonly logger?: Logger | undefined;
}

export interface ResolvedTestMessaging {
  readonly listeners: readonly TestListener[];
  readonly settings: SettingsInput;
  readonly broker: EmbeddedTestBroker | undefined;
  readonly ownBroker: TestBrokerOptions;
  readonly inactivityMs: number;
  readonly logger: Logger | undefined;
}

const messagingOptions = v.strictObject({
  ...brokerEntries,
  listeners: v.optional(
    expected<readonly TestListener[]>('a list of listeners', (value) => Array.isArray(value)),
  ),
  settings: v.optional(anObject<SettingsInput>()),
  broker: v.optional(
    expected<EmbeddedTestBroker>(
      'what testBroker() gives',
      (value) => value instanceof EmbeddedTestBroker,
    ),
  ),
  inactivityMs: v.optional(aWholeNumber(1, 600_000)),
  logger: v.optional(anObject<Logger>()),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveTestMessaging(raw: TestMessagingOptions): ResolvedTestMessaging {
  const given = parseOptions(messagingOptions, raw, {
    describe: (key) =>
      key === '' ? 'The options of testMessaging()' : `The option ${key} of testMessaging()`,
    aliases: { timeoutMs: 'inactivityMs', listener: 'listeners' },
  });
  const { listeners = [], settings = {}, broker, inactivityMs = 2_000, logger, ...own } = given;
  const [ofBroker] = Object.keys(own);
  if (broker !== undefined && ofBroker !== undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The option ${ofBroker} of testMessaging() is the broker's: give it to testBroker()`,
    );
  }
  for (const name of ['url', 'port'] as const) {
    if (settings[name] === undefined) continue;
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The option settings.${name} of testMessaging() is the test broker's: leave it out`,
    );
  }
  return { listeners, settings, broker, ownBroker: own, inactivityMs, logger };
}
