/**
 * Sends the rows of one claim. Rows of one order key go one after the other, each after the receipt of the
 * one before; all others go at once. Rows that have failed before come last, each with nothing beside
 * it, so that a message which makes the broker drop the connection takes no other with it.
 *
 * Every row gets exactly one outcome, and one that was not tried is released.
 */
import type { Posting } from './outbox-message.js';
import type { OutboxRow } from './outbox-row.js';
import { verdictOf } from './send-verdict.js';

export type RowOutcome =
  | { readonly type: 'sent'; readonly row: OutboxRow; readonly durationMs: number }
  /** Not tried, or for no fault of its own in vain. */
  | { readonly type: 'released'; readonly row: OutboxRow }
  | {
      readonly type: 'attempt-failed';
      readonly row: OutboxRow;
      readonly error: unknown;
      /** This one included. */
      readonly attempts: number;
      /** Undefined: it is given up. */
      readonly delayMs: number | undefined;
    };

export interface BatchParts {
  /** Rejects as `messaging.send`. */
  readonly send: (posting: Posting) => Promise<void>;
  /** @throws when the row is none of ours */
  readonly postingOf: (row: OutboxRow) => Posting;
  /** False: no more sends begin. */
  readonly mayBegin: () => boolean;
  readonly now: () => number;
  readonly pauseMs: (failures: number) => number;
  readonly maxAttempts: number;
  /** Whether a row that is given up holds up those after it. */
  readonly isHeldByFailed: boolean;
  readonly settle: (outcome: RowOutcome) => void;
}

export interface BatchResult {
  readonly sentCount: number;
  /** Why the relay should pause. */
  readonly trouble: unknown;
}

export async function sendBatch(
  rows: readonly OutboxRow[],
  parts: BatchParts,
): Promise<BatchResult> {
  const batch = new Batch(parts);
  const lanes = lanesOf(rows);
  const fresh = lanes.filter((lane) => attemptsIn(lane) === 0);
  const failed = lanes.filter((lane) => attemptsIn(lane) > 0);
  await Promise.all(fresh.map((lane) => batch.run(lane, false)));
  // What has failed least is the least suspect.
  failed.sort((a, b) => attemptsIn(a) - attemptsIn(b));
  for (const lane of failed) await batch.run(lane, true);
  return batch;
}

function attemptsIn(lane: readonly OutboxRow[]): number {
  return Math.max(...lane.map(({ attempts }) => attempts));
}

/** Rows that must go one after the other. */
function lanesOf(rows: readonly OutboxRow[]): readonly (readonly OutboxRow[])[] {
  const lanes: OutboxRow[][] = [];
  const byKey = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const known = row.orderKey === undefined ? undefined : byKey.get(row.orderKey);
    if (known !== undefined) {
      known.push(row);
      continue;
    }
    const lane = [row];
    lanes.push(lane);
    if (row.orderKey !== undefined) byKey.set(row.orderKey, lane);
  }
  return lanes;
}

class Batch implements BatchResult {
  readonly #parts: BatchParts;
  sentCount = 0;
  trouble: unknown;

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  async run(lane: readonly OutboxRow[], isAlone: boolean): Promise<void> {
    const { mayBegin, settle, isHeldByFailed } = this.#parts;
    let isHeld = false;
    for (const row of lane) {
      if (isHeld || this.trouble !== undefined || !mayBegin()) {
        settle({ type: 'released', row });
        continue;
      }
      const outcome = await this.#attempt(row, isAlone);
      settle(outcome);
      const isGivenUp = outcome.type === 'attempt-failed' && outcome.delayMs === undefined;
      isHeld = outcome.type !== 'sent' && (!isGivenUp || isHeldByFailed);
    }
  }

  async #attempt(row: OutboxRow, isAlone: boolean): Promise<RowOutcome> {
    const { send, postingOf, now } = this.#parts;
    let posting: Posting;
    try {
      posting = postingOf(row);
    } catch (error) {
      return this.#failed(row, error, true);
    }
    const begunAtMs = now();
    try {
      await send(posting);
    } catch (error) {
      return this.#judge(row, error, isAlone);
    }
    this.sentCount += 1;
    return { type: 'sent', row, durationMs: now() - begunAtMs };
  }

  #judge(row: OutboxRow, error: unknown, isAlone: boolean): RowOutcome {
    const isLast = row.attempts + 1 >= this.#parts.maxAttempts;
    const verdict = verdictOf(error);
    switch (verdict) {
      case 'hopeless':
        return this.#failed(row, error, true);
      case 'refused':
        return this.#failed(row, error, isLast);
      case 'lost':
        this.trouble ??= error;
        return this.#failed(row, error, isLast && isAlone);
      case 'trouble':
        this.trouble ??= error;
        return { type: 'released', row };
    }
  }

  #failed(row: OutboxRow, error: unknown, isGivenUp: boolean): RowOutcome {
    const attempts = row.attempts + 1;
    const delayMs = isGivenUp ? undefined : this.#parts.pauseMs(attempts);
    return { type: 'attempt-failed', row, error, attempts, delayMs };
  }
}
