/** Journals on disk as tests make them, look into them and damage them. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../../dist/store/changes.js';
import { SEGMENT_FILES } from '../../dist/store/journal.js';
import { readJournal } from '../../dist/store/journal-recovery.js';

/** Larger than half a segment, so that a turn ends after two of them. */
export const HALF_SEGMENT = 9 * 1024 * 1024;

export function put(position: number, content: string | Buffer): Change {
  return { type: 'put', queue: 0, position, record: Buffer.from(content) };
}

export function remove(position: number): Change {
  return { type: 'remove', queue: 0, position };
}

/** A record that fills more than half a segment; it begins with a text. */
export function large(text: string): Buffer {
  const record = Buffer.alloc(HALF_SEGMENT);
  record.write(text);
  return record;
}

/** Changes as short texts; of a record only its start. */
function texts(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    if (change.type === 'queue') return `queue ${change.name}`;
    if (change.type === 'drop') return `drop ${change.queue}`;
    if (change.type === 'remove') return `remove ${change.position}`;
    const record = Buffer.from(change.record);
    const end = record.indexOf(0);
    return `put ${change.position} ${record.toString('utf8', 0, end === -1 ? undefined : end)}`;
  });
}

/** What recovery finds, turn by turn. */
export function recovered(directory: string, applied?: Buffer): string[][] {
  return readJournal(directory, applied).map(({ changes }) => texts(changes));
}

export function segmentPath(directory: string, index: 0 | 1): string {
  return join(directory, SEGMENT_FILES[index]);
}

/** Replaces part of a file. */
export function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

export function flipBit(path: string, offset: number): void {
  const byte = readFileSync(path).readUInt8(offset);
  overwrite(path, offset, Buffer.of(byte ^ 1));
}
