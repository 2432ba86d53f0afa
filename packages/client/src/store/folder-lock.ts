/**
 * One owner per folder. The lock is a socket that only the owner listens on and that tells its process
 * id: unlike a file with that number in it, it dies with its process, also after `kill -9`, and it
 * means the same in containers that share the folder and count processes each for itself.
 *
 * Everyone who wants the lock listens under a name that is never used again, then asks all others that
 * are there. So nobody can take the socket of a living owner for that of a dead one and remove it, and
 * of two who come at the same time at least one sees the other:
 *
 *   candidate ──all others are dead or have withdrawn──▶ owner
 *       └─────there is an owner, or a candidate with a lower name──▶ withdrawn
 *
 * The broker locks its data directory in the same way. The layers forbid to share the code: neither
 * imports the other, and what both import runs in browsers.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, readdir, realpath, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { LockSocket } from './lock-socket.js';

export interface FolderLock {
  release(): Promise<void>;
}

/** Who has the lock already. */
export interface LockOwner {
  readonly pid: string;
}

/** Whoever is alive and does not answer for so long hangs, and has the lock. */
const ANSWER_TIMEOUT_MS = 2000;

const PREFIX = 'lock-';
const RANDOM_BYTES = 6;

/** Paths of Unix sockets are limited to about 100 bytes. */
const MAX_FOLDER_BYTES = 100 - `/${PREFIX}`.length - 2 * RANDOM_BYTES;

/** The lock of a folder that exists, or who has it. Rejects with the error of the system. */
export async function lockFolder(folder: string): Promise<FolderLock | LockOwner> {
  const real = await realpath(folder);
  if (process.platform === 'win32') return lockPipe(real);
  if (Buffer.byteLength(real) <= MAX_FOLDER_BYTES) return contend(real);
  if (process.platform === 'linux') return contendThroughFile(real);
  throw new Error(`its path is longer than the ${MAX_FOLDER_BYTES} bytes that a lock allows`);
}

/** The name of a Windows pipe dies with its process, so whoever gets it is the owner. */
async function lockPipe(folder: string): Promise<FolderLock | LockOwner> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  const name = `\\\\.\\pipe\\stompbox-offline-${hash}`;
  try {
    const socket = await LockSocket.listen(name);
    socket.becomeOwner();
    return socket;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const found = await ask(name, false);
    return typeof found === 'object' ? found : lockPipe(folder);
  }
}

/** Names the folder by the number of an open file, which is short, as long as the lock lasts. */
async function contendThroughFile(folder: string): Promise<FolderLock | LockOwner> {
  const file: FileHandle = await open(folder, 'r');
  try {
    const lock = await contend(`/proc/self/fd/${file.fd}`);
    if ('pid' in lock) {
      await file.close();
      return lock;
    }
    // The socket is removed by the name it was made with, so the file is closed after it.
    return { release: () => lock.release().finally(() => file.close()) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @param folder the folder, under any name that is short enough; it may differ for each who comes */
async function contend(folder: string): Promise<FolderLock | LockOwner> {
  const ownName = PREFIX + randomBytes(RANDOM_BYTES).toString('hex');
  const own = join(folder, ownName);
  const socket = await LockSocket.listen(own);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX) || name === ownName) continue;
    const found = await ask(join(folder, name), name < ownName);
    if (found === 'dead') await rm(join(folder, name), { force: true });
    if (typeof found === 'object') {
      await socket.release();
      return found;
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

/**
 * What has become of another one who wanted the lock. A candidate that goes first, because its name is
 * lower, counts as owner; one with a higher name is waited for, until it knows.
 */
function ask(other: string, goesFirst: boolean): Promise<LockOwner | 'withdrawn' | 'dead'> {
  return new Promise((resolve) => {
    const socket = createConnection(other).setEncoding('latin1');
    let said = '';
    const found = (what: LockOwner | 'withdrawn' | 'dead') => {
      socket.destroy();
      resolve(what);
    };
    const owner = () => ({ pid: /\d+/.exec(said)?.[0] ?? 'of unknown number' });
    socket.on('data', (answer: string) => {
      said += answer;
      if (/^owner \d+\n/m.test(said) || (goesFirst && said.includes('\n'))) found(owner());
    });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => found(owner()));
    socket.once('close', () => found('withdrawn'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') found('dead');
      else if (code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE') found('withdrawn');
      // Whoever cannot be asked may well be alive.
      else found(owner());
    });
  });
}
