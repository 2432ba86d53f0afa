/**
 * Who may do what where, as ActiveMQ's authorization map has it: each entry gives roles some verbs on
 * the destinations that its pattern matches, and what any matching entry gives is given. Nothing
 * takes a permission away.
 */
import type { DestinationKind } from '@stompbox/protocol';
import {
  type DestinationPattern,
  isPattern,
  parsePattern,
  patternCovers,
  patternsOverlap,
} from '../destination-pattern.js';
import { ANY_ROLE } from './user.js';

/**
 * read: SUBSCRIBE. write: SEND. create: SEND or SUBSCRIBE where the destination does not exist yet.
 * browse: look at a queue's messages without taking them. delete: remove a queue, topic or durable
 * subscription. manage: pause, purge, move, and settings of a destination.
 */
export const VERBS = ['read', 'write', 'create', 'browse', 'delete', 'manage'] as const;
export type Verb = (typeof VERBS)[number];

export interface Permission {
  /** `/queue/NAME` or `/topic/NAME` with the wildcards `*` and `>`, or `>` for all of both. */
  readonly destination: string;
  /** Who gets it; `*` is every user who has logged in. */
  readonly roles: readonly string[];
  /** What they may do. */
  readonly may: readonly Verb[];
}

/** Queues and topics, which have permissions; temporary destinations have a setting of their own. */
export type LastingKind = Extract<DestinationKind, 'queue' | 'topic'>;

interface Grant {
  readonly kinds: readonly LastingKind[];
  readonly pattern: DestinationPattern;
  readonly verbs: ReadonlySet<Verb>;
}

/** What the entries give to one set of roles. */
export class Grants {
  readonly #grants: readonly Grant[];

  constructor(grants: readonly Grant[]) {
    this.#grants = grants;
  }

  /** @param name of one destination; of a wildcard one entry must permit all that it matches */
  has(verb: Verb, kind: LastingKind, name: string): boolean {
    const asked = isPattern(name) ? parsePattern(name) : undefined;
    for (const { kinds, pattern, verbs } of this.#grants) {
      if (!verbs.has(verb) || !kinds.includes(kind)) continue;
      if (asked ? patternCovers(pattern, asked) : pattern.matches(name)) return true;
    }
    return false;
  }

  /** Whether there can be a destination that the wildcard matches and that is permitted. */
  hasAny(verb: Verb, kind: LastingKind, wildcard: string): boolean {
    const asked = parsePattern(wildcard);
    return this.#grants.some(
      ({ kinds, pattern, verbs }) =>
        verbs.has(verb) && kinds.includes(kind) && patternsOverlap(pattern, asked),
    );
  }
}

export class Permissions {
  readonly #entries: ReadonlyArray<{ readonly roles: readonly string[]; readonly grant: Grant }>;

  /** @param permissions as `resolveSecurityOptions` has checked them */
  constructor(permissions: readonly Permission[]) {
    this.#entries = permissions.map(({ destination, roles, may }) => ({
      roles,
      grant: { ...parsePermissionDestination(destination), verbs: new Set(may) },
    }));
  }

  /** @param login whether these are the roles of somebody who has logged in */
  of(roles: readonly string[], login: 'user' | 'anonymous'): Grants {
    const entries = this.#entries.filter(
      (entry) =>
        (login === 'user' && entry.roles.includes(ANY_ROLE)) ||
        entry.roles.some((role) => roles.includes(role)),
    );
    return new Grants(entries.map(({ grant }) => grant));
  }
}

/** Whether it is a text that `Permission.destination` allows. */
export function isPermissionDestination(text: string): boolean {
  return text === '>' || /^\/(?:queue|topic)\/[^\s]/.test(text);
}

function parsePermissionDestination(text: string): Pick<Grant, 'kinds' | 'pattern'> {
  if (text === '>') return { kinds: ['queue', 'topic'], pattern: parsePattern('>') };
  const [, kind, name = ''] = /^\/(queue|topic)\/(.+)$/s.exec(text) ?? [];
  return { kinds: [kind === 'topic' ? 'topic' : 'queue'], pattern: parsePattern(name) };
}
