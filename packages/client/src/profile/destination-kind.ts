/**
 * Tells a broker whether a destination is a queue or a topic, by its prefix. A name without one, or with
 * one that only a broker knows, is of no kind: nothing is said about it.
 */
import type { KindWords } from './broker-profile.js';

/** Heads of this client begin with the destination; slashes are escaped in no version. */
const OF_A_KIND = /^(SEND|SUBSCRIBE)\ndestination:\/(queue|topic)\//;

/**
 * The head of a SEND or SUBSCRIBE with what it must say of its destination, unless its caller has said it.
 * It is made as it is written, because what waits for a connection does not know yet which broker it will
 * be; and each time anew, because the next broker may be another one.
 */
export function headWithKind(head: string, words: KindWords): string {
  const [, command, kind] = OF_A_KIND.exec(head) ?? [];
  const name = words[command as 'SEND' | 'SUBSCRIBE'];
  if (kind === undefined || head.includes(`\n${name}:`)) return head;
  // The empty line at its end.
  return `${head.slice(0, -1)}${name}:${words[kind as 'queue' | 'topic']}\n\n`;
}
