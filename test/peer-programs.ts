/** Programs that tests of peers need, and what to do where one is missing. */
import { spawnSync } from 'node:child_process';

/**
 * Options for a suite that needs a program: skipped with its reason where the program is missing,
 * except in CI, where the suite then runs and fails. There nobody would notice a skip.
 */
export function needs(
  command: string,
  args: readonly string[],
  howToInstall: string,
): { skip?: string } {
  if (process.env['CI'] === 'true' || spawnSync(command, args).status === 0) return {};
  return { skip: `${command} ${args.join(' ')} fails: ${howToInstall}` };
}
