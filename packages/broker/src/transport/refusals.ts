/**
 * Counts whom a connector did not let in, and tells of it without becoming a flood itself: each reason is
 * told at once, then at most once a minute, with the number of those that were left out.
 */
import type { Clock } from '../clock.js';
import { ConnectorError, type ConnectorErrorCode } from './connector-error.js';

const QUIET_MS = 60_000;

interface Reason {
  count: number;
  toldAtMs: number;
  untold: number;
}

export interface RefusalsContext {
  readonly clock: Clock;
  readonly onError: (error: ConnectorError) => void;
}

export class Refusals {
  readonly #context: RefusalsContext;
  readonly #reasons = new Map<ConnectorErrorCode, Reason>();
  /** Where it happened, for the texts; known only when the connector listens. */
  url = '';

  constructor(context: RefusalsContext) {
    this.#context = context;
  }

  /** Since the start. */
  get count(): number {
    let count = 0;
    for (const reason of this.#reasons.values()) count += reason.count;
    return count;
  }

  /** @param text what happened and what to do, after the URL of the connector */
  add(code: ConnectorErrorCode, text: string, cause?: unknown): void {
    const { clock, onError } = this.#context;
    const nowMs = clock.monotonicMs();
    const reason = this.#reasons.get(code) ?? { count: 0, toldAtMs: -QUIET_MS, untold: 0 };
    this.#reasons.set(code, reason);
    reason.count += 1;
    if (reason.count > 1 && nowMs - reason.toldAtMs < QUIET_MS) {
      reason.untold += 1;
      return;
    }
    const more = reason.untold === 0 ? '' : ` (and ${reason.untold} more since this was last told)`;
    reason.toldAtMs = nowMs;
    reason.untold = 0;
    onError(new ConnectorError(code, `${this.url} ${text}${more}`, { cause }));
  }
}
