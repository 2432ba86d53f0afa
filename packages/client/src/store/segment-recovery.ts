/**
 * Reads what an earlier process has left in the folder of an offline queue, in the order of its appends.
 *
 * - A tail without a whole frame is cut off and told: it comes from a crash in the middle of a write.
 * - Damage before a whole frame is skipped and told, and the file is kept.
 * - A send stands in two segments if a crash came between its copy and the removal of the original; the
 *   copy counts. What is removed anywhere is removed everywhere.
 */
import { readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Segment, type StoredSend } from './segment.js';
import { readSegment } from './segment-format.js';
import type { SendRecord } from './send-store.js';
import { SendStoreError } from './send-store-error.js';

const SEGMENT_NAME = /^sends-(\d{8,})\.log$/;

export function segmentName(number: number): string {
  return `sends-${String(number).padStart(8, '0')}.log`;
}

export interface RecoveredSends {
  /** Oldest first; none is written to any more. */
  readonly segments: Segment[];
  /** In the order of their appends. */
  readonly sends: ReadonlyArray<{ readonly stored: StoredSend; readonly record: SendRecord }>;
  readonly damage: readonly SendStoreError[];
  /** Higher than all that were ever given and may still stand somewhere. */
  readonly nextSequence: number;
}

/** @throws STOMP_OFFLINE_FORMAT, or the error of the system */
export async function recoverSends(folder: string): Promise<RecoveredSends> {
  const found = new Map<number, { readonly stored: StoredSend; readonly record: SendRecord }>();
  const removed = new Set<number>();
  const segments: Segment[] = [];
  const damage: SendStoreError[] = [];
  let lastSequence = 0;
  for (const number of await segmentNumbers(folder)) {
    const path = join(folder, segmentName(number));
    const content = await readFile(path);
    const read = readSegment(content);
    if (read === undefined) throw SendStoreError.of('STOMP_OFFLINE_FORMAT', [path]);
    let size = content.length;
    for (const { offset, bytes, isTail } of read.damage) {
      const code = isTail ? 'STOMP_OFFLINE_TORN_TAIL' : 'STOMP_OFFLINE_CORRUPT';
      damage.push(SendStoreError.of(code, [path, offset, bytes]));
      if (isTail) size = offset;
    }
    if (size < content.length) await truncate(path, size);
    const isDamaged = read.damage.some(({ isTail }) => !isTail);
    const segment = Segment.sealed(number, path, size, isDamaged ? 'damaged' : 'sound');
    segments.push(segment);
    for (const { offset, bytes, payload } of read.frames) {
      const { sequence } = payload;
      lastSequence = Math.max(lastSequence, sequence);
      if (payload.type === 'removed') removed.add(sequence);
      else {
        const { record } = payload;
        const stored = { id: record.id, sequence, bytes, offset, segment, isRemoved: false };
        found.set(sequence, { stored, record });
      }
    }
  }
  const sends = [...found.values()]
    .filter(({ stored }) => !removed.has(stored.sequence))
    .sort((a, b) => a.stored.sequence - b.stored.sequence);
  for (const { stored } of sends) stored.segment?.live.add(stored);
  return { segments, sends, damage, nextSequence: lastSequence + 1 };
}

async function segmentNumbers(folder: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await readdir(folder)) {
    const number = SEGMENT_NAME.exec(name)?.[1];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers.sort((a, b) => a - b);
}
