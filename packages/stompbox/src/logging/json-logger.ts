/**
 * The log of a worker: one line of JSON per event, for whatever collects the output of processes.
 *
 * - a line is written before the call returns, so that none is lost when the process ends
 * - fields that are called like a secret are written as `[secret]`
 * - pino is loaded at the first call, because most programs have a logger of their own
 */
import { createRequire } from 'node:module';
import type { pino } from 'pino';
import type { Logger } from '../logger.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface JsonLoggerOptions {
  /** Lines below it are left out. Default `info`. */
  readonly level?: LogLevel;
  /** Gets each line, with its end. Default: standard error. */
  readonly write?: (line: string) => void;
  /** Milliseconds since the epoch. Default: the system's time. */
  readonly now?: () => number;
}

const SECRETS = ['password', 'passcode', 'authorization', 'token', 'secret'];

/** Lines such as `{"level":"info","time":"2026-01-31T12:00:00.000Z","msg":"…"}`. */
export function jsonLogger(options: JsonLoggerOptions = {}): Logger {
  const { level = 'info', write = writeToStderr, now = Date.now } = options;
  const load = createRequire(import.meta.url);
  const { pino: create } = load('pino') as { readonly pino: typeof pino };
  return create(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS, censor: '[secret]' },
    },
    { write },
  );
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
