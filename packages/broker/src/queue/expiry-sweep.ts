/** One look through all that a queue holds in the store only, in many small steps. */
import type { Entry } from '../delivery.js';
import { TRAITS } from '../message.js';
import type { Cursor } from './cursor.js';
import type { Lane } from './lane.js';

export interface SweepContext {
  isExpired(entry: Entry): boolean;
  /** Takes it out. */
  expire(lane: Lane, entry: Entry): void;
}

export class ExpirySweep {
  readonly #context: SweepContext;
  readonly #lanes: Lane[];
  #cursor: Cursor | undefined;
  #hasFoundExpiring = false;

  constructor(lanes: Iterable<Lane>, context: SweepContext) {
    this.#lanes = [...lanes];
    this.#context = context;
  }

  /** True when a message was met that expires some day. */
  get hasFoundExpiring(): boolean {
    return this.#hasFoundExpiring;
  }

  /** Looks at so many more messages; true while there are some left. */
  continue(limit: number): boolean {
    const steps = { left: limit };
    for (let lane = this.#lanes[0]; lane !== undefined; lane = this.#lanes[0]) {
      if (this.#lookThrough(lane, steps) === 'unfinished') return true;
      this.#cursor?.leave();
      this.#cursor = undefined;
      this.#lanes.shift();
    }
    return false;
  }

  leave(): void {
    this.#cursor?.leave();
  }

  #lookThrough(lane: Lane, steps: { left: number }): 'done' | 'unfinished' {
    this.#cursor ??= lane.cursor(lane.pagedFrom);
    for (;;) {
      const entry = lane.next(this.#cursor, this.#choose, steps);
      if (typeof entry === 'string') return entry === 'unfinished' ? 'unfinished' : 'done';
      this.#context.expire(lane, entry);
      steps.left -= 1;
      if (steps.left <= 0) return 'unfinished';
    }
  }

  readonly #choose = (entry: Entry) => {
    if (!entry.message.has(TRAITS.expires)) return 'skip';
    this.#hasFoundExpiring = true;
    return this.#context.isExpired(entry) ? 'take' : 'skip';
  };
}
