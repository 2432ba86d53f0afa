/**
 * One broker per data directory. The lock is a socket that only the owner listens on: unlike a file
 * with a process number in it, it vanishes with its process, also after `kill -9`, and it works across
 * containers that share the directory. What is left of a dead owner is only a file without a listener.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreError } from '../errors.js';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Paths of Unix sockets are limited to about 100 bytes. */
const MAX_SOCKET_PATH_BYTES = 100;

/**
 * Creates the directory if it is missing, and locks it.
 * @throws StoreError `STOMP_STORE_UNWRITABLE`, `STOMP_STORE_IN_USE`
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = socketPath(makeDirectory(directory));
  const server = (await tryListen(path)) ?? (await takeOver(path));
  if (server === undefined) {
    throw new StoreError(
      'STOMP_STORE_IN_USE',
      `The data directory ${directory} is used by another broker that is running: connect to that one, stop it, or choose another data directory`,
    );
  }
  server.unref();
  return { release: () => new Promise((resolve) => void server.close(() => resolve())) };
}

function makeDirectory(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return realpathSync(directory);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new StoreError(
      'STOMP_STORE_UNWRITABLE',
      `The data directory ${directory} cannot be written (${code ?? message}): make it writable for this user, or choose another one`,
      { cause },
    );
  }
}

function socketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\stompbox-${name}`;
  const path = join(directory, 'lock');
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES
    ? path
    : join(tmpdir(), `stompbox-${name}.lock`);
}

/** A server on this path, or `undefined` when the path is taken. */
function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else
        reject(new StoreError('STOMP_STORE_UNWRITABLE', cannotLock(path, error), { cause: error }));
    });
    server.listen(path, () => resolve(server));
  });
}

/** Removes what a dead owner left behind and locks; `undefined` when the owner is alive. */
async function takeOver(path: string): Promise<Server | undefined> {
  if (await isAlive(path)) return undefined;
  rmSync(path, { force: true });
  return tryListen(path);
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Nobody listens (ECONNREFUSED), or the file has just gone (ENOENT).
    socket.once('error', () => resolve(false));
  });
}

function cannotLock(path: string, error: NodeJS.ErrnoException): string {
  return `The data directory cannot be locked at ${path} (${error.code ?? error.message}): make it writable for this user, or choose another one`;
}
