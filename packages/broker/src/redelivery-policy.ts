import { invalid, requireKnown } from './option-checks.js';

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
}

const DEFAULTS: RedeliveryPolicy = {
  maxRedeliveries: 6,
  initialDelayMs: 1000,
  multiplier: 2,
  maxDelayMs: 60_000,
};

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveRedeliveryPolicy(raw: Partial<RedeliveryPolicy> = {}): RedeliveryPolicy {
  requireKnown('redelivery', raw, Object.keys(DEFAULTS));
  for (const [name, value] of Object.entries(raw)) {
    const least = name === 'multiplier' ? 1 : 0;
    if (typeof value !== 'number' || !(value >= least)) {
      throw invalid(`redelivery.${name}`, `a number of at least ${least}`, value);
    }
  }
  return { ...DEFAULTS, ...raw };
}

/** Wait before a redelivery, in ms. @param count 1 for the first one */
export function redeliveryDelayMs(policy: RedeliveryPolicy, count: number): number {
  return Math.min(policy.initialDelayMs * policy.multiplier ** (count - 1), policy.maxDelayMs);
}
