/**
 * The header `dedup-id` of a SEND: the sender's own name for this message, by which it may send it again
 * without knowing whether the first one has arrived.
 */
import { type FrameHeaders, ProtocolError } from '@stompbox/protocol';

const NAME = 'dedup-id';
const MAX_BYTES = 1024;

/** @throws ProtocolError `STOMP_PROTO_BAD_HEADER` */
export function readDedupId(headers: FrameHeaders): string | undefined {
  const id = headers.get(NAME);
  if (id === undefined) return undefined;
  if (id !== '' && Buffer.byteLength(id) <= MAX_BYTES) return id;
  throw new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${NAME} must have 1 to ${MAX_BYTES} bytes, not ${Buffer.byteLength(id)}: send a shorter id that is this message's alone, such as a UUID`,
  );
}
