/** A hasher that costs nothing, counts, and can be made to wait. The hash is the passcode itself, padded. */
import { hashPasscode, type PasscodeHasher } from '../../dist/security/passcode-hash.js';
import type { User, Users } from '../../dist/security/user.js';
import type { UserDirectory } from '../../dist/security/user-directory.js';

export class FakeHasher implements PasscodeHasher {
  /** Passcodes that were hashed, in order. */
  readonly hashed: string[] = [];
  running = 0;
  mostRunning = 0;
  #held: Array<() => void> | undefined;

  async hash(passcode: string, salt: Uint8Array): Promise<Uint8Array> {
    this.hashed.push(passcode);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    const held = this.#held;
    await (held ? new Promise<void>((resolve) => held.push(resolve)) : settled());
    this.running -= 1;
    return paddedHash(passcode, salt);
  }

  get count(): number {
    return this.hashed.length;
  }

  /** From now on a hash is done only when `release` is called. */
  hold(): void {
    this.#held = [];
  }

  /** Finishes what is held, and holds no more. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resolve of held) resolve();
  }
}

function paddedHash(passcode: string, salt: Uint8Array): Uint8Array {
  const hash = Buffer.alloc(32);
  hash.write(passcode.slice(0, 16));
  hash.set(salt.subarray(0, 16), 16);
  return hash;
}

export async function userWith(
  name: string,
  passcode: string,
  roles: readonly string[] = [],
): Promise<User> {
  return { name, roles, passcode: await hashPasscode(passcode, new FakeHasher()) };
}

/** Users that a test changes by hand. */
export class FakeUsers implements UserDirectory {
  users: Users | undefined;
  fault: Error | undefined;

  constructor(users: readonly User[] | undefined) {
    this.users = users && new Map(users.map((user) => [user.name, user]));
  }

  current(): Promise<Users | undefined> {
    return this.fault ? Promise.reject(this.fault) : Promise.resolve(this.users);
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
