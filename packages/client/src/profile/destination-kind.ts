/**
 * Queue or topic, by the prefix of a destination. A name without one, or with one that only a broker
 * knows, is of no kind: nothing is said about it.
 */
import type { KindWords } from './broker-profile.js';

export type DestinationKind = 'queue' | 'topic';

export function kindOf(destination: string): DestinationKind | undefined {
  if (destination.startsWith('/queue/')) return 'queue';
  return destination.startsWith('/topic/') ? 'topic' : undefined;
}

/**
 * The head of a SEND or SUBSCRIBE with what it must say of its destination, unless its caller has said it.
 * It is made as it is written, because what waits for a connection does not know yet which broker it will
 * be; and each time anew, because the next broker may be another one.
 */
export function headWithKind(head: string, words: KindWords, kind: DestinationKind): string {
  const name = head.startsWith('SUBSCRIBE\n') ? words.subscribeHeader : words.sendHeader;
  if (head.includes(`\n${name}:`)) return head;
  // The empty line at its end.
  return `${head.slice(0, -1)}${name}:${words[kind]}\n\n`;
}
