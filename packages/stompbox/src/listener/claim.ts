/**
 * Asks the idempotency store of a listener about a delivery.
 *
 * A store that fails is asked again with growing pauses. Meanwhile the message stays unacknowledged and its
 * slot taken, so that a store that is away pauses the listener, and its return continues it: given up, the
 * message would stay with this session for ever, and a listener with small prefetch would stand still.
 */
import { pause } from '../failure/relocator.js';
import type { Delivery } from './delivery.js';
import type { ListenerRuntime } from './listener-runtime.js';

export interface IdempotencyClaim {
  finish(): Promise<void>;
  forget(): Promise<void>;
}

/** How often a store is asked again while another consumer has the message. */
const ASK_AGAIN_MS = 500;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** How long a handler without a time limit is taken to be alive. */
const DEFAULT_CLAIM_MS = 15 * 60_000;

/**
 * `undefined`: there is no store. `done`: the message was handled before. `released`: another consumer has
 * it, and this listener stops.
 *
 * @throws what the store throws when the listener drains; the message is then left to the broker
 */
export async function claimOf(
  delivery: Delivery,
  runtime: ListenerRuntime,
  { draining }: { readonly draining: AbortSignal },
): Promise<IdempotencyClaim | 'done' | 'released' | undefined> {
  const { options, clock } = runtime;
  const { idempotency: store, timeoutMs } = options;
  if (store === undefined) return undefined;
  const { key } = delivery;
  const insist = <T>(ask: () => Promise<T>) => untilAnswered(ask, delivery, runtime, draining);
  const claimMs = timeoutMs === undefined ? DEFAULT_CLAIM_MS : 2 * timeoutMs;
  for (;;) {
    const answer = await insist(() => store.begin(key, claimMs));
    if (answer === 'done') return 'done';
    if (answer === 'new') {
      return {
        finish: () => insist(() => store.finish(key)),
        forget: () => insist(() => store.forget(key)),
      };
    }
    try {
      await pause(ASK_AGAIN_MS, draining, clock);
    } catch {
      return 'released';
    }
  }
}

async function untilAnswered<T>(
  ask: () => Promise<T>,
  delivery: Delivery,
  { clock, logger }: ListenerRuntime,
  draining: AbortSignal,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (draining.aborted) throw error;
      delivery.tell({ type: 'settle-failed', error });
      const { messageId, destination } = delivery.message;
      logger.error(
        `the idempotency store failed for message ${messageId} from ${destination} and is asked ` +
          `again in ${pauseMs} ms: ${error instanceof Error ? error.message : String(error)}`,
      );
      // Draining ends the pause, and the next answer counts.
      await pause(pauseMs, draining, clock).catch(() => undefined);
    }
  }
}
