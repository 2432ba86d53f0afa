/**
 * In which order passcodes are checked, and how many at the same time. Every address has a lane of its
 * own, and lanes take turns: whoever tries a thousand passcodes waits behind them alone.
 *
 *   clean ──a login fails──▶ suspect ──no failure for a minute──▶ clean
 *
 * From a suspect address one login is checked at a time, after each failure comes a pause that grows up
 * to five seconds, and few may wait. What waits is checked even if its client has gone: to connect
 * again does not make guessing faster.
 */
import { ProtocolError } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import { networkOf } from './network.js';

/** The pool of libuv has four threads, and the store needs some of them. */
const MOST_RUNNING = 2;
const MOST_WAITING = 1000;
const MOST_WAITING_SUSPECT = 50;
const FORGET_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** Addresses whose failures are remembered; the oldest are forgotten first. */
const MOST_LANES = 10_000;

/** Resolves with whether the login was right. */
export type Check = () => Promise<boolean>;

interface Waiting {
  readonly check: Check;
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly network: string;
  readonly waiting: Waiting[];
  running: number;
  failures: number;
  forgetAtMs: number;
  pausedUntilMs: number;
}

export class LoginLanes {
  readonly #clock: Clock;
  /** In the order of their last failures, or of their making. */
  readonly #lanes = new Map<string, Lane>();
  /** Lanes in which somebody waits, the one whose turn it is first. */
  readonly #turns = new Set<Lane>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * To be asked before anything about a login is looked at.
   * @throws ProtocolError `STOMP_PROTO_TRY_LATER` when too many of this address wait
   */
  admit(peer: string): void {
    const lane = this.#lanes.get(networkOf(peer));
    if (lane === undefined) return;
    const most = this.#isSuspect(lane) ? MOST_WAITING_SUSPECT : MOST_WAITING;
    if (lane.waiting.length < most) return;
    throw new ProtocolError(
      'STOMP_PROTO_TRY_LATER',
      'Too many logins from your address wait to be checked: correct the passcode of those that fail, and try again later',
    );
  }

  /** Checks when it is this address's turn. Rejects with the error of the check. */
  check(peer: string, check: Check): Promise<boolean> {
    const lane = this.#lane(networkOf(peer));
    return new Promise((resolve, reject) => {
      lane.waiting.push({ check, resolve, reject });
      this.#turns.add(lane);
      this.#startSome();
    });
  }

  #startSome(): void {
    let lane = this.#nextLane();
    while (lane && this.#running < MOST_RUNNING) {
      const next = lane.waiting.shift();
      this.#turns.delete(lane);
      if (lane.waiting.length > 0) this.#turns.add(lane);
      if (next) void this.#run(lane, next);
      lane = this.#nextLane();
    }
  }

  #nextLane(): Lane | undefined {
    for (const lane of this.#turns) if (this.#mayStart(lane)) return lane;
    return undefined;
  }

  #mayStart(lane: Lane): boolean {
    if (!this.#isSuspect(lane)) return true;
    return lane.running === 0 && this.#clock.monotonicMs() >= lane.pausedUntilMs;
  }

  async #run(lane: Lane, { check, resolve, reject }: Waiting): Promise<void> {
    this.#running += 1;
    lane.running += 1;
    try {
      const isRight = await check();
      if (!isRight) this.#failed(lane);
      resolve(isRight);
    } catch (error) {
      reject(error);
    } finally {
      this.#running -= 1;
      lane.running -= 1;
      this.#forget(lane);
      this.#startSome();
    }
  }

  #failed(lane: Lane): void {
    const now = this.#clock.monotonicMs();
    lane.failures = this.#isSuspect(lane) ? lane.failures + 1 : 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (lane.failures - 1), LONGEST_PAUSE_MS);
    lane.forgetAtMs = now + FORGET_MS;
    lane.pausedUntilMs = now + pauseMs;
    this.#lanes.delete(lane.network);
    this.#lanes.set(lane.network, lane);
    this.#clock.setTimer(() => this.#startSome(), pauseMs);
  }

  #isSuspect(lane: Lane): boolean {
    return lane.failures > 0 && this.#clock.monotonicMs() < lane.forgetAtMs;
  }

  #lane(network: string): Lane {
    const known = this.#lanes.get(network);
    if (known) return known;
    for (const lane of this.#lanes.values()) {
      if (this.#lanes.size < MOST_LANES && this.#isSuspect(lane)) break;
      if (isIdle(lane)) this.#lanes.delete(lane.network);
    }
    const lane = {
      network,
      waiting: [],
      running: 0,
      failures: 0,
      forgetAtMs: 0,
      pausedUntilMs: 0,
    };
    this.#lanes.set(network, lane);
    return lane;
  }

  /** An address with nothing against it takes no memory. */
  #forget(lane: Lane): void {
    if (isIdle(lane) && !this.#isSuspect(lane)) this.#lanes.delete(lane.network);
  }
}

function isIdle(lane: Lane): boolean {
  return lane.running === 0 && lane.waiting.length === 0;
}
