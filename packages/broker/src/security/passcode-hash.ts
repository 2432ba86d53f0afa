/**
 * Passcodes as scrypt hashes. Every hash carries the salt and the parameters it was made with, so that
 * both may differ from user to user and the parameters may grow without a new file format.
 *
 * Hashing takes a thread of libuv's pool for a tenth of a second or more, and tens of MiB; who calls
 * this often has to limit how many run at the same time, for the pool also syncs the store.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface ScryptParameters {
  /** Power of two: how much work and memory. */
  readonly cost: number;
  readonly blockSize: number;
  /** How often one after the other: work without memory. */
  readonly parallelization: number;
}

export interface PasscodeHash extends ScryptParameters {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** The work itself, as a port: tests count it instead of waiting for it. */
export interface PasscodeHasher {
  hash(
    passcode: string,
    salt: Uint8Array,
    parameters: ScryptParameters,
    bytes: number,
  ): Promise<Uint8Array>;
}

/** OWASP's advice of equal strength to a cost of 2^17, with a quarter of its memory: 32 MiB. */
export const DEFAULT_PARAMETERS: ScryptParameters = {
  cost: 2 ** 15,
  blockSize: 8,
  parallelization: 3,
};

const SALT_BYTES = 16;
const HASH_BYTES = 32;

export const scryptHasher: PasscodeHasher = {
  hash(passcode, salt, { cost, blockSize, parallelization }, bytes) {
    const options = { cost, blockSize, parallelization, maxmem: 2 * scryptBytes(cost, blockSize) };
    return new Promise((resolve, reject) => {
      scrypt(passcode, salt, bytes, options, (error, hash) => {
        if (error) reject(error);
        else resolve(hash);
      });
    });
  },
};

/** Memory that one hash takes. */
export function scryptBytes(cost: number, blockSize: number): number {
  return 128 * cost * blockSize;
}

/** A new hash, with a salt of its own. */
export async function hashPasscode(
  passcode: string,
  hasher: PasscodeHasher = scryptHasher,
  parameters: ScryptParameters = DEFAULT_PARAMETERS,
): Promise<PasscodeHash> {
  const salt = randomBytes(SALT_BYTES);
  return { ...parameters, salt, hash: await hasher.hash(passcode, salt, parameters, HASH_BYTES) };
}

/** Takes as long for a wrong passcode as for the right one. */
export async function isPasscodeOf(
  expected: PasscodeHash,
  passcode: string,
  hasher: PasscodeHasher = scryptHasher,
): Promise<boolean> {
  const { salt, hash } = expected;
  const actual = await hasher.hash(passcode, salt, expected, hash.length);
  return timingSafeEqual(actual, hash);
}

/** A hash that no passcode has, made with these parameters: costs what a real one costs. */
export function hashOfNobody({ cost, blockSize, parallelization }: ScryptParameters): PasscodeHash {
  const salt = randomBytes(SALT_BYTES);
  return { cost, blockSize, parallelization, salt, hash: randomBytes(HASH_BYTES) };
}
