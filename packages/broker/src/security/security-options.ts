/** The security options of a broker, checked at the door. */
import { invalid, requireKnown } from '../option-checks.js';
import { isPermissionDestination, type Permission, Permissions, VERBS } from './permissions.js';
import { ADMIN_ROLE, ANY_ROLE, faultOfName } from './user.js';

export interface AnonymousOptions {
  /** Roles of clients that give neither login nor passcode. */
  readonly roles: readonly string[];
  /** Where such clients may come from. Default `loopback`. */
  readonly from?: 'loopback' | 'anywhere';
}

/**
 * With no options and no users file, programs on the broker's own machine may do everything under any
 * login, and others nothing. As soon as there is a users file, or one of `permissions` and `anonymous`
 * is given, a login is demanded of everybody.
 */
export interface SecurityOptions {
  /** File with the users. Default `users.json` in the data directory; in memory: none. */
  readonly usersFile?: string;
  /** What clients without a login may do; `false`: none may connect. */
  readonly anonymous?: false | AnonymousOptions;
  /** Who may do what where. Default: who has logged in may do everything but manage. */
  readonly permissions?: readonly Permission[];
  /** Who may make and use temporary destinations. Default every user who has logged in. */
  readonly temporaryDestinations?: { readonly roles: readonly string[] };
  /** Whether a TLS client certificate stands for the login of the user that it names. Default false. */
  readonly certificates?: boolean;
}

export interface ResolvedSecurity {
  /** `undefined`: the place that goes with the store. */
  readonly usersFile: string | undefined;
  readonly anonymous: Required<AnonymousOptions> | undefined;
  /** Whether programs on this machine need no login as long as there are no users. */
  readonly isOpenAtFirst: boolean;
  readonly permissions: Permissions | undefined;
  readonly temporaryRoles: readonly string[];
  readonly certificates: boolean;
}

const NAMES = [
  'usersFile',
  'anonymous',
  'permissions',
  'temporaryDestinations',
  'certificates',
] as const satisfies ReadonlyArray<keyof SecurityOptions>;

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveSecurityOptions(raw: SecurityOptions = {}): ResolvedSecurity {
  requireKnown('security', raw, NAMES);
  const { usersFile, anonymous, permissions, certificates = false } = raw;
  const { temporaryDestinations = { roles: [ANY_ROLE] } } = raw;
  if (usersFile !== undefined && (typeof usersFile !== 'string' || usersFile === '')) {
    throw invalid('security.usersFile', 'a file', usersFile);
  }
  if (typeof certificates !== 'boolean') {
    throw invalid('security.certificates', 'true or false', certificates);
  }
  requireKnown('security.temporaryDestinations', temporaryDestinations, ['roles']);
  requireRoles('security.temporaryDestinations.roles', temporaryDestinations.roles, [ANY_ROLE]);
  return {
    usersFile,
    anonymous: resolveAnonymous(anonymous),
    // A file that was named and is not there is a mistake, not a broker without users.
    isOpenAtFirst: [usersFile, anonymous, permissions].every((each) => each === undefined),
    permissions: permissions === undefined ? undefined : resolvePermissions(permissions),
    temporaryRoles: [...temporaryDestinations.roles],
    certificates,
  };
}

function resolveAnonymous(
  raw: false | AnonymousOptions | undefined,
): Required<AnonymousOptions> | undefined {
  if (raw === undefined || raw === false) return undefined;
  requireKnown('security.anonymous', raw, ['roles', 'from']);
  const { roles, from = 'loopback' } = raw;
  requireRoles('security.anonymous.roles', roles, []);
  if (roles.includes(ADMIN_ROLE)) {
    throw invalid('security.anonymous.roles', 'roles that are not admin', ADMIN_ROLE);
  }
  if (from !== 'loopback' && from !== 'anywhere') {
    throw invalid('security.anonymous.from', 'loopback or anywhere', from);
  }
  return { roles: [...roles], from };
}

function resolvePermissions(raw: readonly Permission[]): Permissions {
  if (!Array.isArray(raw)) throw invalid('security.permissions', 'a list', raw);
  for (const [index, entry] of raw.entries()) {
    const path = `security.permissions[${index}]`;
    requireKnown(path, entry, ['destination', 'roles', 'may']);
    const { destination, roles, may } = entry;
    if (typeof destination !== 'string' || !isPermissionDestination(destination)) {
      throw invalid(`${path}.destination`, '/queue/…, /topic/… or > for all of both', destination);
    }
    requireRoles(`${path}.roles`, roles, [ANY_ROLE]);
    if (roles.length === 0) throw invalid(`${path}.roles`, 'a list with at least one role', '[]');
    requireVerbs(`${path}.may`, may);
  }
  return new Permissions(raw);
}

function requireVerbs(path: string, verbs: readonly string[]): void {
  if (!Array.isArray(verbs) || verbs.length === 0) {
    throw invalid(path, `a list of ${VERBS.join(', ')}`, verbs);
  }
  const known: readonly string[] = VERBS;
  for (const [index, verb] of verbs.entries()) {
    if (!known.includes(verb))
      throw invalid(`${path}[${index}]`, `one of ${VERBS.join(', ')}`, verb);
  }
}

/** @param wildcards what is allowed although no user can have it */
function requireRoles(path: string, roles: readonly string[], wildcards: readonly string[]): void {
  if (!Array.isArray(roles)) throw invalid(path, 'a list of roles', roles);
  for (const [index, role] of roles.entries()) {
    const isWrong = faultOfName(role) !== undefined;
    if (isWrong || (role === ANY_ROLE && !wildcards.includes(ANY_ROLE))) {
      throw invalid(`${path}[${index}]`, 'the name of a role', role);
    }
  }
}
