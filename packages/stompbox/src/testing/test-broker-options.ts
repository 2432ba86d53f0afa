/** The options of a test broker, checked once. */
import type { BrokerOptions } from '@stompbox/broker';
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import { aBoolean, anObject, aWholeNumber, expected, parseOptions } from '../options.js';
import type { TestProfile } from './profile/imitation.js';
import { TEST_PROFILES } from './profile/imitations.js';

export interface TestBrokerOptions {
  /** Which broker it passes itself off as, with what that one does differently. Default `stompbox`. */
  readonly profile?: TestProfile | undefined;
  /**
   * False: a broker without a schedule, as ActiveMQ is unless its `schedulerSupport` is on; delayed
   * messages are delivered at once. Default true; RabbitMQ never has one.
   */
  readonly scheduler?: boolean | undefined;
  /**
   * `fake`: time stands still until `advance`. `system`: the system's. Default `fake`, with a `port`
   * `system`, because other processes have their own time.
   */
  readonly clock?: 'fake' | 'system' | undefined;
  /** Where a fake clock begins, in ms since the epoch. Default: the time of the system. */
  readonly startAt?: number | undefined;
  /** Listens on 127.0.0.1, too, for clients that are not in this process; 0 takes any free port. */
  readonly port?: number | undefined;
  /** More options of the embedded broker: policies, limits. It always keeps its messages in memory. */
  readonly broker?: Omit<BrokerOptions, 'data' | 'memory' | 'connectors' | 'clock'> | undefined;
}

export interface ResolvedTestBroker {
  readonly profile: TestProfile;
  readonly hasScheduler: boolean;
  readonly hasFakeClock: boolean;
  readonly startAt: number | undefined;
  readonly port: number | undefined;
  readonly broker: BrokerOptions;
}

/** What the kit decides itself. */
const TAKEN = ['data', 'memory', 'connectors', 'clock'];

export const brokerEntries = {
  profile: v.optional(
    expected<TestProfile>("'stompbox', 'activemq', 'artemis' or 'rabbitmq'", (value) =>
      TEST_PROFILES.some((profile) => profile === value),
    ),
  ),
  scheduler: v.optional(aBoolean),
  clock: v.optional(
    expected<'fake' | 'system'>(
      "'fake' or 'system'",
      (value) => value === 'fake' || value === 'system',
    ),
  ),
  startAt: v.optional(aWholeNumber(0, Number.MAX_SAFE_INTEGER)),
};

const brokerOptions = v.strictObject({
  ...brokerEntries,
  port: v.optional(aWholeNumber(0, 65_535)),
  broker: v.optional(anObject<BrokerOptions>()),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveTestBroker(raw: TestBrokerOptions): ResolvedTestBroker {
  const given = parseOptions(brokerOptions, raw, {
    describe: (key) =>
      key === '' ? 'The options of testBroker()' : `The option ${key} of testBroker()`,
  });
  const { profile = 'stompbox', scheduler = true, port, broker = {} } = given;
  for (const name of TAKEN) {
    if (name in broker) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The option broker.${name} of testBroker() is decided by the kit: leave it out`,
      );
    }
  }
  return {
    profile,
    hasScheduler: scheduler,
    hasFakeClock: (given.clock ?? (port === undefined ? 'fake' : 'system')) === 'fake',
    startAt: given.startAt,
    port,
    broker,
  };
}
