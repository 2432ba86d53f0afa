import { ProtocolError } from './errors.js';

export type DestinationKind = 'queue' | 'topic' | 'temp-queue' | 'temp-topic';

/** A destination as JMS knows it: a kind and a name, whose dots separate path elements. */
export interface Destination {
  readonly kind: DestinationKind;
  readonly name: string;
}

const PREFIXES: ReadonlyArray<readonly [prefix: string, kind: DestinationKind]> = [
  ['/queue/', 'queue'],
  ['/topic/', 'topic'],
  ['/temp-queue/', 'temp-queue'],
  ['/temp-topic/', 'temp-topic'],
];

/**
 * Reads ActiveMQ's destination forms: `/queue/N`, `/topic/N`, `/temp-queue/N`, `/temp-topic/N`; a
 * text without such a prefix is the name of a queue. Spaces around it are not part of it, and options
 * behind a question mark are left out: they are for JMS clients, ActiveMQ ignores them over STOMP.
 *
 * @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION` when the name is empty.
 */
export function parseDestination(text: string): Destination {
  const [trimmed = ''] = text.trim().split('?', 1);
  for (const [prefix, kind] of PREFIXES) {
    if (trimmed.startsWith(prefix)) return named(kind, trimmed.slice(prefix.length), text);
  }
  return named('queue', trimmed, text);
}

function named(kind: DestinationKind, name: string, text: string): Destination {
  if (name !== '') return { kind, name };
  throw new ProtocolError(
    'STOMP_PROTO_BAD_DESTINATION',
    `The destination "${text}" has no name: expected for example /queue/orders or /topic/news`,
  );
}

/** The STOMP form of a destination, as MESSAGE frames carry it. */
export function formatDestination(destination: Destination): string {
  return `/${destination.kind}/${destination.name}`;
}
