/**
 * The destination of a pattern. Without Nest's envelope the pattern is the destination: `orders` is
 * `/queue/orders`, and `/topic/news` is what it says.
 */
import { OptionsError } from '@stompbox/protocol';
import type { Destination } from '../../destination/destination.js';
import { queueDestination } from '../../settings/destination-name.js';

/** Destinations of the options by their text, so that a pattern finds its schema. */
export type KnownDestinations = ReadonlyMap<string, Destination>;

export function knownDestinations(given: readonly Destination[]): KnownDestinations {
  return new Map(given.map((destination) => [destination.destination, destination]));
}

/**
 * @param pattern as Nest normalizes it: an object has become a text in braces
 * @throws OptionsError `STOMP_OPT_INVALID` for a pattern that cannot be a destination
 */
export function patternDestination(
  pattern: string,
  known: KnownDestinations,
): string | Destination {
  if (pattern.trim() === '' || pattern.startsWith('{')) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The pattern ${pattern || '""'} is no destination: write a text such as 'orders' or '/topic/news', ` +
        'or set the option envelope, with which any pattern travels through one queue',
    );
  }
  const text = /^\/(temp-)?topic\//.test(pattern.trim())
    ? pattern.trim()
    : queueDestination(pattern, 'pattern');
  return known.get(text) ?? text;
}
