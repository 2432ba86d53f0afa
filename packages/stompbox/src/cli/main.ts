/** The `stompbox` command: connects the program to this process and ends it with its exit code. */
import { readFileSync } from 'node:fs';
import { shutdownSignal } from '../shutdown-signal.js';
import { EXIT } from './exit-code.js';
import { runProgram } from './program.js';
import { openTerminal } from './terminal.js';

const terminal = openTerminal({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onReaderGone: () => process.exit(EXIT.ok),
});
const exitCode = await runProgram(
  process.argv.slice(2),
  {
    terminal,
    settings: { env: process.env, cwd: process.cwd() },
    ports: {},
    untilShutdown: () => shutdownSignal(),
  },
  readVersion(),
  (text) => process.stdout.write(text),
);
// Not process.exitCode: a listener module may hold timers or sockets that would keep it alive.
process.stdout.write('', () => process.exit(exitCode));

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
