/**
 * `reply-to` headers that name temporary destinations. They are stored by the name that everybody can
 * send to, and shown to their owner by the owner's own name.
 */
import { type Destination, ProtocolError } from '@stompbox/protocol';
import { type Named, parseDestinations } from './parse-list.js';
import { remoteName, type TemporaryDestinations } from './temporary-destinations.js';

const OWN = /(^|,)\s*\/temp-(queue|topic)\//;

/** Whose names are read, and what it may do. */
export interface NameOwner {
  readonly connectionId: string;
  readonly temporaries: TemporaryDestinations;
  /** @throws what is to be told to a client that may not make a temporary destination */
  requireCreate(destination: Destination): void;
}

/**
 * The header as it is stored. Naming a temporary destination there makes it, as in ActiveMQ. A text that
 * names nothing is kept as it is.
 */
export function storedReplyTo(value: string, owner: NameOwner): string {
  if (!OWN.test(value)) return value;
  const elements = destinationsIn(value);
  if (elements === undefined) return value;
  const { connectionId, temporaries } = owner;
  const parts = value.split(',');
  return elements
    .map((named, index) => {
      if (named.scope !== 'own') return parts[index];
      const { kind, alias } = named;
      const name = remoteName(connectionId, alias);
      if (temporaries.find(kind, name) === undefined) owner.requireCreate({ kind, name });
      temporaries.own(connectionId, kind, alias);
      return `/remote-${kind}/${name}`;
    })
    .join(',');
}

function destinationsIn(value: string): readonly Named[] | undefined {
  try {
    return parseDestinations(value);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The header as a consumer sees it: its owner sees the name that it gave itself. */
export function shownReplyTo(stored: string, connectionId: string): string {
  return stored
    .split(',')
    .map((element) => {
      const own = /^\/remote-(temp-queue|temp-topic)\/(.+)$/s.exec(element);
      const prefix = `${connectionId}:`;
      if (own === null || !own[2]?.startsWith(prefix)) return element;
      return `/${own[1]}/${own[2].slice(prefix.length)}`;
    })
    .join(',');
}
