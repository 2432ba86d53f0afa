/**
 * Reads a journal back after a crash, or after a normal end.
 *
 * The last frame of the last turn may be torn: nobody was told about it, so it is as if it had never
 * been written. Any other damage means that confirmed messages are missing, and the broker must not
 * start as if nothing had happened. The two are told apart by what follows: behind a torn frame there
 * is no whole frame of the same turn.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../errors.js';
import type { Change } from './changes.js';
import { ROOT_FILE, SEGMENT_FILES } from './journal.js';
import { decodeFrame, FRAME_ALIGNMENT, idAt } from './journal-frame.js';
import { ROOT_BYTES, segmentId, turnOf } from './segment-ids.js';

interface ReadSegment {
  readonly path: string;
  readonly bytes: Buffer;
  /** Undefined: no whole frame at the start. */
  readonly turn: number | undefined;
  readonly changes: readonly Change[];
  /** Where the whole frames end. */
  readonly end: number;
}

/**
 * The changes that a journal holds, turn by turn, oldest first. Each turn must be applied on its own:
 * what was put in one and removed in the next may be in the tree already.
 * @throws StoreError `STOMP_STORE_CORRUPT_JOURNAL`
 */
export function readJournal(directory: string): ReadonlyArray<readonly Change[]> {
  const rootPath = join(directory, ROOT_FILE);
  if (!existsSync(rootPath)) return [];
  const root = readFileSync(rootPath);
  const paths = SEGMENT_FILES.map((name) => join(directory, name));
  // A journal is only used once all of its files are complete and synced.
  if (root.length < ROOT_BYTES || !paths.every((path) => existsSync(path))) return [];
  const segments = paths.map((path, index) => readSegment(path, root, index));
  const turns = segments.flatMap(({ turn }) => (turn === undefined ? [] : [turn]));
  const newest = Math.max(-1, ...turns);
  for (const segment of segments) refuseDamage(segment, root, newest);
  return segments
    .filter(({ turn }) => turn !== undefined)
    .sort((a, b) => (a.turn as number) - (b.turn as number))
    .map(({ changes }) => changes);
}

function readSegment(path: string, root: Buffer, index: number): ReadSegment {
  const bytes = readFileSync(path);
  const turn = turnOf(idAt(bytes, 0));
  const id = segmentId(root, turn);
  const changes: Change[] = [];
  let end = 0;
  let frame = decodeFrame(bytes, 0);
  while (frame?.segmentId.equals(id) && turn % 2 === index) {
    for (const change of frame.changes) changes.push(change);
    end = frame.end;
    frame = decodeFrame(bytes, end);
  }
  return { path, bytes, turn: end > 0 ? turn : undefined, changes, end };
}

function refuseDamage(segment: ReadSegment, root: Buffer, newest: number): void {
  const { path, bytes, turn, end } = segment;
  // No whole frame: never used, or its first frame of the turn after the newest was torn.
  const expectedTurn = turn ?? newest + 1;
  const id = segmentId(root, expectedTurn);
  const isUnused = bytes.subarray(0, FRAME_ALIGNMENT).every((byte) => byte === 0);
  if (turn === undefined && !isUnused && !idAt(bytes, 0).equals(id)) throw damaged(path, 0);
  for (let offset = end + FRAME_ALIGNMENT; offset < bytes.length; offset += FRAME_ALIGNMENT) {
    if (idAt(bytes, offset).equals(id) && decodeFrame(bytes, offset)) throw damaged(path, end);
  }
}

function damaged(path: string, offset: number): StoreError {
  return new StoreError(
    'STOMP_STORE_CORRUPT_JOURNAL',
    `The journal ${path} is damaged at byte ${offset}, confirmed messages would be missing: restore the data directory from a backup, or move this file away to start without them`,
  );
}
