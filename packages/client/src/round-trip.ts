/**
 * Measures how long the broker takes to answer. STOMP has no ping; a transaction that is begun and
 * aborted asks for nothing and is answered by every broker.
 */
import type { Clock } from './clock.js';
import type { ResolvedWait } from './operation-options.js';
import type { Outbox } from './outbox.js';

/** Milliseconds, what waits in front of it included. */
export async function measureRoundTrip(
  transaction: string,
  outbox: Outbox,
  wait: ResolvedWait,
  clock: Clock,
): Promise<number> {
  const headers = [['transaction', transaction]] as const;
  const begunAt = clock.now();
  await outbox.submit(
    { command: 'BEGIN', headers, subject: transaction, whenLost: 'raw' },
    { ...wait, hasReceipt: true },
  );
  const elapsedMs = clock.now() - begunAt;
  if (!outbox.isSealed) {
    outbox.post({ command: 'ABORT', headers, subject: transaction, whenLost: 'finished' });
  }
  return elapsedMs;
}
