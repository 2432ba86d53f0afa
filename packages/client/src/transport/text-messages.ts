/**
 * Cuts a stream of frames into one WebSocket message per frame, as text where it is UTF-8.
 *
 * A stream needs no such care, but some brokers are no stream: ActiveMQ Classic reads exactly one
 * frame of each message, and of text messages only. A frame that comes in pieces is held until it is
 * whole.
 */
import { decodeUtf8, joinBytes } from '@stompbox/protocol';
import type { ToMessages } from './websocket-transport.js';

const LF = 10;
const NUL = 0;

/** What cuts the stream of one connection. */
export function textMessages(): ToMessages {
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  /** So many must be there before looking again makes sense. */
  let neededBytes = 0;
  return (piece) => {
    pieces.push(piece);
    heldBytes += piece.length;
    if (heldBytes < neededBytes) return [];
    const bytes = pieces.length === 1 ? piece : joinBytes(pieces, heldBytes);
    const messages: (Uint8Array | string)[] = [];
    let start = 0;
    let end = frameEnd(bytes, start);
    while (start < bytes.length && end <= bytes.length) {
      messages.push(textOf(bytes.subarray(start, end)));
      start = end;
      end = frameEnd(bytes, start);
    }
    pieces = [bytes.subarray(start)];
    heldBytes = bytes.length - start;
    neededBytes = end - start;
    return messages;
  };
}

/**
 * Behind the NUL of the frame that begins there, and the line feed that may follow it; a line feed at
 * the start is a heart-beat. More than there are bytes: so many are needed at least.
 */
function frameEnd(bytes: Uint8Array, start: number): number {
  const missing = bytes.length + 1;
  if (bytes[start] === LF) return start + 1;
  let lineStart = start;
  let bodyBytes = 0;
  for (;;) {
    const lineEnd = bytes.indexOf(LF, lineStart);
    if (lineEnd === -1) return missing;
    if (lineEnd === lineStart) break;
    const length = /^content-length:(\d+)$/.exec(decodeUtf8(bytes.subarray(lineStart, lineEnd)));
    // STOMP 1.2, "Repeated Header Entries": only the first one counts.
    if (length && bodyBytes === 0) bodyBytes = Number(length[1]);
    lineStart = lineEnd + 1;
  }
  const bodyEnd = lineStart + 1 + bodyBytes;
  const end = bytes.indexOf(NUL, bodyEnd);
  if (end === -1) return Math.max(missing, bodyEnd + 1);
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
