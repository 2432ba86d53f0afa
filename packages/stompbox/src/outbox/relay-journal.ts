/** Tells and counts what a relay does, and logs what a person should know. */
import { inspect } from 'node:util';
import type { Logger } from '../logger.js';
import type { RelayEvent, RelayEventListener } from './relay-event.js';
import type { RowOutcome } from './send-batch.js';

export class RelayJournal {
  readonly #logger: Logger;
  readonly #listeners = new Set<RelayEventListener>();
  #sentCount = 0;
  #lastError: unknown;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  listen(listener: RelayEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws hurts nobody: it is logged. */
  readonly emit = (event: RelayEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error(`a listener of the relay event ${event.type} failed: ${inspect(error)}`);
      }
    }
  };

  /** What the table knows by now about a row. */
  readonly tell = (outcome: RowOutcome): void => {
    if (outcome.type === 'released') return;
    const { id, destination, orderKey, waitedMs } = outcome.row;
    const message = { id, destination, orderKey };
    if (outcome.type === 'sent') {
      this.#sentCount += 1;
      this.emit({ type: 'sent', ...message, waitedMs, durationMs: outcome.durationMs });
      return;
    }
    const { error, attempts, delayMs } = outcome;
    if (delayMs !== undefined) {
      this.emit({ type: 'attempt-failed', ...message, error, attempts, delayMs });
      return;
    }
    this.#logger.error(
      `outbox: message ${id} to ${destination} was given up after attempt ${attempts}: ` +
        `${describe(error)}. It stays in the table: see retryFailed and discardFailed of the outbox`,
    );
    this.emit({ type: 'failed', ...message, error, attempts });
  };

  /** @param failures in a row; only the first of them is logged */
  trouble(place: 'broker' | 'database', error: unknown, delayMs: number, failures: number): void {
    this.#lastError = error;
    if (failures === 1) {
      const text = `${describe(error)}. Next try in ${delayMs} ms`;
      this.#logger.warn(`outbox: trouble with the ${place}: ${text}`);
    }
    this.emit({ type: 'trouble', with: place, error, delayMs });
  }

  readonly wakeUpFailed = (error: unknown): void => {
    const text = `${describe(error)}. New messages wait for the next poll`;
    this.#logger.warn(`outbox: no more notices of new messages: ${text}`);
    this.emit({ type: 'wake-up-failed', error });
  };

  troubleIsOver(): void {
    this.#lastError = undefined;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
