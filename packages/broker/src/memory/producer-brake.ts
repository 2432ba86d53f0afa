/**
 * Slows one client that sends more than the disk or the memory can take, by not reading it.
 *
 *   free ──has filled full memory──▶ waiting ──turn──▶ on-turn ──has done it──▶ waiting, free
 *     ▲──memory is open again, or it was given a message to settle──┴───────┘
 *
 * - Only who makes the broker hold more is slowed: not who only consumes, nor who sends to queues, which
 *   keep their messages in the store when memory is short.
 * - Who has messages to settle is always read: its acknowledgements make memory and store smaller.
 */
import { strict as assert } from 'node:assert';
import type { Activities } from '../activity.js';
import type { CommitLoop } from '../store/commit-loop.js';
import type { ConnectionMemory } from './connection-memory.js';
import type { MemoryUse } from './memory-use.js';
import type { ProducerLine, SlowedProducer } from './producer-line.js';
import type { Reading } from './reading.js';

/** A frame of which more than this has arrived makes the broker hold more before it is complete. */
const LARGE_BYTES = 64 * 1024;

/** What the producers of a broker share. */
export interface BrakeContext {
  readonly commits: CommitLoop;
  readonly memory: MemoryUse;
  readonly producerLine: ProducerLine;
  readonly activities: Activities;
}

type BrakeState = 'free' | 'waiting' | 'on-turn';

const NEXT: Record<BrakeState, readonly BrakeState[]> = {
  free: ['waiting'],
  waiting: ['on-turn', 'free'],
  'on-turn': ['waiting', 'free'],
};

export class ProducerBrake implements SlowedProducer {
  readonly #connectionId: string;
  readonly #reading: Reading;
  readonly #held: ConnectionMemory;
  readonly #context: BrakeContext;
  #state: BrakeState = 'free';

  constructor(
    connectionId: string,
    reading: Reading,
    held: ConnectionMemory,
    context: BrakeContext,
  ) {
    this.#connectionId = connectionId;
    this.#reading = reading;
    this.#held = held;
    this.#context = context;
  }

  /**
   * Frames were handled just now.
   * @param hasSent there was a SEND among them
   * @param hasFilled what was sent has stayed in memory, at least in part
   */
  handled(hasSent: boolean, hasFilled: boolean): void {
    const { commits, memory, producerLine } = this.#context;
    if (hasSent && commits.isBehind) this.#waitForDisk();
    if (memory.state === 'open' || this.#held.hasUnsettled) return;
    const isMidLarge = this.#held.arrivingBytes > LARGE_BYTES;
    if (this.#state === 'on-turn') {
      if (isMidLarge || this.#held.transactionBytes > 0) return;
      if (!hasFilled) {
        producerLine.leave(this);
        this.released();
        return;
      }
    }
    if (hasFilled || isMidLarge) this.#waitForMemory();
  }

  /** The client was given a message to settle. */
  mustBeRead(): void {
    if (this.#state === 'free') return;
    this.#context.producerLine.leave(this);
    this.released();
  }

  takeTurn(): void {
    this.#become('on-turn');
    this.#reading.resume('memory');
  }

  released(): void {
    this.#become('free');
    this.#tell('producer-resumed', 'memory');
    this.#reading.resume('memory');
  }

  /** The client has gone. */
  stop(): void {
    this.#context.producerLine.leave(this);
  }

  #waitForMemory(): void {
    if (this.#state === 'waiting') return;
    if (this.#state === 'free') this.#tell('producer-slowed', 'memory');
    this.#become('waiting');
    this.#reading.pause('memory');
    this.#context.producerLine.wait(this);
  }

  #waitForDisk(): void {
    if (this.#reading.isPausedFor('disk')) return;
    this.#reading.pause('disk');
    this.#tell('producer-slowed', 'disk');
    this.#context.commits.afterNextSync(this.#afterSync);
  }

  readonly #afterSync = (): void => {
    const { commits } = this.#context;
    if (commits.isBehind) {
      commits.afterNextSync(this.#afterSync);
      return;
    }
    // The connection may have ended meanwhile, and reads on already.
    if (!this.#reading.isPausedFor('disk')) return;
    this.#tell('producer-resumed', 'disk');
    this.#reading.resume('disk');
  };

  #tell(type: 'producer-slowed' | 'producer-resumed', reason: 'disk' | 'memory'): void {
    this.#context.activities.emit({ type, connectionId: this.#connectionId, reason });
  }

  #become(next: BrakeState): void {
    assert(NEXT[this.#state].includes(next), `producer ${this.#state} → ${next}`);
    this.#state = next;
  }
}
