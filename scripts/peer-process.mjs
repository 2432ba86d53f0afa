/**
 * A real broker of our own as a child process: on free ports, with a folder that is gone afterwards.
 * Its script runs in the foreground, ends in order by SIGTERM, and with code 3 where it is not installed.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const NOT_INSTALLED = 3;

/** Why there is no such broker: a reason to skip, not a fault. */
export class NotInstalledError extends Error {}

/**
 * Starts it and resolves once its STOMP port answers.
 *
 * @param options.name for messages and the folder
 * @param options.script a file beside this one
 * @param options.install the command that installs it
 * @param options.argumentsFor gives the script's arguments for the folder and the STOMP port
 * @param options.env more environment for the script
 * @throws NotInstalledError when this machine has none
 */
export async function startPeer({ name, script, install, argumentsFor, env = {} }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), `stompbox-${name.toLowerCase()}-`));
  const port = await freePort();
  const program = path.join(import.meta.dirname, script);
  const args = await argumentsFor(folder, port);
  const log = path.join(folder, 'peer.log');
  const open = () => startProcess({ name, install, program, args, env, port, log });
  let broker;
  try {
    broker = await open();
  } catch (error) {
    if (error instanceof NotInstalledError) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const peer = {
    port,
    url: `stomp://127.0.0.1:${port}`,
    /** Ends it in order, or by SIGKILL. */
    down: (signal = 'SIGTERM') => broker.end(signal),
    /** Starts it with the same ports and data. */
    async up() {
      broker = await open();
    },
    async restart(signal) {
      await peer.down(signal);
      await peer.up();
    },
    async stop() {
      await peer.down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return peer;
}

async function startProcess({ name, install, program, args, env, port, log }) {
  const output = openSync(log, 'a');
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const end = async (signal) => {
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(killer);
  };
  const started = Date.now();
  while (!(await answers(port))) {
    if (child.exitCode === NOT_INSTALLED) {
      throw new NotInstalledError(`${name} is not installed: ${install}`);
    }
    if (child.exitCode !== null || Date.now() - started > START_TIMEOUT_MS) {
      child.kill('SIGKILL');
      await ended;
      throw new Error(`${name} did not start within ${START_TIMEOUT_MS} ms: see ${log}`);
    }
    await delay(POLL_MS);
  }
  return { end };
}

/** A port of the loopback that nobody has now. */
export function freePort() {
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
