/**
 * The bytes of a segment of the offline queue:
 *
 *   magic 'SBSEND01' │ salt 8 bytes │ frame…
 *
 *   frame:    marker f5 53 42 f6 │ length u32 │ crc32 u32 │ payload
 *   payload:  1 │ sequence u48 │ meta length u32 │ meta, JSON │ body     a send
 *             2 │ sequence u48                                          a send that is removed
 *
 * `length` counts the payload. The checksum covers salt, length and payload. Because each segment has a
 * random salt, nothing inside a body can pass for a frame when a reader looks for the next whole one
 * behind a damaged one.
 */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { SendRecord } from './send-store.js';

const MAGIC = Buffer.from('SBSEND01', 'latin1');
/** What all versions of the format begin with. */
const FAMILY = MAGIC.subarray(0, 6);
const SALT_BYTES = 8;
export const SEGMENT_HEAD_BYTES = MAGIC.length + SALT_BYTES;

const MARKER = Buffer.from([0xf5, 0x53, 0x42, 0xf6]);
const LENGTH_OFFSET = 4;
const CRC_OFFSET = 8;
const FRAME_HEAD_BYTES = 12;

const SEND = 1;
const REMOVED = 2;
const SEQUENCE_BYTES = 6;
const META_LENGTH_OFFSET = 1 + SEQUENCE_BYTES;
const META_OFFSET = META_LENGTH_OFFSET + 4;

export type Payload =
  | { readonly type: 'send'; readonly sequence: number; readonly record: SendRecord }
  | { readonly type: 'removed'; readonly sequence: number };

export interface FoundFrame {
  readonly offset: number;
  /** With its head. */
  readonly bytes: number;
  readonly payload: Payload;
}

/** A stretch of bytes that is no frame. */
export interface DamagedStretch {
  readonly offset: number;
  readonly bytes: number;
  /** True when no whole frame follows, so it may be a write that was never finished. */
  readonly isTail: boolean;
}

export interface ReadSegment {
  readonly frames: readonly FoundFrame[];
  readonly damage: readonly DamagedStretch[];
}

/** The head of a new segment. */
export function newSegmentHead(): Buffer {
  return Buffer.concat([MAGIC, randomBytes(SALT_BYTES)]);
}

/** The frame of a send; without a checksum, for that depends on the segment. */
export function encodeSend(sequence: number, record: SendRecord): Buffer {
  const { id, destination, headers, body } = record;
  const meta = Buffer.from(JSON.stringify([id, destination, headers]));
  const frame = newFrame(SEND, sequence, META_OFFSET + meta.length + body.length);
  frame.writeUInt32LE(meta.length, FRAME_HEAD_BYTES + META_LENGTH_OFFSET);
  frame.set(meta, FRAME_HEAD_BYTES + META_OFFSET);
  frame.set(body, FRAME_HEAD_BYTES + META_OFFSET + meta.length);
  return frame;
}

/** The frame that says that a send is removed; without a checksum. */
export function encodeRemoved(sequence: number): Buffer {
  return newFrame(REMOVED, sequence, 1 + SEQUENCE_BYTES);
}

function newFrame(type: number, sequence: number, length: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + length);
  frame.set(MARKER);
  frame.writeUInt32LE(length, LENGTH_OFFSET);
  frame[FRAME_HEAD_BYTES] = type;
  frame.writeUIntLE(sequence, FRAME_HEAD_BYTES + 1, SEQUENCE_BYTES);
  return frame;
}

/** Writes the checksum into a frame that goes to the segment with this head. */
export function sealFrame(frame: Buffer, segmentHead: Buffer): void {
  frame.writeUInt32LE(checksum(frame, segmentHead), CRC_OFFSET);
}

function checksum(frame: Buffer, segmentHead: Buffer): number {
  const salt = crc32(segmentHead.subarray(MAGIC.length, SEGMENT_HEAD_BYTES));
  const length = crc32(frame.subarray(LENGTH_OFFSET, CRC_OFFSET), salt);
  return crc32(frame.subarray(FRAME_HEAD_BYTES), length);
}

/** All whole frames of a segment, or `undefined` when another version of the format wrote it. */
export function readSegment(segment: Buffer): ReadSegment | undefined {
  const frames: FoundFrame[] = [];
  const damage: DamagedStretch[] = [];
  const { length } = segment;
  if (length < SEGMENT_HEAD_BYTES) {
    // It was being made, so there is no frame yet.
    return { frames, damage: length === 0 ? [] : [{ offset: 0, bytes: length, isTail: true }] };
  }
  if (!segment.subarray(0, MAGIC.length).equals(MAGIC)) {
    if (segment.subarray(0, FAMILY.length).equals(FAMILY)) return undefined;
    return { frames, damage: [{ offset: 0, bytes: length, isTail: false }] };
  }
  let offset = SEGMENT_HEAD_BYTES;
  while (offset < length) {
    const frame = frameAt(segment, offset);
    if (frame) {
      frames.push(frame);
      offset += frame.bytes;
      continue;
    }
    const next = nextFrame(segment, offset + 1);
    damage.push({ offset, bytes: next - offset, isTail: next === length });
    offset = next;
  }
  return { frames, damage };
}

/** The bytes of the frame at this offset, sealed for another segment; `undefined` when it is damaged. */
export function copyFrame(segment: Buffer, offset: number, newHead: Buffer): Buffer | undefined {
  const found = frameAt(segment, offset);
  if (found === undefined) return undefined;
  const frame = Buffer.from(segment.subarray(offset, offset + found.bytes));
  sealFrame(frame, newHead);
  return frame;
}

/** Where the next whole frame begins, or the end of the segment. */
function nextFrame(segment: Buffer, from: number): number {
  let offset = segment.indexOf(MARKER, from);
  while (offset !== -1 && frameAt(segment, offset) === undefined) {
    offset = segment.indexOf(MARKER, offset + 1);
  }
  return offset === -1 ? segment.length : offset;
}

function frameAt(segment: Buffer, offset: number): FoundFrame | undefined {
  const payloadOffset = offset + FRAME_HEAD_BYTES;
  if (payloadOffset > segment.length) return undefined;
  if (!segment.subarray(offset, offset + MARKER.length).equals(MARKER)) return undefined;
  const end = payloadOffset + segment.readUInt32LE(offset + LENGTH_OFFSET);
  if (end > segment.length) return undefined;
  const frame = segment.subarray(offset, end);
  if (frame.readUInt32LE(CRC_OFFSET) !== checksum(frame, segment)) return undefined;
  return { offset, bytes: frame.length, payload: decodePayload(frame.subarray(FRAME_HEAD_BYTES)) };
}

function decodePayload(payload: Buffer): Payload {
  const sequence = payload.readUIntLE(1, SEQUENCE_BYTES);
  if (payload[0] === REMOVED) return { type: 'removed', sequence };
  const bodyOffset = META_OFFSET + payload.readUInt32LE(META_LENGTH_OFFSET);
  const meta = payload.toString('utf8', META_OFFSET, bodyOffset);
  const [id, destination, headers] = JSON.parse(meta) as [string, string, [string, string][]];
  const body = new Uint8Array(payload.subarray(bodyOffset));
  return { type: 'send', sequence, record: { id, destination, headers, body } };
}
