/** What stands above a table of results. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';

/** Date, commit, command and machine: a number without them means nothing. */
export function heading(command, rounds) {
  const commit = execFileSync('git', ['log', '-1', '--format=%h'], { encoding: 'utf8' }).trim();
  const [load] = os.loadavg();
  return [
    `## ${new Date().toISOString().slice(0, 10)}, commit ${commit}`,
    '',
    `\`${command}\`: median of ${rounds} rounds, every library in a fresh process, taking turns.`,
    `${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ` +
      `${os.release()}, Node ${process.version}, load average ${load.toFixed(1)} at the end.`,
    '',
  ].join('\n');
}
