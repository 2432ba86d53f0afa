/** The brokers that are compared: ours as a process of its own, and ActiveMQ where it is installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { NotInstalledError, startActiveMq } from '../scripts/peer-activemq.mjs';

const command = path.resolve(import.meta.dirname, '../packages/stompbox/dist/cli/main.js');

export async function startStompbox() {
  const data = mkdtempSync(path.join(os.tmpdir(), 'stompbox-bench-'));
  const args = [command, 'broker', '--port', '0', '--data', data, '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const ready = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([
    ready,
    ended.then(([code]) => {
      throw new Error(`The broker ended with exit code ${code}: run npm run build`);
    }),
  ]);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { name: 'stompbox', port: JSON.parse(line).port, stop };
}

/** ActiveMQ with its defaults, or undefined with a message where it is not installed. */
export async function startPeer() {
  try {
    return { name: 'activemq', ...(await startActiveMq()) };
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    console.log(`${error.message}; measuring stompbox alone, without ratios\n`);
    return undefined;
  }
}
