/**
 * The clock port. Everything that waits takes it, so that tests run on a fake one.
 *
 * `now` only serves to measure how long something took. The real one never jumps when the system's
 * time is set, because a jump must not look like a silent peer.
 */
export interface TimerOptions {
  /** True: the process stays alive until the timer has fired. Default false. */
  readonly keepAlive?: boolean;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`; returns what cancels it. */
  setTimer(callback: () => void, delayMs: number, options?: TimerOptions): () => void;
}

/** Longest delay that a timer of the runtime can wait for. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(callback, delayMs, options) {
    const timer = setTimeout(callback, delayMs);
    if (options?.keepAlive !== true) timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Calls back after the event loop has looked at its sockets once. Bytes that already wait in the
 * kernel are read before.
 */
export function nextTurn(callback: () => void): void {
  setImmediate(callback);
}
