/**
 * What will happen to a message of a listener, as data, found out from the same plans that the service
 * follows. It connects to nothing.
 */
import {
  assertSafeSubscribe,
  type BrokerProfile,
  type ProfileName,
  profileOf,
  subscribeHeaders,
} from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { FAILURE_HEADERS } from '../../failure/failure-headers.js';
import { holdQueues } from '../../failure/hold-queues.js';
import { resolveRetry } from '../../failure/retry-options.js';
import { maxAttemptsOf } from '../../failure/retry-plan.js';
import {
  nameOf,
  planSubscription,
  type SubscriptionPlan,
} from '../../listener/subscription-plan.js';
import type { Settings } from '../../settings/settings.js';
import { type DescribedListener, deadLetterNameOf } from './describe-listener.js';

export interface Explanation {
  readonly listener: string;
  readonly handling: Handling;
  /** One for each of its destinations. */
  readonly destinations: readonly DestinationExplanation[];
}

export interface Handling {
  readonly concurrency: { readonly min: number; readonly max: number };
  readonly prefetch: number;
  readonly ack: 'onSuccess' | 'first' | 'manual';
  readonly timeoutMs: number | null;
  readonly slowAfterMs: number;
  readonly batch: { readonly size: number; readonly timeoutMs: number } | null;
  readonly rateLimit: { readonly max: number; readonly perMs: number } | null;
  readonly circuit: Readonly<Record<string, number>> | null;
  readonly hasIdempotency: boolean;
  readonly hasSchema: boolean;
  readonly needsCorrelationId: boolean;
  /** What is not tried again, beside what the listener itself says with `UnrecoverableError`. */
  readonly unrecoverable: readonly string[];
  /** Asked before each retry. */
  readonly hasRetryIf: boolean;
}

export interface DestinationExplanation {
  /** In STOMP's form, as the application names it. */
  readonly destination: string;
  /** False: a plain topic, whose messages the broker takes for settled when it has sent them. */
  readonly isAcked: boolean;
  readonly subscriptions: readonly SubscriptionExplanation[];
  readonly tries: readonly Try[];
  readonly deadLetter: { readonly queue: string; readonly headers: readonly string[] };
}

/** How it is at one broker. */
export type SubscriptionExplanation =
  | {
      readonly profile: ProfileName;
      readonly title: string;
      readonly subscribesTo: string;
      readonly ack: string;
      readonly headers: Readonly<Record<string, string>>;
      /** A queue that is read too, for messages that are tried again. */
      readonly retryQueue: string | null;
      readonly waits: Waits;
    }
  | { readonly profile: ProfileName; readonly title: string; readonly refused: string };

export interface Waits {
  /** By what a message waits for a later try; `asked`: the broker's schedule if it has one, else hold. */
  readonly by: 'schedule' | 'hold' | 'asked' | 'nothing';
  readonly holdQueues: readonly string[];
}

export interface Try {
  /** Counted from 1. */
  readonly attempt: number;
  /** Who has the message before it: the broker's first delivery, this process, or the broker once more. */
  readonly after: 'delivery' | 'process' | 'broker';
  readonly waitMs: number;
  /** The shortest and the longest wait, by the jitter. */
  readonly betweenMs: readonly [number, number];
}

/** What brokers there are that somebody may mean; `generic` is none of them. */
const PROFILES: readonly ProfileName[] = ['activemq', 'artemis', 'rabbitmq', 'stompbox'];
const SCHEDULED: readonly ProfileName[] = ['stompbox', 'artemis'];

/** @param profile undefined: all that there are. */
export function explainListener(
  described: DescribedListener,
  settings: Settings,
  profile?: ProfileName,
): Explanation {
  const profiles = (profile === undefined ? PROFILES : [profile]).map(profileOf);
  return {
    listener: described.name,
    handling: handlingOf(described, settings),
    destinations: described.destinations.map((destination) =>
      explainDestination(described, destination, settings, profiles),
    ),
  };
}

