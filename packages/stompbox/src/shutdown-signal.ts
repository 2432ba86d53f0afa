/**
 * Waits until someone wants the process to stop, by Ctrl-C (SIGINT) or SIGTERM, so that it can
 * drain. Someone who asks twice has no patience: the second signal ends the process at once, with
 * exit code 130.
 *
 * Under `npm start` and `npx` one Ctrl-C arrives twice, from the terminal and passed on by npm. So
 * signals that follow each other within half a second count as one.
 */
const SAME_KEY_PRESS_MS = 500;
const INTERRUPTED = 130;

export interface ShutdownPorts {
  /** Calls back at every SIGINT and SIGTERM. */
  onSignal(callback: (signal: 'SIGINT' | 'SIGTERM') => void): void;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  exit(code: number): void;
}

const processPorts: ShutdownPorts = {
  onSignal(callback) {
    process.on('SIGINT', callback);
    process.on('SIGTERM', callback);
  },
  now: () => performance.now(),
  exit: (code) => process.exit(code),
};

/** Resolves at the first SIGINT or SIGTERM, with its name. Call it once per process. */
export function shutdownSignal(ports: ShutdownPorts = processPorts): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    ports.onSignal((signal) => {
      firstAt ??= ports.now();
      resolve(signal);
      if (ports.now() - firstAt >= SAME_KEY_PRESS_MS) ports.exit(INTERRUPTED);
    });
  });
}
