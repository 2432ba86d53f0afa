/**
 * The producers that are not read because memory is full, in the order in which they were slowed.
 *
 *   ──fills memory while it is full──▶ waiting ──its turn──▶ on turn ──has done it──▶ waiting (last)
 *                                         └──memory is open again──┴──▶ released
 *
 * - When memory is open again they are released in their order, one in each turn of the event loop, and
 *   no more of them once it is full again. Whoever is released reads at least once.
 * - As long as memory is full, they get turns in their order, one after the other. So nobody waits for
 *   ever, also when all that fills the memory is what the waiting ones would have to take or to finish.
 *   A turn that is not used does not keep the next one waiting for long.
 */
import type { Clock } from '../clock.js';
import type { MemoryUse } from './memory-use.js';

/** So often it is seen whether somebody may have a turn. */
const TURN_MS = 100;

/** So often nobody gets one because somebody else has not finished. */
const PATIENCE = 10;

export interface SlowedProducer {
  /** It is read until it has finished what it has begun; then it has to `wait` again, or to `leave`. */
  takeTurn(): void;
  /** It is read as before. */
  released(): void;
}

export class ProducerLine {
  readonly #memory: MemoryUse;
  readonly #clock: Clock;
  readonly #waiting = new Set<SlowedProducer>();
  readonly #onTurn = new Set<SlowedProducer>();
  #release: 'none' | 'due' = 'none';
  #cancelTurn: (() => void) | undefined;
  #passedOver = 0;

  constructor(memory: MemoryUse, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
    memory.onChange((state) => {
      if (state === 'open') this.#releaseSoon();
    });
  }

  /** Those who wait at present. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Puts a producer at the end. */
  wait(producer: SlowedProducer): void {
    this.#onTurn.delete(producer);
    this.#waiting.add(producer);
    this.#turnLater();
  }

  /** It has ended, or must be read for another reason. */
  leave(producer: SlowedProducer): void {
    this.#waiting.delete(producer);
    this.#onTurn.delete(producer);
    if (this.#waiting.size === 0) this.#stopTurns();
  }

  #turnLater(): void {
    this.#cancelTurn ??= this.#clock.setTimer(() => {
      this.#cancelTurn = undefined;
      this.#giveTurn();
      if (this.#waiting.size > 0) this.#turnLater();
    }, TURN_MS);
  }

  #stopTurns(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
  }

  #giveTurn(): void {
    if (this.#onTurn.size > 0 && this.#passedOver < PATIENCE) {
      this.#passedOver += 1;
      return;
    }
    this.#passedOver = 0;
    for (const producer of this.#waiting) {
      this.#waiting.delete(producer);
      this.#onTurn.add(producer);
      producer.takeTurn();
      return;
    }
  }

  #releaseSoon(): void {
    if (this.#release === 'due') return;
    this.#release = 'due';
    // Never inside what has just given memory back.
    setImmediate(() => {
      this.#release = 'none';
      this.#releaseFirst();
    });
  }

  #releaseFirst(): void {
    if (this.#memory.state === 'full') return;
    for (const producer of [...this.#onTurn]) {
      this.#onTurn.delete(producer);
      producer.released();
    }
    for (const producer of this.#waiting) {
      this.leave(producer);
      producer.released();
      break;
    }
    if (this.#waiting.size > 0) this.#releaseSoon();
  }
}
