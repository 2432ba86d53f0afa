/** Relays in processes of their own, which a test can watch, stop and kill. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Inbox } from '../support/events.js';

const SCRIPT = fileURLToPath(new URL('./relay-child.js', import.meta.url));

export interface RelayProcess {
  /** What it tells, line by line. */
  readonly lines: Inbox<string>;
  /** Resolves with its exit code, null after SIGKILL. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** It is killed after the test at the latest. */
export function relayProcess(
  context: TestContext,
  options: {
    readonly url: string;
    readonly database: string;
    readonly leaseMs: number;
    readonly diesBeforeMark?: boolean;
  },
): RelayProcess {
  const { url, database, leaseMs, diesBeforeMark } = options;
  const args = [url, database, `${leaseMs}`, ...(diesBeforeMark ? ['dies-before-mark'] : [])];
  const child = spawn(process.execPath, ['--enable-source-maps', SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = new Inbox<string>();
  createInterface({ input: child.stdout }).on('line', lines.add);
  const exit = once(child, 'exit');
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    const [code] = await exit;
    return code as number | null;
  };
  context.after(() => end('SIGKILL'));
  return { lines, end };
}
