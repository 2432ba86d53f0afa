/**
 * `reply-to` headers that name temporary destinations. They are stored by the name that everybody can
 * send to, and shown to their owner by the owner's own name.
 */
import { ProtocolError } from '@stompbox/protocol';
import { type Named, parseDestinations } from './parse-list.js';
import { remoteName, type TemporaryDestinations } from './temporary-destinations.js';

const OWN = /(^|,)\s*\/temp-(queue|topic)\//;

/**
 * The header as it is stored. Naming a temporary destination there makes it, as in ActiveMQ. A text that
 * names nothing is kept as it is.
 */
export function storedReplyTo(
  value: string,
  ownerId: string,
  temporaries: TemporaryDestinations,
): string {
  if (!OWN.test(value)) return value;
  const elements = destinationsIn(value);
  if (elements === undefined) return value;
  const parts = value.split(',');
  return elements
    .map((named, index) => {
      if (named.scope !== 'own') return parts[index];
      temporaries.own(ownerId, named.kind, named.alias);
      return `/remote-${named.kind}/${remoteName(ownerId, named.alias)}`;
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
