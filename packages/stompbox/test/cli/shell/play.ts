/** A script for the shell, and what it printed. */
import type { TestContext } from 'node:test';
import { type CommandOptions, type Ended, run } from '../../support/command.js';

/** Runs lines from a pipe, as `… | stompbox shell --url URL`. */
export function play(
  context: Pick<TestContext, 'after'>,
  url: string,
  lines: readonly string[],
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<Ended> {
  const input = `${lines.join('\n')}\n`;
  return run(context, ['shell', '--url', url, ...args], { ...options, input });
}

/** One object per line that was printed with --json. */
export function recordsOf({ stdout }: Ended): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
