/** A user of the broker, and what names, roles and passcodes may look like. */
import { OptionsError } from '@stompbox/protocol';
import type { PasscodeHash } from './passcode-hash.js';

export interface User {
  readonly name: string;
  readonly roles: readonly string[];
  readonly passcode: PasscodeHash;
}

/** The users of a broker by name. */
export type Users = ReadonlyMap<string, User>;

/** The built-in role whose users may do everything. */
export const ADMIN_ROLE = 'admin';

/** In a permission: whoever has logged in. */
export const ANY_ROLE = '*';

const LONGEST_NAME = 128;
const SHORTEST_PASSCODE = 8;
const LONGEST_PASSCODE = 1024;

/** STOMP 1.0 trims header values and cannot carry control characters, so nobody could log in with these. */
const NOT_FOR_HEADERS = /\p{Cc}|^\s|\s$/u;

/** What is wrong with the name of a user or a role, or `undefined`. */
export function faultOfName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a text';
  if (name === '') return 'must not be empty';
  if (name.length > LONGEST_NAME) return `must have at most ${LONGEST_NAME} characters`;
  if (NOT_FOR_HEADERS.test(name)) {
    return 'must not have control characters, nor spaces at its ends';
  }
  return undefined;
}

/** What is wrong with the name of a role that a user is given, or `undefined`. */
export function faultOfRole(role: unknown): string | undefined {
  if (role === ANY_ROLE) return 'must not be *, which stands for every user in permissions';
  return faultOfName(role);
}

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function requireUserName(name: string): void {
  const fault = faultOfName(name);
  if (fault) throw new OptionsError('STOMP_OPT_INVALID', `The name of a user ${fault}`);
}

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function requireRole(role: string): void {
  const fault = faultOfRole(role);
  if (fault) throw new OptionsError('STOMP_OPT_INVALID', `The name of a role ${fault}`);
}

/** The error says nothing about the passcode but what is wrong. @throws OptionsError `STOMP_OPT_INVALID` */
export function requirePasscode(passcode: string): void {
  const fault = faultOfPasscode(passcode);
  if (fault) throw new OptionsError('STOMP_OPT_INVALID', `The passcode ${fault}`);
}

function faultOfPasscode(passcode: string): string | undefined {
  if (passcode.length < SHORTEST_PASSCODE) {
    return `must have at least ${SHORTEST_PASSCODE} characters: choose a longer one`;
  }
  if (passcode.length > LONGEST_PASSCODE) {
    return `must have at most ${LONGEST_PASSCODE} characters: choose a shorter one`;
  }
  if (NOT_FOR_HEADERS.test(passcode)) {
    return 'must not have control characters, nor spaces at its ends, which STOMP 1.0 cannot carry';
  }
  return undefined;
}
