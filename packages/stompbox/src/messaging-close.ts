/** How long closing the message service may take, and how what it left is told. */
import * as v from 'valibot';
import type { StartedListener } from './listener/started-listener.js';
import { anAbortSignal, aWholeNumber, parseOptions } from './options.js';

export interface MessagingCloseOptions {
  /**
   * How long handlers, acknowledgements and sends have to finish, in ms. Default 25 000, which fits
   * into the 30 s that a supervisor usually waits before it kills a process.
   */
  readonly timeoutMs?: number | undefined;
  /** Cuts the rest at once when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedClose {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const DRAIN_TIMEOUT_MS = 25_000;

const closeOptions = v.strictObject({
  timeoutMs: v.optional(aWholeNumber(1, 2_147_483_647)),
  signal: v.optional(anAbortSignal),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveCloseOptions(
  raw: MessagingCloseOptions,
  defaultTimeoutMs: number = DRAIN_TIMEOUT_MS,
): ResolvedClose {
  const { timeoutMs, signal } = parseOptions(closeOptions, raw, {
    describe: (key) => (key === '' ? 'The options of close()' : `The option ${key} of close()`),
    aliases: { timeout: 'timeoutMs', drainTimeoutMs: 'timeoutMs' },
  });
  return { timeoutMs: timeoutMs ?? defaultTimeoutMs, signal };
}

/** For example: `OrderListener with 2 messages from /queue/orders (ids ID:a-1, ID:a-2), 1 send`. */
export function describeLeft(
  listeners: Iterable<StartedListener>,
  startingCount: number,
  sendingCount: number,
): string {
  const left: string[] = [];
  for (const { name, destination, containers } of listeners) {
    for (const container of containers) {
      const { state, unfinishedCount, runningMessageIds } = container;
      if (state === 'closed' && unfinishedCount === 0) continue;
      const ids = runningMessageIds.length === 0 ? '' : ` (ids ${runningMessageIds.join(', ')})`;
      left.push(`${name} with ${count(unfinishedCount, 'message')} from ${destination}${ids}`);
    }
  }
  if (startingCount > 0) left.push(`${count(startingCount, 'listener')} about to start`);
  if (sendingCount > 0) left.push(count(sendingCount, 'send'));
  return left.join(', ') || 'nothing';
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
