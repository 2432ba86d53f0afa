import { OptionsError } from '@stompbox/protocol';

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

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function resolveRedeliveryPolicy(raw: Partial<RedeliveryPolicy> = {}): RedeliveryPolicy {
  const policy = { ...DEFAULTS, ...raw };
  for (const [name, value] of Object.entries(policy)) {
    if (!(name in DEFAULTS)) {
      throw new OptionsError('STOMP_OPT_UNKNOWN', `Unknown option redelivery.${name}`);
    }
    const least = name === 'multiplier' ? 1 : 0;
    if (typeof value !== 'number' || !(value >= least)) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `redelivery.${name} must be a number of at least ${least}, not ${String(value)}`,
      );
    }
  }
  return policy;
}

/** Wait before a redelivery, in ms. @param count 1 for the first one */
export function redeliveryDelayMs(policy: RedeliveryPolicy, count: number): number {
  return Math.min(policy.initialDelayMs * policy.multiplier ** (count - 1), policy.maxDelayMs);
}
