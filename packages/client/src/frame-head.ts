/** The head of a frame as text: command, header lines and the empty line. */
import { encodeHead, FrameHeaders, type StompVersion, unescapeHeader } from '@stompbox/protocol';
import type { HeaderPair } from './operation.js';

/** Names and values of a head that this client has made. */
export function headersOfHead(head: string, version: StompVersion): HeaderPair[] {
  const lines = head.split('\n');
  // The command stands before them; the empty line, and what split() sees after it, behind.
  return lines.slice(1, -2).map((line) => {
    const colon = line.indexOf(':');
    const name = unescapeHeader(line.slice(0, colon), version);
    return [name, unescapeHeader(line.slice(colon + 1), version)];
  });
}

/** The same head in the words of another version. */
export function translateHead(head: string, from: StompVersion, to: StompVersion): string {
  const command = head.slice(0, head.indexOf('\n')) as Parameters<typeof encodeHead>[0];
  return encodeHead(command, headersOfHead(head, from), to);
}

/** The headers for listeners. */
export function observedHead(head: string, version: StompVersion): FrameHeaders {
  return new FrameHeaders(headersOfHead(head, version).flat());
}
