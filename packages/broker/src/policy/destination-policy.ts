/**
 * How destinations behave: one default, and exceptions for names that match a pattern. Later entries of
 * the list win over earlier ones, setting by setting.
 *
 * What is decided when a message is sent, persistence and time to live, is decided once: for a SEND to
 * several destinations by the policy of the first, for virtual topics and durable subscriptions by that
 * of the topic.
 */
import { type Destination, ProtocolError, parseDestination } from '@stompbox/protocol';
import { type DestinationPattern, parsePattern } from '../destination-pattern.js';
import { invalid, requireKnown, requireWhole } from '../option-checks.js';
import { type RedeliveryPolicy, resolveRedeliveryPolicy } from '../redelivery-policy.js';

/** Where messages go that nobody could handle. */
export interface DeadLetterPolicy {
  /**
   * Name of the dead letter queue; `*` stands for the name of the queue that the message comes from.
   * Default `DLQ.*`; `ActiveMQ.DLQ` is one for all, as in ActiveMQ.
   */
  readonly queue: string;
  /** Expired messages go there too; otherwise they are discarded, and counted. Default true. */
  readonly expired: boolean;
  /** Messages that are not persistent go there too, when they have expired. Default false. */
  readonly nonPersistentExpired: boolean;
}

/** What may wait for one topic subscriber that is too slow. */
export interface TopicLimits {
  /** Messages that may wait for one slow subscriber. Default 100,000. */
  readonly maxBacklogMessages: number;
  /** Their bytes. Default 64 MiB. */
  readonly maxBacklogBytes: number;
}

export interface DestinationPolicy {
  readonly redelivery: RedeliveryPolicy;
  readonly deadLetter: DeadLetterPolicy;
  readonly topicLimits: TopicLimits;
  /** Messages of a higher priority are delivered first. Default true. */
  readonly prioritized: boolean;
  /**
   * Which messages survive a restart: `as-sent` those that were not sent with `persistent:false`, `always`
   * all of them, `never` none. Default `as-sent`.
   */
  readonly persistence: 'as-sent' | 'always' | 'never';
  /** Expiry in ms for messages that bring none; 0: they never expire. Default 0. */
  readonly defaultTimeToLiveMs: number;
  /** Longest time in ms that a message may ask to live; 0: no limit. Default 0. */
  readonly maxTimeToLiveMs: number;
  /** Unsettled messages per subscriber that names no number; 0: ActiveMQ's default of its kind. */
  readonly prefetch: number;
  /** Messages that a queue takes; beyond that a SEND is refused. 0: no limit. Default 0. */
  readonly maxMessages: number;
  /** Messages that a topic keeps for subscribers with `activemq.retroactive`. Default 0. */
  readonly retainedMessages: number;
}

/** A policy for destinations whose names match. */
export interface DestinationPolicyEntry
  extends Partial<Omit<DestinationPolicy, 'redelivery' | 'deadLetter' | 'topicLimits'>> {
  /** `/queue/orders.>`, `/topic/news.*`; without a prefix it is for queues. */
  readonly destination: string;
  readonly redelivery?: Partial<RedeliveryPolicy>;
  readonly deadLetter?: Partial<DeadLetterPolicy>;
  readonly topicLimits?: Partial<TopicLimits>;
}

const DEFAULTS: DestinationPolicy = {
  redelivery: resolveRedeliveryPolicy(),
  deadLetter: { queue: 'DLQ.*', expired: true, nonPersistentExpired: false },
  topicLimits: { maxBacklogMessages: 100_000, maxBacklogBytes: 64 * 1024 * 1024 },
  prioritized: true,
  persistence: 'as-sent',
  defaultTimeToLiveMs: 0,
  maxTimeToLiveMs: 0,
  prefetch: 0,
  maxMessages: 0,
  retainedMessages: 0,
};

const WHOLE_NUMBERS = [
  'defaultTimeToLiveMs',
  'maxTimeToLiveMs',
  'prefetch',
  'maxMessages',
  'retainedMessages',
] as const;

type Overrides = Omit<DestinationPolicyEntry, 'destination'>;

interface Rule {
  readonly kind: Destination['kind'];
  readonly pattern: DestinationPattern;
  readonly overrides: Overrides;
}

export class DestinationPolicies {
  readonly #rules: readonly Rule[];
  readonly #base: DestinationPolicy;
  readonly #deadLetterQueues: ReadonlyArray<(queueName: string) => boolean>;

  constructor(base: DestinationPolicy, rules: readonly Rule[]) {
    this.#base = base;
    this.#rules = rules;
    const names = [base, ...rules.map(({ overrides }) => overrides)].map(
      ({ deadLetter }) => deadLetter?.queue,
    );
    this.#deadLetterQueues = [...new Set(names)]
      .filter((name) => name !== undefined)
      .map(deadLetterMatcher);
  }

