/**
 * Who a session belongs to, and what it may do: decided at its login, kept for its life. A role that is
 * given or taken away counts from the next login on.
 */
import { type Destination, formatDestination, ProtocolError } from '@stompbox/protocol';
import type { Grants, LastingKind, Verb } from './permissions.js';
import { ADMIN_ROLE } from './user.js';

/** local: a program on the broker's machine, as long as there are no users. */
export type PrincipalKind = 'user' | 'anonymous' | 'local';

export interface PrincipalOptions {
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly roles: readonly string[];
  /** Without it, everything but `manage` is allowed. */
  readonly grants?: Grants | undefined;
  readonly mayUseTemporary: boolean;
}

const DOES: Readonly<Record<Verb, string>> = {
  read: 'read from',
  write: 'write to',
  create: 'create',
  browse: 'browse',
  delete: 'delete',
  manage: 'manage',
};

export class Principal {
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly roles: readonly string[];
  readonly #grants: Grants | undefined;
  readonly #mayUseTemporary: boolean;

  constructor({ kind, name, roles, grants, mayUseTemporary }: PrincipalOptions) {
    this.kind = kind;
    this.name = name;
    this.roles = roles;
    this.#grants = grants;
    this.#mayUseTemporary = mayUseTemporary;
  }

  /** May do everything, also with the broker as a whole. */
  get isAdmin(): boolean {
    return this.kind === 'local' || this.roles.includes(ADMIN_ROLE);
  }

  /** @param destination a single one, or a wildcard: then all that it matches must be allowed */
  may(verb: Verb, destination: Destination): boolean {
    const kind = lastingKind(destination);
    if (kind === undefined || this.#grants === undefined) return this.#mayAtAll(verb, kind);
    return this.isAdmin || this.#grants.has(verb, kind, destination.name);
  }

  /** Whether a destination can exist that the wildcards of this one match, and that allows it. */
  mayAny(verb: Verb, wildcard: Destination): boolean {
    const kind = lastingKind(wildcard);
    if (kind === undefined || this.#grants === undefined) return this.#mayAtAll(verb, kind);
    return this.isAdmin || this.#grants.hasAny(verb, kind, wildcard.name);
  }

  /** @throws ProtocolError `STOMP_PROTO_NOT_ALLOWED` unless `may` */
  require(verb: Verb, destination: Destination): void {
    if (!this.may(verb, destination)) throw this.#refusal(verb, formatDestination(destination));
  }

  /** @throws ProtocolError `STOMP_PROTO_NOT_ALLOWED` unless `mayAny` */
  requireAny(verb: Verb, wildcard: Destination): void {
    if (this.mayAny(verb, wildcard)) return;
    throw this.#refusal(verb, `anything that ${formatDestination(wildcard)} matches`);
  }

  /** @throws ProtocolError `STOMP_PROTO_NOT_ALLOWED` unless `may`; for a wildcard */
  requireAll(verb: Verb, wildcard: Destination): void {
    if (this.may(verb, wildcard)) return;
    throw this.#refusal(verb, `all that ${formatDestination(wildcard)} matches`);
  }

  /** @throws ProtocolError `STOMP_PROTO_NOT_ALLOWED` unless it is an admin: for the broker as a whole */
  requireAdmin(): void {
    if (!this.isAdmin) throw this.#refusal('manage', 'this broker');
  }

  /** Where no permission is asked for: temporary destinations, or a broker without permissions. */
  #mayAtAll(verb: Verb, kind: LastingKind | undefined): boolean {
    if (this.isAdmin) return true;
    if (verb === 'manage') return false;
    return kind !== undefined || this.#mayUseTemporary;
  }

  #refusal(verb: Verb, what: string): ProtocolError {
    const who = this.kind === 'anonymous' ? 'A client without a login' : `User ${this.name}`;
    const roles = this.roles.length === 0 ? 'it has no roles' : `its roles: ${this.#roleList}`;
    return new ProtocolError(
      'STOMP_PROTO_NOT_ALLOWED',
      `${who} may not ${DOES[verb]} ${what}: ask for a role that has the permission (${roles})`,
    );
  }

  get #roleList(): string {
    return this.roles.join(', ');
  }
}

function lastingKind({ kind }: Destination): LastingKind | undefined {
  return kind === 'queue' || kind === 'topic' ? kind : undefined;
}
