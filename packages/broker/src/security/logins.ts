/**
 * Who may connect. Decides for each CONNECT which principal it gets, or why it is refused.
 *
 *   certificate of a known user      that user, without a passcode
 *   login and passcode               the user, if they are right
 *   neither, or no users yet         whatever the options allow
 *
 * What a stranger can learn is the same for a wrong passcode and for a login that nobody has: the text,
 * and the time, for an unknown login is checked against a hash of nobody. A passcode is in no error
 * and in no event.
 */
import { ProtocolError } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import { LoginLanes } from './login-lanes.js';
import { networkOf } from './network.js';
import {
  DEFAULT_PARAMETERS,
  hashOfNobody,
  isPasscodeOf,
  type PasscodeHasher,
  scryptHasher,
} from './passcode-hash.js';
import { Principal } from './principal.js';
import type { ResolvedSecurity } from './security-options.js';
import { ANY_ROLE, type User, type Users } from './user.js';
import { isUsersFault, type UserDirectory } from './user-directory.js';
import { VerifiedLogins } from './verified-logins.js';

/** Characters of a name that a client gives; a header may be longer than anybody wants to read. */
const LONGEST_SHOWN = 100;

export interface LoginRequest {
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  /** Name in the client's TLS certificate, which the transport has verified. */
  readonly certificateName?: string | undefined;
  /** As `Transport.peer`. */
  readonly peer: string;
  readonly isLocal: boolean;
}

export interface LoginsContext {
  readonly security: ResolvedSecurity;
  readonly users: UserDirectory;
  readonly clock: Clock;
  readonly hasher?: PasscodeHasher;
}

export class Logins {
  readonly #security: ResolvedSecurity;
  readonly #users: UserDirectory;
  readonly #hasher: PasscodeHasher;
  readonly #verified: VerifiedLogins;
  readonly #lanes: LoginLanes;
  /** Checks that are under way or wait, by network and digest: equal logins share one. */
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor({ security, users, clock, hasher = scryptHasher }: LoginsContext) {
    this.#security = security;
    this.#users = users;
    this.#hasher = hasher;
    this.#verified = new VerifiedLogins(clock);
    this.#lanes = new LoginLanes(clock);
  }

  /**
   * Reads the users, so that a file that cannot be used is known when the broker starts.
   *
   * @throws StoreError `STOMP_STORE_USERS_FORMAT`
   */
  async load(): Promise<void> {
    await this.#users.current();
  }

  /**
   * Resolves with who it is, which may take as long as many scrypts, or five seconds after failures.
   *
   * @throws ProtocolError `STOMP_PROTO_LOGIN_REFUSED`, `STOMP_PROTO_TRY_LATER`
   */
  async verify(request: LoginRequest): Promise<Principal> {
    const { login = '', passcode = '' } = request;
    this.#lanes.admit(request.peer);
    const users = await this.#currentUsers();
    if (users === undefined && this.#security.isOpenAtFirst) return localPrincipal(request);
    const certified = this.#certifiedUser(request, users);
    if (login === '' && passcode === '') {
      return certified ? this.#principal(certified) : this.#anonymous(request, users);
    }
    // A user in the certificate who gives no passcode; an empty passcode is never a right one.
    if (passcode === '' && certified) return this.#principal(certified);
    if (users === undefined) throw noUsersYet();
    const user = await this.#authenticated(request.peer, login, passcode, users);
    if (user) return this.#principal(user);
    throw refused(`login or passcode of user ${shown(login)} are wrong`);
  }

  async #currentUsers(): Promise<Users | undefined> {
    try {
      return await this.#users.current();
    } catch (cause) {
      if (!isUsersFault(cause)) throw cause;
      throw new ProtocolError(
        'STOMP_PROTO_TRY_LATER',
        'The broker cannot check logins at the moment: its operator must repair the users file',
        { cause },
      );
    }
  }

  #certifiedUser(
    { login = '', certificateName }: LoginRequest,
    users: Users | undefined,
  ): User | undefined {
    if (!this.#security.certificates || certificateName === undefined) return undefined;
    if (login !== '' && login !== certificateName) {
      throw refused(
        `the login ${shown(login)} is not the name in the certificate, ${shown(certificateName)}`,
      );
    }
    return users?.get(certificateName);
  }

  #anonymous({ isLocal }: LoginRequest, users: Users | undefined): Principal {
    const { anonymous, permissions, temporaryRoles } = this.#security;
    if (anonymous && (isLocal || anonymous.from === 'anywhere')) {
      const { roles } = anonymous;
      return new Principal({
        kind: 'anonymous',
        name: 'anonymous',
        roles,
        grants: permissions?.of(roles, 'anonymous'),
        mayUseTemporary: permissions === undefined || isAmong(roles, temporaryRoles),
      });
    }
    if (users === undefined) throw noUsersYet();
    throw refused('this broker wants login and passcode');
  }

  #principal({ name, roles }: User): Principal {
    const { permissions, temporaryRoles } = this.#security;
    return new Principal({
      kind: 'user',
      name,
      roles,
      grants: permissions?.of(roles, 'user'),
      mayUseTemporary: temporaryRoles.includes(ANY_ROLE) || isAmong(roles, temporaryRoles),
    });
  }

  /** The user, if it is the one with this passcode, and still is after the check. */
  async #authenticated(
    peer: string,
    login: string,
    passcode: string,
    users: Users,
  ): Promise<User | undefined> {
    if (passcode === '') return undefined;
    const user = users.get(login);
    const digest = this.#verified.digest(login, passcode, user);
    if (this.#verified.has(digest)) return user;
    const isRight = await this.#oneCheck(`${networkOf(peer)} ${digest}`, () =>
      this.#lanes.check(peer, () => this.#compare(digest, passcode, user, users)),
    );
    if (!isRight) return undefined;
    const now = (await this.#currentUsers())?.get(login);
    return this.#verified.digest(login, passcode, now) === digest ? now : undefined;
  }

  #oneCheck(key: string, check: () => Promise<boolean>): Promise<boolean> {
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    const begun = check().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, begun);
    return begun;
  }

  async #compare(
    digest: string,
    passcode: string,
    user: User | undefined,
    users: Users,
  ): Promise<boolean> {
    // Verified for another client while this one waited for its turn.
    if (this.#verified.has(digest)) return true;
    const expected = user?.passcode ?? hashOfNobody(usualParameters(users));
    const isEqual = await isPasscodeOf(expected, passcode, this.#hasher);
    if (!isEqual || user === undefined) return false;
    this.#verified.add(digest);
    return true;
  }
}

/** Those of the first user, so that an unknown login takes as long as a known one. */
function usualParameters(users: Users): typeof DEFAULT_PARAMETERS {
  for (const { passcode } of users.values()) return passcode;
  return DEFAULT_PARAMETERS;
}

function localPrincipal({ login, isLocal }: LoginRequest): Principal {
  if (!isLocal) throw noUsersYet();
  const name = login || 'anonymous';
  return new Principal({ kind: 'local', name, roles: [], mayUseTemporary: true });
}

/** For errors, which go to logs too. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, LONGEST_SHOWN));
}

function isAmong(roles: readonly string[], allowed: readonly string[]): boolean {
  return roles.some((role) => allowed.includes(role));
}

function noUsersYet(): ProtocolError {
  return new ProtocolError(
    'STOMP_PROTO_LOGIN_REFUSED',
    'This broker has no users configured, so it serves only clients on its own machine: add one with stompbox user add',
  );
}

function refused(reason: string): ProtocolError {
  return new ProtocolError('STOMP_PROTO_LOGIN_REFUSED', `Access refused: ${reason}`);
}
