/**
 * Writes into the table what came of the rows: as soon as it can, all at once that has come meanwhile, so that
 * little is sent twice when the process dies. What the database refuses is written again, because a
 * receipt that is forgotten is a message that is sent twice.
 */
import type { OutboxStore } from './outbox-store.js';
import type { RowOutcome } from './send-batch.js';
import { errorText } from './send-verdict.js';

export interface OutcomeWriterParts {
  readonly store: OutboxStore;
  readonly owner: string;
  /** The table has it. */
  readonly onWritten: (outcome: RowOutcome) => void;
  /** Resolves when it should be tried again: true; or be given up, the rows' lease ends then: false. */
  readonly onError: (error: unknown, failures: number) => Promise<boolean>;
}

export class OutcomeWriter {
  readonly #parts: OutcomeWriterParts;
  #waiting: RowOutcome[] = [];
  #writing: Promise<void> | undefined;

  constructor(parts: OutcomeWriterParts) {
    this.#parts = parts;
  }

  readonly add = (outcome: RowOutcome): void => {
    this.#waiting.push(outcome);
    this.#writing ??= this.#writeAll();
  };

  /** Resolves when nothing is left to write. */
  async drained(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What is settled in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const outcomes = this.#waiting;
      this.#waiting = [];
      if (await this.#write(outcomes)) outcomes.forEach(this.#parts.onWritten);
    }
    this.#writing = undefined;
  }

  async #write(outcomes: readonly RowOutcome[]): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#writeOnce(outcomes);
        return true;
      } catch (error) {
        if (!(await this.#parts.onError(error, failures))) return false;
      }
    }
  }

  /** Each statement may be repeated: it finds nothing to do where it was done. */
  async #writeOnce(outcomes: readonly RowOutcome[]): Promise<void> {
    const { store, owner } = this.#parts;
    const seqsOf = (type: RowOutcome['type']) =>
      outcomes.filter((outcome) => outcome.type === type).map(({ row }) => row.seq);
    const [sent, released] = [seqsOf('sent'), seqsOf('released')];
    if (sent.length > 0) await store.markSent(sent);
    for (const outcome of outcomes) {
      if (outcome.type !== 'attempt-failed') continue;
      const { row, delayMs } = outcome;
      const error = errorText(outcome.error);
      await store.markFailedAttempt(owner, { seq: row.seq, error, delayMs });
    }
    if (released.length > 0) await store.release(owner, released);
  }
}
