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
  /** When the wait ends, and its neighbours in the line; kept here for `Deadlines`. */
  dueAt: number;
  later: Expirable | undefined;
  earlier: Expirable | undefined;
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
    if (entry.dueAt !== 0) this.#lines.get(entry.timeoutMs)?.delete(entry);
  }

  /** Forgets all waits. */
  clear(): void {
    for (const line of this.#lines.values()) line.cancel();
    this.#lines.clear();
  }
}

/**
 * All waits of one length, oldest first, linked through the entries themselves. Its timer runs as
 * long as it is listed.
 */
class DeadlineLine {
  #oldest: Expirable | undefined;
  #youngest: Expirable | undefined;
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
    entry.earlier = this.#youngest;
    if (this.#youngest === undefined) this.#oldest = entry;
    else this.#youngest.later = entry;
    this.#youngest = entry;
  }

  delete(entry: Expirable): void {
    const { earlier, later } = entry;
    if (earlier === undefined) this.#oldest = later;
    else earlier.later = later;
    if (later === undefined) this.#youngest = earlier;
    else later.earlier = earlier;
    entry.earlier = undefined;
    entry.later = undefined;
    entry.dueAt = 0;
  }

  cancel(): void {
    this.#cancelTimer();
    while (this.#oldest !== undefined) this.delete(this.#oldest);
  }

  #arm(delayMs: number): () => void {
    return this.#clock.setTimer(() => nextTurn(() => this.#expireDue()), delayMs);
  }

  #expireDue(): void {
    if (this.#lines.get(this.#timeoutMs) !== this) return;
    const now = this.#clock.now();
    for (let entry = this.#oldest; entry !== undefined; entry = this.#oldest) {
      if (entry.dueAt > now) {
        this.#cancelTimer = this.#arm(Math.ceil(entry.dueAt - now));
        return;
      }
      this.delete(entry);
      entry.expire();
    }
    this.#lines.delete(this.#timeoutMs);
  }
}
