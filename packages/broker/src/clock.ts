/** Time, as a port: tests put a fake clock in its place and advance it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from some point on, to measure how long something lasts; setting the clock changes nothing. */
  monotonicMs(): number;
  /** Calls once after `delayMs`; the result cancels. A timer does not keep the process alive. */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** The longest time that a timer of Node waits, 24 days; it takes longer ones for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** The time of day in this turn of the event loop; 0 before it was asked for. */
let nowInTurn = 0;

/** Asked several times for each message: within a turn it is the same time. */
function now(): number {
  if (nowInTurn === 0) {
    nowInTurn = Date.now();
    // Not unreferenced: the loop would then wait for news with it still due, and wake with an old time.
    setImmediate(forgetNow);
  }
  return nowInTurn;
}

function forgetNow(): void {
  nowInTurn = 0;
}

export const systemClock: Clock = {
  now,
  monotonicMs: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
