/** Destinations as clients write them: one, or a list of several with commas between them. */
import { type Destination, ProtocolError, parseDestination } from '@stompbox/protocol';
import type { TemporaryKind } from './temporary-destinations.js';

/** What a client may name. Remote ones are temporary destinations by the name that others know. */
export type Named =
  | { readonly scope: 'broker'; readonly destination: Destination }
  | { readonly scope: 'own'; readonly kind: TemporaryKind; readonly alias: string }
  | { readonly scope: 'remote'; readonly kind: TemporaryKind; readonly name: string };

const REMOTE = /^\/remote-(temp-queue|temp-topic)\/(.*)$/s;

/** Longest list; each element costs the broker a look-up per message. */
const MAX_ELEMENTS = 100;

/**
 * An element without a prefix is a queue, whatever the others are, as in ActiveMQ.
 * @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION` when an element has no name, or there are too many
 */
export function parseDestinations(text: string): readonly [Named, ...Named[]] {
  const [first = '', ...others] = text.split(',');
  if (others.length >= MAX_ELEMENTS) {
    throw new ProtocolError(
      'STOMP_PROTO_BAD_DESTINATION',
      `The list of destinations has ${others.length + 1} elements: at most ${MAX_ELEMENTS} are allowed`,
    );
  }
  return [parseElement(first), ...others.map(parseElement)];
}

function parseElement(text: string): Named {
  const remote = REMOTE.exec(text.trim());
  if (remote !== null) {
    const [, kind, name = ''] = remote;
    if (name === '') {
      throw new ProtocolError(
        'STOMP_PROTO_BAD_DESTINATION',
        `The destination "${text}" has no name: take it from the reply-to header of a message`,
      );
    }
    return { scope: 'remote', kind: kind === 'temp-topic' ? kind : 'temp-queue', name };
  }
  const destination = parseDestination(text);
  const { kind, name } = destination;
  if (kind !== 'temp-queue' && kind !== 'temp-topic') return { scope: 'broker', destination };
  return { scope: 'own', kind, alias: name };
}
