/**
 * Each use of a journal segment has an id: a turn number, and bytes that follow from it and from a
 * random root of this journal. A reader that knows the root can tell a frame of this turn from what an
 * earlier turn left behind, and from bytes in a message that only look like a frame.
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const SEGMENT_ID_BYTES = 12;
const ROOT_BYTES = 16;
const CHECKED_ROOT_BYTES = ROOT_BYTES + 4;

export function newRoot(): Buffer {
  return randomBytes(ROOT_BYTES);
}

/** A root as it stands on disk: its bytes and their crc32. */
export function encodeRoot(root: Uint8Array): Buffer {
  const bytes = Buffer.alloc(CHECKED_ROOT_BYTES);
  bytes.set(root);
  bytes.writeUInt32LE(crc32(root), ROOT_BYTES);
  return bytes;
}

/** The root, or `undefined` when it is not whole. */
export function decodeRoot(bytes: Buffer): Buffer | undefined {
  if (bytes.length !== CHECKED_ROOT_BYTES) return undefined;
  const root = bytes.subarray(0, ROOT_BYTES);
  return bytes.readUInt32LE(ROOT_BYTES) === crc32(root) ? root : undefined;
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
