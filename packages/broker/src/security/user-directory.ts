/**
 * The users as logins see them: what is in the file now, read only when it has changed.
 *
 * Every login asks the file's state, with `stat`. That is reliable on every system and file system,
 * containers and network shares included, where `fs.watch` may say nothing; and it holds at once, where
 * a notice comes some time later. Of logins that come together all but the first share one `stat`,
 * which began after each of them came.
 */
import { StoreError } from '../errors.js';
import type { ResolvedSecurity } from './security-options.js';
import type { Users } from './user.js';
import { identityOfUsers, type ReadUsers, readUsers, usersFileIn } from './users-file.js';
import { badUsersFile } from './users-format.js';

/** `undefined`: there have never been users. */
export interface UserDirectory {
  /** @throws StoreError `STOMP_STORE_USERS_FORMAT` while the file cannot be used */
  current(): Promise<Users | undefined>;
}

/** A broker that keeps nothing on disk. */
export const noUsers: UserDirectory = { current: () => Promise.resolve(undefined) };

/** Where the users of a broker are. */
export function usersOf(options: {
  readonly data: string;
  readonly memory: boolean;
  readonly security: Pick<ResolvedSecurity, 'usersFile'>;
}): UserDirectory {
  const { data, memory, security } = options;
  const file = security.usersFile ?? (memory ? undefined : usersFileIn(data));
  return file === undefined ? noUsers : new FileUserDirectory(file);
}

export class FileUserDirectory implements UserDirectory {
  readonly #path: string;
  #known: ReadUsers | undefined;
  #running: Promise<Users | undefined> | undefined;
  #next: Promise<Users | undefined> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  current(): Promise<Users | undefined> {
    if (this.#running === undefined) return this.#start();
    // The one that runs may have looked before the change that this login must see.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<Users | undefined> {
    this.#next = undefined;
    const look = this.#look().finally(() => {
      if (this.#running === look) this.#running = undefined;
    });
    this.#running = look;
    return look;
  }

  async #look(): Promise<Users | undefined> {
    const identity = await identityOfUsers(this.#path);
    if (identity !== undefined && identity === this.#known?.identity) return this.#known.users;
    const read = identity === undefined ? undefined : await readUsers(this.#path);
    if (read === undefined && this.#known !== undefined) {
      // A file that is lost must not open the broker to everybody on this machine.
      throw badUsersFile(this.#path, 'it has been removed while the broker runs');
    }
    this.#known = read;
    return read?.users;
  }
}

/** The family to tell the operator of, while the client only hears that it is to come again. */
export function isUsersFault(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'STOMP_STORE_USERS_FORMAT';
}
