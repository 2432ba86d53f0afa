/** A real ActiveMQ of our own, on free ports and with a directory that is gone afterwards. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
const NOT_INSTALLED = 3;

/** Why there is no ActiveMQ: a reason to skip, not a fault. */
export class NotInstalledError extends Error {}

/**
 * Starts it and resolves once its STOMP port answers. `restart` stops it in order and starts it again
 * with the same ports and data.
 * @throws NotInstalledError when this machine has none
 */
export async function startActiveMq() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-activemq-'));
  const [port, openwirePort] = [await freePort(), await freePort()];
  let broker;
  try {
    broker = await startProcess(folder, port, openwirePort);
  } catch (error) {
    if (error instanceof NotInstalledError) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    url: `stomp://127.0.0.1:${port}`,
    async restart() {
      await broker.end();
      broker = await startProcess(folder, port, openwirePort);
    },
    async stop() {
      await broker.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startProcess(folder, port, openwirePort) {
  const script = path.join(import.meta.dirname, 'peer-activemq.sh');
  const log = path.join(folder, 'activemq.log');
  const child = spawn(script, [folder, String(port), String(openwirePort)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(output);
  child.stderr.pipe(output);
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const end = async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(killer);
  };
  const started = Date.now();
  while (!(await answers(port))) {
    if (child.exitCode === NOT_INSTALLED) {
      throw new NotInstalledError('ActiveMQ is not installed: apt-get install -y activemq');
    }
    if (child.exitCode !== null || Date.now() - started > START_TIMEOUT_MS) {
      child.kill('SIGKILL');
      await ended;
      throw new Error(`ActiveMQ did not start within ${START_TIMEOUT_MS} ms: see ${log}`);
    }
    await delay(100);
  }
  return { end };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
