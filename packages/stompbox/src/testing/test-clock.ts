/**
 * The time of a test. It fits broker, client and service alike, so that one clock drives retries, time
 * to live, schedules and heart-beats, and it stands still until the test moves it.
 *
 * Invariants: timers fire in the order of their times, those of one time in the order in which they were
 * set; after each the application comes to rest before the next one fires.
 */
import { systemClock as brokerClock, type Clock } from '@stompbox/broker';
import { systemClock } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { show } from '../options.js';

export interface TestClock extends Clock {
  /** False: it is the time of the system, which `advance` cannot move. */
  readonly isFake: boolean;
  /** Time until the next timer fires, in ms; undefined when there is none, and of a real clock. */
  readonly nextTimerInMs: number | undefined;
  /**
   * Moves the time on, timer by timer; resolves when what they caused has come to rest.
   *
   * @throws OptionsError `STOMP_OPT_INVALID` for a time that is no number from 0, and of a real clock
   */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

class FakeClock implements TestClock {
  readonly isFake = true;
  readonly #timers = new Set<Timer>();
  readonly #settled: () => Promise<void>;
  #now: number;

  constructor(startAt: number, settled: () => Promise<void>) {
    this.#now = startAt;
    this.#settled = settled;
  }

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    // What is due now needs no time to pass.
    if (delayMs <= 0) setImmediate(() => this.#fire(timer));
    return () => {
      this.#timers.delete(timer);
    };
  }

  get nextTimerInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#now;
  }

  async advance(ms: number): Promise<void> {
    if (typeof ms !== 'number' || !(ms >= 0)) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `advance() needs a time in ms, a number from 0, not ${show(ms)}`,
      );
    }
    const end = this.#now + ms;
    // What was begun before, a send for example, belongs to the time before.
    await this.#settled();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      this.#fire(next);
      await this.#settled();
    }
    this.#now = Math.max(this.#now, end);
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.callback();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }
}

/** @param settled resolves when nothing goes on any more */
export function fakeClock(startAt: number, settled: () => Promise<void>): TestClock {
  return new FakeClock(startAt, settled);
}

/** The system's time, for a broker that other processes talk to. */
export const realClock: TestClock = {
  isFake: false,
  nextTimerInMs: undefined,
  now: () => systemClock.now(),
  monotonicMs: () => brokerClock.monotonicMs(),
  setTimer: systemClock.setTimer,
  advance: () =>
    Promise.reject(
      new OptionsError(
        'STOMP_OPT_INVALID',
        "advance() cannot move the system's time: leave out the options clock and port of the test broker",
      ),
    ),
};
