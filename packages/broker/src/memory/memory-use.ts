/**
 * Counts the bytes that the broker holds in memory for its clients, and tells when there are too many.
 *
 *   open ──pressure reaches the limit──▶ full ──pressure falls to the low mark──▶ open
 *
 * - Each byte has one owner at a time, who adds it when it gets it and takes it off when it gives it
 *   away: a queue what waits in it, a topic its backlogs, a connection the rest (`ConnectionMemory`).
 * - What waits in queues counts for the pressure only up to the share from which on queues keep nothing
 *   more: it may stay for ever, so it must never be what slows producers for ever.
 *
 * It counts the bytes of messages and frames, not what the runtime needs besides. It slows nobody:
 * `ProducerLine` does.
 */
import { strict as assert } from 'node:assert';

/** From this share of the limit on, queues leave what they can in the store. */
const KEEPING_SHARE = 0.7;

/** Down to this share of the limit the pressure has to fall. Above the share of the queues. */
const LOW_SHARE = 0.85;

export type MemoryState = 'open' | 'full';

const NEXT: Record<MemoryState, MemoryState> = { open: 'full', full: 'open' };

export class MemoryUse {
  readonly limitBytes: number;
  readonly #keepingBytes: number;
  readonly #lowBytes: number;
  #state: MemoryState = 'open';
  #waitingBytes = 0;
  #otherBytes = 0;
  readonly #listeners: Array<(state: MemoryState) => void> = [];

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
    this.#keepingBytes = Math.floor(limitBytes * KEEPING_SHARE);
    this.#lowBytes = Math.floor(limitBytes * LOW_SHARE);
  }

  get state(): MemoryState {
    return this.#state;
  }

  get usedBytes(): number {
    return this.#waitingBytes + this.#otherBytes;
  }

  /** What decides whether producers are slowed. */
  get pressureBytes(): number {
    return this.#otherBytes + Math.min(this.#waitingBytes, this.#keepingBytes);
  }

  /** Listens to changes of the state, after they have happened. */
  onChange(listener: (state: MemoryState) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * May a queue keep one more message in memory?
   * @param waiting how many of them it keeps already: the first one is spared the way through the store
   */
  mayKeepMore(waiting: number): boolean {
    if (this.usedBytes < this.#keepingBytes) return true;
    return waiting === 0 && this.usedBytes < this.limitBytes;
  }

  /** Bytes of messages that wait in queues, more or less than before. */
  changeWaiting(change: number): void {
    this.#waitingBytes += change;
    assert(this.#waitingBytes >= 0, 'a queue gives back what it has not taken');
    this.#look();
  }

  /** Bytes of everything else. */
  change(change: number): void {
    this.#otherBytes += change;
    assert(this.#otherBytes >= 0, 'somebody gives back what was not taken');
    this.#look();
  }

  #look(): void {
    if (this.#state === 'open') {
      if (this.pressureBytes >= this.limitBytes) this.#become('full');
    } else if (this.pressureBytes <= this.#lowBytes) this.#become('open');
  }

  #become(next: MemoryState): void {
    assert(NEXT[this.#state] === next, `memory ${this.#state} → ${next}`);
    this.#state = next;
    for (const listener of this.#listeners) listener(next);
  }
}
