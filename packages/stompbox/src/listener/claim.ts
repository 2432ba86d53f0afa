/** Asks the idempotency store of a listener about a delivery. */
import { pause } from '../failure/relocator.js';
import type { Delivery } from './delivery.js';
import type { ListenerRuntime } from './listener-runtime.js';

export interface IdempotencyClaim {
  finish(): Promise<void>;
  forget(): Promise<void>;
}

/** How often a store is asked again while another consumer has the message. */
const ASK_AGAIN_MS = 500;
/** How long a handler without a time limit is taken to be alive. */
const DEFAULT_CLAIM_MS = 15 * 60_000;

/**
 * `undefined`: there is no store. `done`: the message was handled before. `released`: another consumer has
 * it, and this listener stops.
 *
 * @throws what the store throws; the message is then left to the broker
 */
export async function claimOf(
  delivery: Delivery,
  { options, clock }: ListenerRuntime,
  { draining }: { readonly draining: AbortSignal },
): Promise<IdempotencyClaim | 'done' | 'released' | undefined> {
  const { idempotency: store, timeoutMs } = options;
  if (store === undefined) return undefined;
  const { key } = delivery;
  const claimMs = timeoutMs === undefined ? DEFAULT_CLAIM_MS : 2 * timeoutMs;
  for (;;) {
    const answer = await store.begin(key, claimMs);
    if (answer === 'done') return 'done';
    if (answer === 'new') {
      return { finish: () => store.finish(key), forget: () => store.forget(key) };
    }
    try {
      await pause(ASK_AGAIN_MS, draining, clock);
    } catch {
      return 'released';
    }
  }
}