  /** True when messages of other queues are dead-lettered to this one. */
  isDeadLetterQueue(queueName: string): boolean {
    return this.#deadLetterQueues.some((isOne) => isOne(queueName));
  }

  policyOf(destination: Destination): DestinationPolicy {
    let policy = this.#base;
    for (const { kind, pattern, overrides } of this.#rules) {
      if (kind === destination.kind && pattern.matches(destination.name)) {
        policy = merged(policy, overrides);
      }
    }
    return policy;
  }
}

/**
 * @param base policies of all destinations, from the broker's own options
 * @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID`
 */
export function resolvePolicies(base: Overrides, entries: unknown): DestinationPolicies {
  if (!Array.isArray(entries)) throw invalid('policies', 'a list', entries);
  const defaults = merged(DEFAULTS, checked('', base));
  return new DestinationPolicies(
    defaults,
    entries.map((entry, index) => ruleOf(`policies[${index}]`, entry)),
  );
}

/** The dead letter queue of a destination; temporary ones share one, or each would leave its own behind. */
export function deadLetterQueueOf(
  { deadLetter }: DestinationPolicy,
  { kind, name }: Destination,
): string {
  const isTemporary = kind === 'temp-queue' || kind === 'temp-topic';
  return deadLetter.queue.replaceAll('*', () => (isTemporary ? kind : name));
}

function deadLetterMatcher(template: string): (queueName: string) => boolean {
  const [before = '', ...rest] = template.split('*');
  if (rest.length === 0) return (name) => name === template;
  const after = rest.at(-1) ?? '';
  const least = before.length + after.length;
  return (name) => name.length > least && name.startsWith(before) && name.endsWith(after);
}

function ruleOf(path: string, raw: DestinationPolicyEntry): Rule {
  requireKnown(path, raw, ['destination', ...Object.keys(DEFAULTS)]);
  const { destination, ...overrides } = raw;
  const { kind, name } = destinationOf(`${path}.destination`, destination);
  return { kind, pattern: parsePattern(name), overrides: checked(`${path}.`, overrides) };
}

function destinationOf(path: string, value: unknown): Destination {
  const expected = 'one destination such as "/queue/orders.>"';
  if (typeof value !== 'string' || value.includes(',')) throw invalid(path, expected, value);
  try {
    return parseDestination(value);
  } catch (error) {
    if (error instanceof ProtocolError) throw invalid(path, expected, value);
    throw error;
  }
}

function checked(path: string, raw: Overrides): Overrides {
  const { redelivery, deadLetter = {}, topicLimits = {}, persistence } = raw;
  if (redelivery !== undefined) resolveRedeliveryPolicy(redelivery, `${path}redelivery`);
  requireKnown(`${path}deadLetter`, deadLetter, Object.keys(DEFAULTS.deadLetter));
  if (deadLetter.queue !== undefined && !isQueueName(deadLetter.queue)) {
    const expected = 'the name of a queue without a prefix, such as "DLQ.*"';
    throw invalid(`${path}deadLetter.queue`, expected, deadLetter.queue);
  }
  requireBoolean(`${path}deadLetter.expired`, deadLetter.expired);
  requireBoolean(`${path}deadLetter.nonPersistentExpired`, deadLetter.nonPersistentExpired);
  requireKnown(`${path}topicLimits`, topicLimits, Object.keys(DEFAULTS.topicLimits));
  for (const [name, value] of Object.entries(topicLimits)) {
    if (value !== undefined) requireWhole(`${path}topicLimits.${name}`, value);
  }
  for (const name of WHOLE_NUMBERS) {
    if (raw[name] !== undefined) requireWhole(`${path}${name}`, raw[name]);
  }
  requireBoolean(`${path}prioritized`, raw.prioritized);
  if (persistence !== undefined && !['as-sent', 'always', 'never'].includes(persistence)) {
    throw invalid(`${path}persistence`, '"as-sent", "always" or "never"', persistence);
  }
  return raw;
}

function isQueueName(value: unknown): boolean {
  // A bare `*` would make every queue the dead letter queue of itself.
  if (typeof value !== 'string' || value.trim() !== value || value === '' || value === '*') {
    return false;
  }
  return !value.startsWith('/') && !value.includes(',') && !/(^|\.)>$/.test(value);
}

function requireBoolean(path: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw invalid(path, 'true or false', value);
}

function merged(policy: DestinationPolicy, overrides: Overrides): DestinationPolicy {
  return {
    ...policy,
    ...given(overrides),
    redelivery: { ...policy.redelivery, ...given(overrides.redelivery) },
    deadLetter: { ...policy.deadLetter, ...given(overrides.deadLetter) },
    topicLimits: { ...policy.topicLimits, ...given(overrides.topicLimits) },
  };
}

/** Without what is `undefined`, which stands for "not said". */
function given<Settings extends object>(settings: Settings | undefined): Settings {
  const said = Object.entries(settings ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Settings;
}
