/**
 * The users file on disk, as `stompbox user` changes it, also while a broker runs. A change is whole or
 * it is not there at all:
 *
 *   make users.json.new (only one can) → read users.json → write, sync → rename over users.json → sync
 *
 * The new file is the lock at the same time: of two changes the second one is refused, instead of
 * undoing the first. A process that is killed leaves the old users, and the new file; the error of the
 * next change says what to do with it.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OptionsError } from '@stompbox/protocol';
import { StoreError } from '../errors.js';
import { makeDirectory, syncDirectory } from '../store/sync-directory.js';
import { hashPasscode, type PasscodeHasher, scryptHasher } from './passcode-hash.js';
import { requirePasscode, requireRole, requireUserName, type User, type Users } from './user.js';
import { badUsersFile, formatUsers, parseUsers } from './users-format.js';

/** The steps of a change that can fail or be the last one of a process. */
export interface UsersFileSteps {
  /** Creates a file for its owner alone; rejects with `EEXIST` if it is there. */
  create(file: string): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  syncDirectory(directory: string): void;
}

const diskSteps: UsersFileSteps = {
  create: (file) => open(file, 'wx', 0o600),
  rename,
  remove: (file) => rm(file),
  syncDirectory,
};

export interface UsersFilePorts {
  readonly hasher: PasscodeHasher;
  readonly steps: UsersFileSteps;
}

/** A user without the hash. */
export interface UserSummary {
  readonly name: string;
  readonly roles: readonly string[];
}

export interface NewUser extends UserSummary {
  readonly passcode: string;
}

/** Where the users of a data directory are. */
export function usersFileIn(dataDirectory: string): string {
  return join(dataDirectory, 'users.json');
}

/**
 * Users of a broker, in a file. Every method reads the file anew.
 *
 * All methods reject with a StoreError `STOMP_STORE_USERS_FORMAT` when the file cannot be used; changes
 * also with `STOMP_STORE_USERS_BUSY` and `STOMP_STORE_UNWRITABLE`.
 */
export class UsersFile {
  readonly path: string;
  readonly #hasher: PasscodeHasher;
  readonly #steps: UsersFileSteps;

  /** @param path see `usersFileIn`; the file and its directory are made by the first `add` */
  constructor(path: string, ports: Partial<UsersFilePorts> = {}) {
    this.path = path;
    this.#hasher = ports.hasher ?? scryptHasher;
    this.#steps = ports.steps ?? diskSteps;
  }

  /** All users in the order of their names; `undefined` when there is no file. */
  async list(): Promise<readonly UserSummary[] | undefined> {
    const users = (await readUsers(this.path))?.users;
    if (users === undefined) return undefined;
    const summaries = [...users.values()].map(({ name, roles }) => ({ name, roles }));
    return summaries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Resolves when the user is on disk. @throws OptionsError `STOMP_OPT_INVALID`, also if it exists */
  async add({ name, passcode, roles }: NewUser): Promise<void> {
    requireUserName(name);
    for (const role of roles) requireRole(role);
    requirePasscode(passcode);
    const user: User = {
      name,
      roles: [...new Set(roles)],
      passcode: await hashPasscode(passcode, this.#hasher),
    };
    makeDirectoryOf(this.path);
    await this.#change((users) => {
      if (users.has(name)) {
        throw new OptionsError(
          'STOMP_OPT_INVALID',
          `The user ${name} exists already: change its passcode, or remove it first`,
        );
      }
      return new Map(users).set(name, user);
    });
  }

  /**
   * Resolves when the user is gone from disk; a running broker lets it in no more.
   * @throws OptionsError `STOMP_OPT_INVALID` if there is no such user
   */
  async remove(name: string): Promise<void> {
    await this.#change((users) => {
      this.#userIn(users, name);
      const left = new Map(users);
      left.delete(name);
      return left;
    });
  }

  /** Resolves when the new passcode holds. @throws OptionsError `STOMP_OPT_INVALID` as `add`, `remove` */
  async changePasscode(name: string, passcode: string): Promise<void> {
    requirePasscode(passcode);
    const hash = await hashPasscode(passcode, this.#hasher);
    await this.#change((users) => {
      const user = this.#userIn(users, name);
      return new Map(users).set(name, { ...user, passcode: hash });
    });
  }

  #userIn(users: Users, name: string): User {
    const user = users.get(name);
    if (user) return user;
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `There is no user ${name} in ${this.path}: see which there are with stompbox user list`,
    );
  }

  async #change(change: (users: Users) => Users): Promise<void> {
    const lock = `${this.path}.new`;
    const file = await this.#create(lock);
    try {
      const users = change((await readUsers(this.path))?.users ?? new Map());
      await write(file, formatUsers(users), dirname(this.path));
      await this.#steps.rename(lock, this.path);
    } catch (error) {
      await this.#steps.remove(lock).catch(() => undefined);
      throw asUnwritable(this.path, error);
    }
    try {
      this.#steps.syncDirectory(dirname(this.path));
    } catch (error) {
      throw asUnwritable(this.path, error);
    }
  }

  async #create(lock: string): Promise<FileHandle> {
    try {
      return await this.#steps.create(lock);
    } catch (cause) {
      if (systemCode(cause) !== 'EEXIST') throw asUnwritable(this.path, cause);
      throw new StoreError(
        'STOMP_STORE_USERS_BUSY',
        `Another command changes the users, or was killed while it did (${lock} exists): try again; if no other runs, delete that file`,
        { cause },
      );
    }
  }
}

export interface ReadUsers {
  readonly users: Users;
  /** Another one after each change. */
  readonly identity: string;
}

/** What is in the file; `undefined` when there is none. @throws StoreError `STOMP_STORE_USERS_FORMAT` */
export async function readUsers(path: string): Promise<ReadUsers | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      // From one handle, or the one could be that of another file than the other.
      const identity = identityOf(await file.stat({ bigint: true }));
      return { users: parseUsers(await file.readFile('utf8'), path), identity };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (systemCode(error) === 'ENOENT') return undefined;
    throw badUsersFile(path, reasonOf(error), error);
  }
}

/** As `ReadUsers.identity`, without reading; `undefined` when there is no file. */
export async function identityOfUsers(path: string): Promise<string | undefined> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw badUsersFile(path, reasonOf(error), error);
  }
}

interface FileFacts {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** A renamed file brings an inode of its own; the times are for those who edit it in place. */
function identityOf({ ino, size, mtimeNs, ctimeNs }: FileFacts): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

async function write(file: FileHandle, text: string, directory: string): Promise<void> {
  try {
    await file.writeFile(text);
    await giveToOwner(file, directory);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What root writes, the broker's own user must be able to read. */
async function giveToOwner(file: FileHandle, directory: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(directory);
  await file.chown(uid, gid);
}

function makeDirectoryOf(path: string): void {
  try {
    makeDirectory(dirname(path));
  } catch (error) {
    throw asUnwritable(path, error);
  }
}

function asUnwritable(path: string, error: unknown): Error {
  if (error instanceof StoreError || error instanceof OptionsError) return error;
  return new StoreError(
    'STOMP_STORE_UNWRITABLE',
    `The users file ${path} cannot be written (${reasonOf(error)}): check the permissions of its directory and the disk`,
    { cause: error },
  );
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function reasonOf(error: unknown): string {
  return systemCode(error) ?? (error instanceof Error ? error.message : String(error));
}
