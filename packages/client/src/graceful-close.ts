/**
 * Ends a connection in order, so that nothing that was done must be done again:
 *
 *   1. no new messages      ack mode auto: UNSUBSCRIBE; client modes: what arrives is ignored
 *   2. handlers finish      they may still send and acknowledge
 *   3. receipts             everything that was sent is confirmed
 *   4. DISCONNECT           its receipt says that the broker has read all before it
 *
 * One deadline bounds all of it; then the connection is cut.
 */
import type { Clock } from './clock.js';
import { TimeoutError } from './errors.js';
import type { ResolvedWait } from './operation-options.js';
import type { Outbox } from './outbox.js';
import type { Session } from './session.js';
import type { Subscriptions } from './subscriptions.js';
import { waitFor } from './wait.js';

export interface CloseParts {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  /** Why nothing is accepted after the third step. */
  readonly refusal: (what: string) => Error;
  readonly wait: ResolvedWait;
}

/** @throws `STOMP_NET_TIMEOUT_CLOSE`, or the signal's reason; the session is left as it is then. */
export async function closeGracefully(parts: CloseParts): Promise<void> {
  await waitFor(runSteps(parts), parts.wait, parts.clock, () =>
    TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', [
      `The connection to ${parts.session.peer}`,
      parts.wait.timeoutMs,
      whatIsLeft(parts.outbox, parts.subscriptions.all),
    ]),
  );
}

async function runSteps(parts: CloseParts): Promise<void> {
  const { outbox, subscriptions } = parts;
  const all = subscriptions.all;
  // A refused UNSUBSCRIBE must not keep the rest from ending in order; DISCONNECT ends it as well.
  await Promise.allSettled(all.map((subscription) => subscription.stopIntake()));
  await Promise.all(all.map((subscription) => subscription.whenIdle()));
  await outbox.whenIdle();
  // Lost on the way: there is nobody to say goodbye to.
  if (!parts.session.isOpen) return;
  const goodbye = outbox.submit(
    { command: 'DISCONNECT', headers: [], subject: '', whenLost: 'finished' },
    { hasReceipt: true, timeoutMs: parts.wait.timeoutMs, signal: undefined },
  );
  outbox.seal(parts.refusal);
  await goodbye;
  parts.session.end();
}

/** For messages. */
export function whatIsLeft(
  outbox: Outbox,
  subscriptions: readonly { readonly runningCount: number }[],
): string {
  const handlers = subscriptions.reduce((sum, { runningCount }) => sum + runningCount, 0);
  const frames = outbox.waitingCount + outbox.unansweredCount;
  return `${handlers} message handlers, ${frames} unconfirmed frames`;
}
