import { invalid, requireKnown, requireWhole } from './option-checks.js';
import type { Randomness } from './random.js';

/** What happens to a message that a consumer refuses by NACK. */
export interface RedeliveryPolicy {
  /** Redeliveries before the message is dead-lettered. Default 6. */
  readonly maxRedeliveries: number;
  /** Wait before the first redelivery, in ms. Default 1,000. */
  readonly initialDelayMs: number;
  /** Each further wait is this many times longer. Default 2. */
  readonly multiplier: number;
  /** Longest wait, in ms. Default 60,000. */
  readonly maxDelayMs: number;
  /** Each wait is changed by up to this part of itself, up or down; 0 to 1. Default 0. */
  readonly jitter: number;
  /**
   * Deliveries, also to consumers that died with it, before the message is dead-lettered; 0: no limit.
   * Default 0, as in ActiveMQ.
   */
  readonly maxDeliveries: number;
}

const DEFAULTS: RedeliveryPolicy = {
  maxRedeliveries: 6,
  initialDelayMs: 1000,
  multiplier: 2,
  maxDelayMs: 60_000,
  jitter: 0,
  maxDeliveries: 0,
};

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveRedeliveryPolicy(
  raw: Partial<RedeliveryPolicy> = {},
  path = 'redelivery',
): RedeliveryPolicy {
  requireKnown(path, raw, Object.keys(DEFAULTS));
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined) continue;
    // Infinity: it is redelivered until somebody takes it.
    if (name === 'maxRedeliveries' && value === Number.POSITIVE_INFINITY) continue;
    if (name === 'maxRedeliveries' || name === 'maxDeliveries') {
      requireWhole(`${path}.${name}`, value);
      continue;
    }
    const least = name === 'multiplier' ? 1 : 0;
    const most = name === 'jitter' ? 1 : Number.POSITIVE_INFINITY;
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      const range = name === 'jitter' ? 'from 0 to 1' : `of at least ${least}`;
      throw invalid(`${path}.${name}`, `a number ${range}`, value);
    }
  }
  const given = Object.entries(raw).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/** Wait before a redelivery, in ms. @param count 1 for the first one */
export function redeliveryDelayMs(
  policy: RedeliveryPolicy,
  count: number,
  random: Randomness,
): number {
  const delay = Math.min(
    policy.initialDelayMs * policy.multiplier ** (count - 1),
    policy.maxDelayMs,
  );
  if (policy.jitter === 0) return delay;
  return delay * (1 + policy.jitter * (2 * random() - 1));
}
