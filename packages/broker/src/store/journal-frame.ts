/**
 * One batch of changes as it stands in the journal:
 *
 *   length u32 │ crc32 u32 │ segment id 12 bytes │ change…  │ zeros up to the next multiple of 512
 *
 *   change:  1 │ queue u32 │ position u48 │ length u32 │ record       put
 *            2 │ queue u32 │ position u48                             remove
 *            3 │ queue u32 │ length u32 │ name                        new queue
 *            4 │ queue u32                                            dropped queue
 *
 * `length` counts the changes alone, and the checksum covers segment id and changes. A whole frame with
 * a change of another type is refused: its length is unknown, and so is what it did.
 */
import { crc32 } from 'node:zlib';
import { StoreError } from '../errors.js';
import type { Change } from './changes.js';
import { SEGMENT_ID_BYTES } from './segment-ids.js';

/** Frames begin at multiples of this, so that a reader can look for the next one behind a damaged one. */
export const FRAME_ALIGNMENT = 512;

const ID_OFFSET = 8;
const HEAD_BYTES = ID_OFFSET + SEGMENT_ID_BYTES;
const PUT = 1;
const REMOVE = 2;
const QUEUE = 3;
const DROP = 4;
const PUT_HEAD_BYTES = 15;
const REMOVE_BYTES = 11;
const QUEUE_HEAD_BYTES = 9;
const DROP_BYTES = 5;

/** Bytes that a batch takes in the journal. */
export function frameBytes(changes: readonly Change[]): number {
  let bytes = HEAD_BYTES;
  for (const change of changes) bytes += changeBytes(change);
  return Math.ceil(bytes / FRAME_ALIGNMENT) * FRAME_ALIGNMENT;
}

/** Writes the frame of a batch at the start of a buffer of `frameBytes` or more bytes. */
export function encodeFrameInto(
  target: Buffer,
  segmentId: Uint8Array,
  changes: readonly Change[],
): number {
  target.set(segmentId, ID_OFFSET);
  let offset = HEAD_BYTES;
  for (const change of changes) offset = encodeChange(target, offset, change);
  target.writeUInt32LE(offset - HEAD_BYTES, 0);
  target.writeUInt32LE(crc32(target.subarray(ID_OFFSET, offset)), 4);
  const end = Math.ceil(offset / FRAME_ALIGNMENT) * FRAME_ALIGNMENT;
  target.fill(0, offset, end);
  return end;
}

export interface DecodedFrame {
  readonly segmentId: Buffer;
  readonly changes: Change[];
  /** Where the next frame begins. */
  readonly end: number;
}

/**
 * The frame at an offset, or `undefined` when there is no whole one.
 * @throws StoreError `STOMP_STORE_FORMAT`
 */
export function decodeFrame(segment: Buffer, offset: number): DecodedFrame | undefined {
  if (offset + HEAD_BYTES > segment.length) return undefined;
  const length = segment.readUInt32LE(offset);
  const end = offset + HEAD_BYTES + length;
  if (length === 0 || end > segment.length) return undefined;
  if (segment.readUInt32LE(offset + 4) !== crc32(segment.subarray(offset + ID_OFFSET, end)))
    return undefined;
  const changes: Change[] = [];
  let at = offset + HEAD_BYTES;
  while (at < end) at = decodeChange(segment, at, changes);
  return {
    segmentId: idAt(segment, offset),
    changes,
    end: Math.ceil(end / FRAME_ALIGNMENT) * FRAME_ALIGNMENT,
  };
}

/** The segment id that a frame at this offset has, or would have. */
export function idAt(segment: Buffer, offset: number): Buffer {
  return segment.subarray(offset + ID_OFFSET, offset + HEAD_BYTES);
}

function changeBytes(change: Change): number {
  if (change.type === 'put') return PUT_HEAD_BYTES + change.record.length;
  if (change.type === 'remove') return REMOVE_BYTES;
  if (change.type === 'drop') return DROP_BYTES;
  return QUEUE_HEAD_BYTES + Buffer.byteLength(change.name);
}

function encodeChange(target: Buffer, offset: number, change: Change): number {
  target.writeUInt32LE(change.queue, offset + 1);
  if (change.type === 'queue') {
    target[offset] = QUEUE;
    const length = target.write(change.name, offset + QUEUE_HEAD_BYTES, 'utf8');
    target.writeUInt32LE(length, offset + 5);
    return offset + QUEUE_HEAD_BYTES + length;
  }
  if (change.type === 'drop') {
    target[offset] = DROP;
    return offset + DROP_BYTES;
  }
  target[offset] = change.type === 'put' ? PUT : REMOVE;
  target.writeUIntLE(change.position, offset + 5, 6);
  if (change.type === 'remove') return offset + REMOVE_BYTES;
  target.writeUInt32LE(change.record.length, offset + 11);
  target.set(change.record, offset + PUT_HEAD_BYTES);
  return offset + PUT_HEAD_BYTES + change.record.length;
}

function decodeChange(segment: Buffer, offset: number, changes: Change[]): number {
  const type = segment[offset];
  const queue = segment.readUInt32LE(offset + 1);
  if (type === QUEUE) {
    const end = offset + QUEUE_HEAD_BYTES + segment.readUInt32LE(offset + 5);
    const name = segment.toString('utf8', offset + QUEUE_HEAD_BYTES, end);
    changes.push({ type: 'queue', queue, name });
    return end;
  }
  if (type === DROP) {
    changes.push({ type: 'drop', queue });
    return offset + DROP_BYTES;
  }
  if (type !== PUT && type !== REMOVE) throw unknownChange(type);
  const position = segment.readUIntLE(offset + 5, 6);
  if (type === REMOVE) {
    changes.push({ type: 'remove', queue, position });
    return offset + REMOVE_BYTES;
  }
  const end = offset + PUT_HEAD_BYTES + segment.readUInt32LE(offset + 11);
  const record = segment.subarray(offset + PUT_HEAD_BYTES, end);
  changes.push({ type: 'put', queue, position, record });
  return end;
}

function unknownChange(type: number | undefined): StoreError {
  return new StoreError(
    'STOMP_STORE_FORMAT',
    `The journal holds a change of type ${type}, which this version does not know: start it with the version of stompbox that wrote it`,
  );
}
