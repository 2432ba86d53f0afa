/**
 * One broker per data directory. The lock is a socket that only the owner listens on: unlike a file
 * with a process number in it, it dies with its process, also after `kill -9`, and it works across
 * containers that share the directory. What is left of a dead owner is a file without a listener.
 *
 * The socket always lies in the directory itself, for what lies elsewhere depends on who looks. Where the
 * directory's path is too long for a socket, Linux reaches it through an open file; others refuse it.
 *
 * Everyone who wants the lock listens under a name that is never used again, then asks all others that
 * are there. So nobody can take the socket of a living owner for that of a dead one and remove it, and
 * of two who come at the same time at least one sees the other:
 *
 *   candidate ──all others are dead or have withdrawn──▶ owner
 *       └─────there is an owner, or a candidate with a lower name──▶ withdrawn
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { StoreError } from '../errors.js';
import { LockSocket, OWNER_ANSWER } from './lock-socket.js';
import { makeDirectory } from './sync-directory.js';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Whoever is alive and does not answer for so long hangs, and has the lock. */
const ANSWER_TIMEOUT_MS = 2000;

const PREFIX = 'lock-';
const RANDOM_BYTES = 6;

/** Paths of Unix sockets are limited to about 100 bytes. */
const MAX_DIRECTORY_BYTES = 100 - `/${PREFIX}`.length - 2 * RANDOM_BYTES;

/**
 * Creates the directory if it is missing, and locks it.
 * @throws StoreError `STOMP_STORE_UNWRITABLE`, `STOMP_STORE_IN_USE`
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const lock = await tryLock(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(
      'STOMP_STORE_UNWRITABLE',
      `The data directory ${directory} cannot be written (${cause.code ?? cause.message}): make it writable for this user, or choose another one`,
      { cause },
    );
  });
  if (lock) return lock;
  throw new StoreError(
    'STOMP_STORE_IN_USE',
    `The data directory ${directory} is used by another broker that is running: connect to that one, stop it, or choose another data directory`,
  );
}

/** The lock, or `undefined` when somebody else has it. Rejects with the error of the system. */
async function tryLock(directory: string): Promise<DirectoryLock | undefined> {
  makeDirectory(directory);
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  const realDirectory = realpathSync(directory);
  // The name of a Windows pipe dies with its process, so whoever gets it is the owner.
  if (process.platform === 'win32') return tryListen(pipeName(realDirectory));
  if (Buffer.byteLength(realDirectory) <= MAX_DIRECTORY_BYTES) return contend(realDirectory);
  if (process.platform === 'linux') return contendThroughFile(realDirectory);
  throw new StoreError(
    'STOMP_STORE_UNWRITABLE',
    `The path of the data directory ${realDirectory} is too long for a lock (${MAX_DIRECTORY_BYTES} bytes at most): choose a shorter one`,
  );
}

function pipeName(directory: string): string {
  const hash = createHash('sha256').update(directory).digest('hex');
  return `\\\\.\\pipe\\stompbox-${hash.slice(0, 24)}`;
}

/** Names the directory by the number of an open file, which is short, as long as the lock lasts. */
async function contendThroughFile(directory: string): Promise<DirectoryLock | undefined> {
  const file = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  let lock: DirectoryLock | undefined;
  try {
    lock = await contend(`/proc/self/fd/${file}`);
  } finally {
    if (lock === undefined) closeSync(file);
  }
  // The socket is removed by the name it was made with, so the file is closed after it.
  return lock && { release: () => lock.release().finally(() => closeSync(file)) };
}

/** @param folder the directory, under any name that is short enough; it may differ for each who comes */
async function contend(folder: string): Promise<DirectoryLock | undefined> {
  const ownName = PREFIX + randomBytes(RANDOM_BYTES).toString('hex');
  const own = join(folder, ownName);
  const socket = await LockSocket.listen(own);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(PREFIX) || name === ownName) continue;
    const found = await ask(join(folder, name), name < ownName);
    if (found === 'dead') rmSync(join(folder, name), { force: true });
    if (found === 'owner') {
      await socket.release();
      return undefined;
    }
  }
  if (existsSync(own)) {
    socket.becomeOwner();
    return socket;
  }
  // Somebody asked before this socket could answer, and removed it as that of a dead one.
  await socket.release();
  return contend(folder);
}

/** Listens, or `undefined` when the name is taken. */
async function tryListen(path: string): Promise<LockSocket | undefined> {
  try {
    return await LockSocket.listen(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/**
 * What has become of another one who wanted the lock. A candidate that goes first, because its name is
 * lower, counts as owner; one with a higher name is waited for, until it knows.
 */
function ask(other: string, goesFirst: boolean): Promise<'owner' | 'withdrawn' | 'dead'> {
  return new Promise((resolve) => {
    const socket = createConnection(other);
    const found = (what: 'owner' | 'withdrawn' | 'dead') => {
      socket.destroy();
      resolve(what);
    };
    socket.on('data', (answer) => {
      if (answer.includes(OWNER_ANSWER) || goesFirst) found('owner');
    });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => found('owner'));
    socket.once('close', () => found('withdrawn'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') found('dead');
      else if (code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE') found('withdrawn');
      // Whoever cannot be asked may well be alive.
      else found('owner');
    });
  });
}
