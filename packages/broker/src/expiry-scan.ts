/**
 * Looks now and then through the queues for messages that have expired. Without it they would be found
 * only when it is their turn to be delivered: where nobody consumes, never.
 *
 *   stopped ──start──▶ waiting ──every so often──▶ scanning ──all looked at──▶ waiting
 *   waiting, scanning ──stop──▶ stopped
 *
 * It looks only at queues that may hold such messages, and at a few messages in one turn. What becomes of
 * them is the queue's business. Topics keep nothing for later, so there is nothing to look for.
 */
import { strict as assert } from 'node:assert';
import type { Clock } from './clock.js';
import { Queue } from './queue/queue.js';
import type { Router } from './router.js';

/** Messages of the store that are looked at in one turn. */
const MESSAGES_PER_TURN = 500;

export type ExpiryScanState = 'stopped' | 'waiting' | 'scanning';

const NEXT: Readonly<Record<ExpiryScanState, readonly ExpiryScanState[]>> = {
  stopped: ['waiting'],
  waiting: ['scanning', 'stopped'],
  scanning: ['waiting', 'stopped'],
};

type Scanned = Pick<Queue, 'mayHoldExpiring' | 'expireWaiting' | 'expirePaged'>;

export interface ExpiryScanContext {
  readonly clock: Clock;
  /** From the end of one scan to the next, in ms; 0: it never looks. */
  readonly everyMs: number;
  /** All queues there are, those of durable subscriptions and temporary ones included. */
  queues(): Iterable<Scanned>;
}

export class ExpiryScan {
  readonly #context: ExpiryScanContext;
  #state: ExpiryScanState = 'stopped';
  #cancelTimer: () => void = () => {};
  /** What is still to be looked at. */
  #queues: Scanned[] = [];

  constructor(context: ExpiryScanContext) {
    this.#context = context;
  }

  get state(): ExpiryScanState {
    return this.#state;
  }

  start(): void {
    if (this.#context.everyMs > 0) this.#wait();
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#become('stopped');
    this.#cancelTimer();
    this.#queues = [];
  }

  #wait(): void {
    this.#become('waiting');
    const { clock, everyMs } = this.#context;
    this.#cancelTimer = clock.setTimer(() => this.#begin(), everyMs);
  }

  #begin(): void {
    this.#become('scanning');
    this.#queues = [...this.#context.queues()].filter(({ mayHoldExpiring }) => mayHoldExpiring);
    const [first] = this.#queues;
    if (first === undefined) this.#wait();
    else this.#enter(first);
  }

  /** One turn: what a queue holds in memory, which is never much. */
  #enter(queue: Scanned): void {
    queue.expireWaiting();
    this.#later(() => this.#goOn(queue));
  }

  /** One turn: some of what a queue has in the store. */
  #goOn(queue: Scanned): void {
    if (queue.expirePaged(MESSAGES_PER_TURN)) {
      this.#later(() => this.#goOn(queue));
      return;
    }
    if (this.#state === 'stopped') return;
    this.#queues.shift();
    const [next] = this.#queues;
    if (next === undefined) this.#wait();
    else this.#later(() => this.#enter(next));
  }

  /** Unless it was stopped by who heard of an expired message. */
  #later(turn: () => void): void {
    if (this.#state === 'scanning') this.#cancelTimer = this.#context.clock.setTimer(turn, 0);
  }

  #become(next: ExpiryScanState): void {
    assert(NEXT[this.#state].includes(next), `expiry scan ${this.#state} → ${next}`);
    this.#state = next;
  }
}

/** All queues of a broker that keep messages. */
export function* queuesOf({ queues, durables, temporaries }: Registries): Iterable<Queue> {
  yield* queues;
  for (const { queue } of durables) yield queue;
  for (const { source } of temporaries) if (source instanceof Queue) yield source;
}

type Registries = Pick<Router, 'queues' | 'durables' | 'temporaries'>;
