/**
 * Cuts bytes of whole frames into one WebSocket message per frame, as text where they are UTF-8.
 *
 * A stream needs no such care, but some brokers are no stream: ActiveMQ Classic reads exactly one
 * frame of each message, and of text messages only.
 */
import { decodeUtf8 } from '@stompbox/protocol';

const LF = 10;
const NUL = 0;

export function toTextMessages(bytes: Uint8Array): readonly (Uint8Array | string)[] {
  const messages: (Uint8Array | string)[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes[start] === LF ? start + 1 : frameEnd(bytes, start);
    messages.push(textOf(bytes.subarray(start, end)));
    start = end;
  }
  return messages;
}

/** Behind the NUL of the frame that begins there, and the line feed that may follow it. */
function frameEnd(bytes: Uint8Array, start: number): number {
  let lineStart = start;
  let bodyBytes = 0;
  for (;;) {
    const lineEnd = bytes.indexOf(LF, lineStart);
    if (lineEnd === -1) return bytes.length;
    if (lineEnd === lineStart) break;
    const length = /^content-length:(\d+)$/.exec(decodeUtf8(bytes.subarray(lineStart, lineEnd)));
    // STOMP 1.2, "Repeated Header Entries": only the first one counts.
    if (length && bodyBytes === 0) bodyBytes = Number(length[1]);
    lineStart = lineEnd + 1;
  }
  const end = bytes.indexOf(NUL, lineStart + 1 + bodyBytes);
  if (end === -1) return bytes.length;
  return bytes[end + 1] === LF ? end + 2 : end + 1;
}

function textOf(bytes: Uint8Array): Uint8Array | string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    // Not UTF-8: no text message can carry it.
    if (error instanceof TypeError) return bytes;
    throw error;
  }
}
