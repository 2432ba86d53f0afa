/**
 * Reads a journal back after a crash, or after a normal end.
 *
 * The tree knows the last turn that it holds as a whole, so at most the two turns behind it count; all
 * else in the segments is left over. The last frame of the last turn may be torn: nobody was told about
 * it, so it is as if it had never been written. Any other damage means that confirmed messages are
 * missing, and the broker must not start as if nothing had happened. The two are told apart by what
 * follows: behind a torn frame there is no whole frame of the same turn, and no later turn, because a
 * turn ends only when its segment is full.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../errors.js';
import type { Change } from './changes.js';
import { ROOT_FILE, SEGMENT_BYTES, SEGMENT_FILES } from './journal.js';
import { decodeFrame, FRAME_ALIGNMENT, idAt } from './journal-frame.js';
import { decodeRoot, SEGMENT_ID_BYTES, segmentId, turnOf } from './segment-ids.js';

const READ_BYTES = 1024 * 1024 * 1024;

export interface RecoveredTurn {
  /** Id of the segment in this turn. */
  readonly segment: Buffer;
  readonly changes: readonly Change[];
}

interface ReadTurn extends RecoveredTurn {
  readonly path: string;
  /** Where the whole frames end; 0: there is none. */
  readonly end: number;
}

/**
 * The changes that a journal holds and the tree may not, turn by turn, oldest first. Each turn must be
 * applied on its own: what was put in one and removed in the next may be in the tree already.
 * @param applied id of the last segment whose changes are all in the tree
 * @throws StoreError `STOMP_STORE_CORRUPT_JOURNAL`
 */
export function readJournal(
  directory: string,
  applied: Buffer | undefined,
): readonly RecoveredTurn[] {
  const rootPath = join(directory, ROOT_FILE);
  const root = existsSync(rootPath) ? decodeRoot(readFileSync(rootPath)) : undefined;
  if (root === undefined) {
    refuseLostMessages(directory, applied);
    return [];
  }
  const next = turnAfter(applied, root);
  const older = readTurn(directory, root, next);
  const newer = readTurn(directory, root, next + 1);
  if (older && newer && newer.end > 0 && older.end < SEGMENT_BYTES) {
    throw damaged(older.path, older.end);
  }
  return [older, newer].flatMap((turn) => (turn && turn.end > 0 ? [turn] : []));
}

/**
 * Without its root nothing of a journal can be told from leftovers. That is as it should be when its
 * making was interrupted: it is used only once all of its files are complete and synced. So no segment
 * may begin with a whole frame, unless that is in the tree.
 */
function refuseLostMessages(directory: string, applied: Buffer | undefined): void {
  for (const name of SEGMENT_FILES) {
    const path = join(directory, name);
    const frame = existsSync(path) ? decodeFrame(readSegment(path), 0) : undefined;
    if (frame === undefined || (applied && frame.segmentId.equals(applied))) continue;
    throw new StoreError(
      'STOMP_STORE_CORRUPT_JOURNAL',
      `The journal ${join(directory, ROOT_FILE)} is missing or damaged, confirmed messages in ${path} would be missing: restore the data directory from a backup, or move the folder ${directory} away to start without them`,
    );
  }
}

/** The first turn that the tree may lack. What it holds of an earlier journal says nothing of this one. */
function turnAfter(applied: Buffer | undefined, root: Buffer): number {
  if (applied === undefined) return 0;
  const turn = turnOf(applied);
  return segmentId(root, turn).equals(applied) ? turn + 1 : 0;
}

/** What a segment holds of a turn; `undefined` when there is no such file. */
function readTurn(directory: string, root: Buffer, turn: number): ReadTurn | undefined {
  const path = join(directory, SEGMENT_FILES[turn % 2] as string);
  if (!existsSync(path)) return undefined;
  const bytes = readSegment(path);
  const segment = segmentId(root, turn);
  const changes: Change[] = [];
  let end = 0;
  let frame = decodeFrame(bytes, 0);
  while (frame?.segmentId.equals(segment)) {
    for (const change of frame.changes) changes.push(change);
    end = frame.end;
    frame = decodeFrame(bytes, end);
  }
  if (holdsWholeFrame(bytes, end, segment) || isOfLaterTurn(bytes, root, turn)) {
    throw damaged(path, end);
  }
  return { path, segment, changes, end };
}

/** A segment as it is: the batch that filled it may have gone far beyond its end. */
function readSegment(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(fstatSync(file).size);
    let done = 0;
    while (done < bytes.length) {
      // One read takes 2 GiB at most.
      const read = readSync(file, bytes, done, Math.min(bytes.length - done, READ_BYTES), done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

function holdsWholeFrame(bytes: Buffer, from: number, segment: Buffer): boolean {
  for (let offset = from; offset < bytes.length; offset += FRAME_ALIGNMENT) {
    if (idAt(bytes, offset).equals(segment) && decodeFrame(bytes, offset)) return true;
  }
  return false;
}

/** True when the tree is older than this journal: it was lost, or put back from a backup. */
function isOfLaterTurn(bytes: Buffer, root: Buffer, turn: number): boolean {
  const id = idAt(bytes, 0);
  if (id.length < SEGMENT_ID_BYTES) return false;
  const found = turnOf(id);
  return found > turn && segmentId(root, found).equals(id);
}

function damaged(path: string, offset: number): StoreError {
  return new StoreError(
    'STOMP_STORE_CORRUPT_JOURNAL',
    `The journal ${path} is damaged at byte ${offset}, confirmed messages would be missing: restore the data directory from a backup, or move this file away to start without them`,
  );
}
