/**
 * Queue or topic, by the prefix of a destination. A name without one, or with one that only a broker
 * knows, is of no kind: nothing is said about it.
 */
import type { HeaderPairs, KindWords } from './broker-profile.js';

export type DestinationKind = 'queue' | 'topic';

export function kindOf(destination: string): DestinationKind | undefined {
  if (destination.startsWith('/queue/')) return 'queue';
  return destination.startsWith('/topic/') ? 'topic' : undefined;
}

/** What SUBSCRIBE must say of its destination; nothing when the caller has said it. */
export function subscribeKindHeaders(
  words: KindWords | undefined,
  destination: string,
  given: HeaderPairs,
): HeaderPairs {
  const kind = kindOf(destination);
  if (words === undefined || kind === undefined) return [];
  const { subscribeHeader } = words;
  if (given.some(([name]) => name === subscribeHeader)) return [];
  return [[subscribeHeader, words[kind]]];
}

/**
 * The head of a SEND with what it must say of its destination. It is made as it is written, because what
 * waits for a connection does not know yet which broker it will be.
 */
export function headWithKind(head: string, words: KindWords, kind: DestinationKind): string {
  const { sendHeader } = words;
  if (head.includes(`\n${sendHeader}:`)) return head;
  // The empty line at its end.
  return `${head.slice(0, -1)}${sendHeader}:${words[kind]}\n\n`;
}
