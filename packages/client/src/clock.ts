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
    // Browsers count timers: those of a page keep nothing alive.
    if (options?.keepAlive !== true) (timer as Partial<typeof timer>).unref?.();
    return () => clearTimeout(timer);
  },
};

/**
 * Calls back after the event loop has looked at its sockets once. Bytes that already wait in the
 * kernel are read before.
 */
export const nextTurn: (callback: () => void) => void =
  typeof setImmediate === 'function' ? (callback) => setImmediate(callback) : messageTurns();

/** The types of Node do not say what ports of browsers have. */
interface MessageGlobals {
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: () => void };
    readonly port2: { postMessage(message: number): void };
  };
}

/** Browsers have no setImmediate; a message to oneself waits its turn and is not slowed in the background. */
function messageTurns(): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new (globalThis as unknown as MessageGlobals).MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(0);
  };
}
