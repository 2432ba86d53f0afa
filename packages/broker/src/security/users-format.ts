/**
 * The text of the users file. It is read strictly: what is not exactly as it is written here is an
 * error that names the place, for a user or a role that is silently left out is a hole or a lock-out.
 *
 *   { "format": "stompbox-users", "version": 1,
 *     "users": [{ "name": …, "roles": […],
 *                 "scrypt": { "cost": …, "blockSize": …, "parallelization": …, "salt": …, "hash": … } }] }
 */
import { StoreError } from '../errors.js';
import { type PasscodeHash, scryptBytes } from './passcode-hash.js';
import { faultOfName, faultOfRole, type User, type Users } from './user.js';

const FORMAT = 'stompbox-users';
const VERSION = 1;

/** Weaker hashes are not safe, stronger ones would let a login stop the broker. */
const LEAST_COST = 2 ** 14;
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_ROUNDS = 64;
const LEAST_BYTES = 16;
const MOST_HASH_BYTES = 64;

type Fields = Readonly<Record<string, unknown>>;

export function formatUsers(users: Users): string {
  const list = [...users.values()].map(({ name, roles, passcode }) => ({
    name,
    roles,
    scrypt: {
      cost: passcode.cost,
      blockSize: passcode.blockSize,
      parallelization: passcode.parallelization,
      salt: Buffer.from(passcode.salt).toString('base64'),
      hash: Buffer.from(passcode.hash).toString('base64'),
    },
  }));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, users: list }, null, 2)}\n`;
}

/**
 * @param file its path, for the error
 * @throws StoreError `STOMP_STORE_USERS_FORMAT`
 */
export function parseUsers(text: string, file: string): Users {
  const reader = new UsersReader(file);
  return reader.users(text);
}

/** The file cannot be used, for this reason. */
export function badUsersFile(file: string, reason: string, cause?: unknown): StoreError {
  return new StoreError(
    'STOMP_STORE_USERS_FORMAT',
    `The users file ${file} cannot be used (${reason}): correct it, or restore a copy; nobody can log in meanwhile`,
    cause === undefined ? undefined : { cause },
  );
}

/** Goes through the file; each step names its place in case of an error. */
class UsersReader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  users(text: string): Users {
    const { format, version, users } = this.#fields('the file', this.#json(text), [
      'format',
      'version',
      'users',
    ]);
    if (format !== FORMAT) this.#fail('format', `must be "${FORMAT}"`);
    if (version !== VERSION) {
      this.#fail('version', `must be ${VERSION}; another version of stompbox wrote it`);
    }
    const byName = new Map<string, User>();
    for (const [index, raw] of this.#list('users', users).entries()) {
      const user = this.#user(`users[${index}]`, raw);
      if (byName.has(user.name)) this.#fail(`users[${index}].name`, 'is there twice');
      byName.set(user.name, user);
    }
    return byName;
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      // Without its cause: V8's message quotes the text, which holds hashes.
      throw badUsersFile(this.#file, 'it is not JSON');
    }
  }

  #user(path: string, raw: unknown): User {
    const { name, roles, scrypt } = this.#fields(path, raw, ['name', 'roles', 'scrypt']);
    return {
      name: this.#text(`${path}.name`, name, faultOfName),
      roles: this.#list(`${path}.roles`, roles).map((role, index) =>
        this.#text(`${path}.roles[${index}]`, role, faultOfRole),
      ),
      passcode: this.#hash(`${path}.scrypt`, scrypt),
    };
  }

  #hash(path: string, raw: unknown): PasscodeHash {
    const names = ['cost', 'blockSize', 'parallelization', 'salt', 'hash'];
    const fields = this.#fields(path, raw, names);
    const cost = this.#whole(`${path}.cost`, fields['cost'], LEAST_COST, 2 ** 20);
    if (!Number.isInteger(Math.log2(cost))) this.#fail(`${path}.cost`, 'must be a power of two');
    const blockSize = this.#whole(`${path}.blockSize`, fields['blockSize'], 8, 64);
    if (scryptBytes(cost, blockSize) > MOST_BYTES) {
      this.#fail(path, `must not take more than ${MOST_BYTES} bytes of memory`);
    }
    const { parallelization: rounds, salt, hash } = fields;
    return {
      cost,
      blockSize,
      parallelization: this.#whole(`${path}.parallelization`, rounds, 1, MOST_ROUNDS),
      salt: this.#bytes(`${path}.salt`, salt),
      hash: this.#bytes(`${path}.hash`, hash),
    };
  }

  #fields(path: string, raw: unknown, names: readonly string[]): Fields {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      this.#fail(path, 'must be an object');
    }
    const unknown = Object.keys(raw).find((name) => !names.includes(name));
    if (unknown !== undefined) this.#fail(path, `must not have the field ${unknown}`);
    const missing = names.find((name) => !Object.hasOwn(raw, name));
    if (missing !== undefined) this.#fail(path, `must have the field ${missing}`);
    return Object.fromEntries(Object.entries(raw));
  }

  #list(path: string, raw: unknown): readonly unknown[] {
    if (!Array.isArray(raw)) this.#fail(path, 'must be a list');
    return raw;
  }

  #text(path: string, raw: unknown, faultOf: (raw: unknown) => string | undefined): string {
    const fault = faultOf(raw);
    if (fault !== undefined || typeof raw !== 'string') {
      this.#fail(path, fault ?? 'must be a text');
    }
    return raw;
  }

  #whole(path: string, raw: unknown, least: number, most: number): number {
    if (typeof raw !== 'number' || !Number.isInteger(raw) || raw < least || raw > most) {
      this.#fail(path, `must be a whole number from ${least} to ${most}`);
    }
    return raw;
  }

  #bytes(path: string, raw: unknown): Uint8Array {
    const bytes = typeof raw === 'string' ? Buffer.from(raw, 'base64') : undefined;
    const isWhole = bytes !== undefined && bytes.toString('base64') === raw;
    if (!isWhole || bytes.length < LEAST_BYTES || bytes.length > MOST_HASH_BYTES) {
      this.#fail(path, `must be ${LEAST_BYTES} to ${MOST_HASH_BYTES} bytes in base64`);
    }
    return bytes;
  }

  #fail(path: string, demand: string): never {
    throw badUsersFile(this.#file, `${path} ${demand}`);
  }
}
