/** Runs a program with our own terminal and passes its exit code on. */
import { spawn } from 'node:child_process';

/** Runs Node itself; resolves with its exit code, 1 if a signal ended it. */
export function runNode(args, options = {}) {
  return run(process.execPath, args, options);
}

/** Runs a program; resolves with its exit code, 1 if a signal ended it. Rejects if it is missing. */
export function run(command, args, { cwd, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
