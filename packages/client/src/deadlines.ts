/**
 * Ends waits that took too long, with one timer per length of wait instead of one per wait: nearly
 * all operations of a connection wait equally long, so the oldest of a line is always due first.
 *
 * A timer that fires has proved nothing yet: if the event loop was blocked, the answer may lie in
 * the socket. So waits end one turn of the loop later, after the socket was read.
 */
import { type Clock, nextTurn } from './clock.js';

export interface Expirable {
  readonly timeoutMs: number;
  /** When the wait ends; kept here for `Deadlines`. */
  dueAt: number;
  expire(): void;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #lines = new Map<number, DeadlineLine>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Expirable): void {
    let line = this.#lines.get(entry.timeoutMs);
    if (line === undefined) {
      line = new DeadlineLine(this.#clock, entry.timeoutMs, this.#lines);
      this.#lines.set(entry.timeoutMs, line);
    }
    line.add(entry);
  }

  delete(entry: Expirable): void {
    this.#lines.get(entry.timeoutMs)?.entries.delete(entry);
  }

  /** Forgets all waits. */
  clear(): void {
    for (const line of this.#lines.values()) line.cancel();
    this.#lines.clear();
  }
}

/** All waits of one length, oldest first. Its timer runs as long as it is listed. */
class DeadlineLine {
  readonly entries = new Set<Expirable>();
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #lines: Map<number, DeadlineLine>;
  #cancelTimer: () => void;

  constructor(clock: Clock, timeoutMs: number, lines: Map<number, DeadlineLine>) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#lines = lines;
    this.#cancelTimer = this.#arm(timeoutMs);
  }

  add(entry: Expirable): void {
    entry.dueAt = this.#clock.now() + this.#timeoutMs;
    this.entries.add(entry);
  }

  cancel(): void {
    this.#cancelTimer();
    this.entries.clear();
  }

  #arm(delayMs: number): () => void {
    return this.#clock.setTimer(() => nextTurn(() => this.#expireDue()), delayMs);
  }

  #expireDue(): void {
    if (this.#lines.get(this.#timeoutMs) !== this) return;
    const now = this.#clock.now();
    for (const entry of this.entries) {
      if (entry.dueAt > now) {
        this.#cancelTimer = this.#arm(Math.ceil(entry.dueAt - now));
        return;
      }
      this.entries.delete(entry);
      entry.expire();
    }
    this.#lines.delete(this.#timeoutMs);
  }
}