function handlingOf({ options, typed }: DescribedListener, settings: Settings): Handling {
  const { retry } = options;
  return {
    concurrency: options.concurrency,
    prefetch: options.prefetch,
    ack: options.ack,
    timeoutMs: options.timeoutMs ?? null,
    slowAfterMs: options.slowAfterMs,
    batch: options.batch ?? null,
    rateLimit: options.rateLimit ?? null,
    circuit: options.circuit === undefined ? null : { ...options.circuit },
    hasIdempotency: options.idempotency !== undefined,
    hasSchema: typed?.schema !== undefined,
    needsCorrelationId: settings.correlation.required,
    unrecoverable: retry.unrecoverable.map((one) => (typeof one === 'string' ? one : one.name)),
    hasRetryIf: retry.retryIf !== resolveRetry({}).retryIf,
  };
}

function explainDestination(
  described: DescribedListener,
  destination: string,
  settings: Settings,
  profiles: readonly BrokerProfile[],
): DestinationExplanation {
  const found = profiles.map((profile) =>
    subscriptionAt(profile, described, destination, settings),
  );
  const plan = found.find((one) => one.plan !== undefined)?.plan;
  const queueName = plan?.queueName ?? nameOf(destination);
  const dead = deadLetterNameOf(described, queueName);
  return {
    destination,
    isAcked: plan?.isAcked ?? true,
    subscriptions: found.map(({ subscription }) => subscription),
    tries: triesOf(described, plan?.retryTo !== 'none'),
    deadLetter: {
      queue: dead.startsWith('/') ? dead : `/queue/${dead}`,
      headers: headersOfDeadLetter(described),
    },
  };
}

function headersOfDeadLetter({ options }: DescribedListener): readonly string[] {
  const { retryAt, retryTo, failureStack, ...others } = FAILURE_HEADERS;
  return [...Object.values(others), ...(options.retry.stack ? [failureStack] : [])];
}

function subscriptionAt(
  profile: BrokerProfile,
  { name, options }: DescribedListener,
  destination: string,
  { clientId }: Settings,
): { readonly subscription: SubscriptionExplanation; readonly plan?: SubscriptionPlan } {
  const at = { profile: profile.name, title: profile.title };
  try {
    const plan = planSubscription(destination, name, options, profile);
    const { ack = 'auto', prefetch, durable, selector, headers = {} } = plan.options;
    assertSafeSubscribe(profile, { ack, prefetch, durable, selector, clientId });
    const own = subscribeHeaders(profile, { prefetch, durable, clientId });
    const others = Object.entries(headers).map(([key, value]) => [key, String(value)] as const);
    const selected = selector === undefined ? [] : [['selector', selector] as const];
    const subscription = {
      ...at,
      subscribesTo: plan.destination,
      ack,
      headers: Object.fromEntries([...selected, ...own, ...others]),
      retryQueue: plan.retryQueue ?? null,
      waits: waitsAt(profile, plan, options),
    };
    return { subscription, plan };
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    return { subscription: { ...at, refused: error.message } };
  }
}

function waitsAt(
  { name }: BrokerProfile,
  plan: SubscriptionPlan,
  { retry }: DescribedListener['options'],
): Waits {
  if (plan.retryTo === 'none' || retry.delayedMs.length === 0) {
    return { by: 'nothing', holdQueues: [] };
  }
  const held = holdQueues(plan.holdName, retry);
  if (retry.delayBy === 'hold') return { by: 'hold', holdQueues: held };
  if (retry.delayBy === 'schedule' || SCHEDULED.includes(name)) {
    return { by: 'schedule', holdQueues: [] };
  }
  return { by: name === 'activemq' ? 'asked' : 'hold', holdQueues: held };
}

/** @param hasLater false: a plain topic, which has no place for a message to wait. */
function triesOf({ options }: DescribedListener, hasLater: boolean): readonly Try[] {
  const retry = hasLater ? options.retry : { ...options.retry, delayedMs: [] };
  const { immediateMs, delayedMs, jitter } = retry;
  const tries = Array.from({ length: maxAttemptsOf(retry) }, (_, index): Try => {
    const attempt = index + 1;
    if (index === 0) return { attempt, after: 'delivery', waitMs: 0, betweenMs: [0, 0] };
    const immediate = immediateMs[index - 1];
    if (immediate !== undefined) {
      return { attempt, after: 'process', waitMs: immediate, betweenMs: [immediate, immediate] };
    }
    const waitMs = delayedMs[index - 1 - immediateMs.length] ?? 0;
    const most = Math.round(waitMs * jitter);
    return { attempt, after: 'broker', waitMs, betweenMs: [waitMs - most, waitMs + most] };
  });
  return tries;
}
