/** What the options of a listener come to on one of its destinations. */
import type { Logger } from '../logger.js';
import type { ResolvedConsumption } from './listener-options.js';
import type { SubscriptionPlan } from './subscription-plan.js';

export function optionsOn(
  { retryTo }: SubscriptionPlan,
  options: ResolvedConsumption,
  listenerName: string,
  logger: Logger,
): ResolvedConsumption {
  const { retry } = options;
  const retryIf = (error: unknown) => {
    try {
      return retry.retryIf(error);
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      logger.error(`retryIf of ${listenerName} failed, and the message is tried again: ${why}`);
      return true;
    }
  };
  // From where nothing comes back, there is no later try.
  const delayedMs = retryTo === 'none' ? [] : retry.delayedMs;
  return { ...options, retry: { ...retry, delayedMs, retryIf } };
}
