/**
 * One remembered id as the store keeps it.
 *
 *   crc32 u32 │ format u8 │ reserved u24 │ time f64 │ hash 16 bytes
 *
 * The hash is the beginning of the SHA-256 of destination and id: it takes the same room for every id.
 * That two ids among 100,000 share one, and a message is taken for another, has a probability of 10^-29.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const FORMAT_OFFSET = 4;
const TIME_OFFSET = 8;
const HASH_OFFSET = 16;
const HASH_BYTES = 16;
const RECORD_BYTES = HASH_OFFSET + HASH_BYTES;
const RECORD_FORMAT = 1;

/** 16 bytes, one per character. */
export type DedupKey = string;

export interface DedupEntry {
  readonly key: DedupKey;
  /** When it was remembered, ms since 1970. */
  readonly atMs: number;
}

export function dedupKey(destination: string, id: string): DedupKey {
  // A header cannot hold NUL, so no two pairs read the same. `binary` is Latin-1: a byte, a character.
  const digest = hash('sha256', `${destination}\u0000${id}`, 'binary');
  return digest.slice(0, HASH_BYTES);
}

export function encodeDedupRecord({ key, atMs }: DedupEntry): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record[FORMAT_OFFSET] = RECORD_FORMAT;
  record.writeDoubleLE(atMs, TIME_OFFSET);
  record.write(key, HASH_OFFSET, 'latin1');
  record.writeUInt32LE(crc32(record.subarray(FORMAT_OFFSET)), 0);
  return record;
}

/** `undefined` when the record is damaged. */
export function openDedupRecord(bytes: Uint8Array): DedupEntry | undefined {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (record.length !== RECORD_BYTES || record[FORMAT_OFFSET] !== RECORD_FORMAT) return undefined;
  if (record.readUInt32LE(0) !== crc32(record.subarray(FORMAT_OFFSET))) return undefined;
  return { key: record.toString('latin1', HASH_OFFSET), atMs: record.readDoubleLE(TIME_OFFSET) };
}
