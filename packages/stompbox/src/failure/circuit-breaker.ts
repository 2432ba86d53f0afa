/**
 * Pauses a listener while nearly everything fails, so that an outage of something behind it does not
 * carry a whole queue into the dead letter queue.
 *
 *   closed ──too many failures──► open ──probeEveryMs──► ready ──admit()──► probing ──success──► closed
 *                                  ▲──────────────────────────failure──────────┘
 *   any ──end()──► ended
 *
 * While it probes, one message is on its way, and no other is let through until it is known how it went.
 */
import assert from 'node:assert/strict';
import type { Clock } from '@stompbox/client';
import type { CircuitState } from '../messaging-event.js';
import type { ResolvedCircuit } from './circuit-options.js';

type State = 'closed' | 'open' | 'ready' | 'probing' | 'ended';

const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  closed: ['open', 'ended'],
  open: ['ready', 'ended'],
  ready: ['probing', 'ended'],
  probing: ['closed', 'open', 'ready', 'ended'],
  ended: [],
};

/** As others see it. */
const SEEN_AS: Readonly<Record<State, CircuitState>> = {
  closed: 'closed',
  open: 'open',
  ready: 'half-open',
  probing: 'half-open',
  ended: 'closed',
};

/** Parts of the window; counting by parts keeps the cost of an attempt constant. */
const BUCKETS = 10;

interface Bucket {
  /** Number of the part since the epoch; an older one has passed out of the window. */
  part: number;
  attempts: number;
  failures: number;
}

export class CircuitBreaker {
  readonly #options: ResolvedCircuit;
  readonly #clock: Clock;
  readonly #onState: (state: CircuitState) => void;
  readonly #buckets: Bucket[] = Array.from({ length: BUCKETS }, () => ({
    part: -1,
    attempts: 0,
    failures: 0,
  }));
  #state: State = 'closed';
  #consecutive = 0;
  #waiting: (() => void)[] = [];
  #cancelProbe: () => void = () => undefined;

  constructor(options: ResolvedCircuit, clock: Clock, onState: (state: CircuitState) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#onState = onState;
  }

  get state(): CircuitState {
    return SEEN_AS[this.#state];
  }

  /** Resolves when a message may go to its handler; at once after `end`. */
  async admit(): Promise<void> {
    while (this.#state === 'open' || this.#state === 'probing') {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#state === 'ready') this.#transition('probing');
  }

  /** An attempt has ended. */
  record(isSuccess: boolean): void {
    this.#count(isSuccess);
    if (this.#state === 'probing') {
      if (isSuccess) this.#close();
      else this.#open();
    } else if (this.#state === 'closed' && this.#isTooMuch()) {
      this.#open();
    }
  }

  /** A message that was let through has ended without an attempt: the next one is the probe. */
  release(): void {
    if (this.#state !== 'probing') return;
    this.#transition('ready');
    this.#wake();
  }

  /** Lets everything through: the listener stops. */
  end(): void {
    this.#cancelProbe();
    if (this.#state !== 'ended') this.#transition('ended');
    this.#wake();
  }

  #open(): void {
    this.#transition('open');
    this.#cancelProbe = this.#clock.setTimer(() => {
      this.#transition('ready');
      this.#wake();
    }, this.#options.probeEveryMs);
  }

  #close(): void {
    this.#transition('closed');
    this.#consecutive = 0;
    for (const bucket of this.#buckets) bucket.part = -1;
    this.#wake();
  }

  #count(isSuccess: boolean): void {
    this.#consecutive = isSuccess ? 0 : this.#consecutive + 1;
    const part = this.#partNow();
    const bucket = this.#buckets[part % BUCKETS];
    assert(bucket !== undefined);
    if (bucket.part !== part) Object.assign(bucket, { part, attempts: 0, failures: 0 });
    bucket.attempts += 1;
    if (!isSuccess) bucket.failures += 1;
  }

  #isTooMuch(): boolean {
    const { consecutiveFailures, failureRate, minAttempts } = this.#options;
    if (this.#consecutive >= consecutiveFailures) return true;
    const oldest = this.#partNow() - BUCKETS + 1;
    const inWindow = this.#buckets.filter(({ part }) => part >= oldest);
    const attempts = inWindow.reduce((sum, bucket) => sum + bucket.attempts, 0);
    const failures = inWindow.reduce((sum, bucket) => sum + bucket.failures, 0);
    return attempts >= minAttempts && failures >= failureRate * attempts;
  }

  #partNow(): number {
    return Math.floor((this.#clock.now() * BUCKETS) / this.#options.windowMs);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #transition(to: State): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a circuit cannot go from ${this.#state} to ${to}`,
    );
    const before = this.state;
    this.#state = to;
    if (this.state !== before) this.#onState(this.state);
  }
}
