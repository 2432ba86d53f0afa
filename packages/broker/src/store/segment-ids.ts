/**
 * Each use of a journal segment has an id: a turn number, and bytes that follow from it and from a
 * random root of this journal. A reader that knows the root can tell a frame of this turn from what an
 * earlier turn left behind, and from bytes in a message that only look like a frame.
 */
import { createHash, randomBytes } from 'node:crypto';

export const SEGMENT_ID_BYTES = 12;
export const ROOT_BYTES = 16;

export function newRoot(): Buffer {
  return randomBytes(ROOT_BYTES);
}

export function segmentId(root: Uint8Array, turn: number): Buffer {
  const id = Buffer.alloc(SEGMENT_ID_BYTES);
  id.writeUInt32BE(turn, 0);
  createHash('sha256').update(root).update(id.subarray(0, 4)).digest().copy(id, 4);
  return id;
}

export function turnOf(id: Buffer): number {
  return id.readUInt32BE(0);
}
