/**
 * A scheduled message as the store keeps it, with all that is needed to send it.
 *
 *   crc32 u32 │ format u8 │ flags u8 │ reserved u16 │ id f64 │ due f64 │ accepted f64 │
 *   repeats left i32 │ bytes of the head u32 │ head │ body
 *
 *   head:  JSON, [destination, delay, period, cron or null, name, value, name, value, …]
 *
 * The checksum covers all that follows it. A job that is due again becomes a new record: what the store
 * was given once may be on its way to disk and is never changed.
 */
import { crc32 } from 'node:zlib';
import type { JobId } from './job-id.js';
import type { ScheduleSpec } from './schedule-spec.js';

const FORMAT_OFFSET = 4;
const FLAGS_OFFSET = 5;
const ID_OFFSET = 8;
const DUE_OFFSET = 16;
const ACCEPTED_OFFSET = 24;
const REPEATS_OFFSET = 32;
const HEAD_BYTES_OFFSET = 36;
const HEAD_OFFSET = 40;
const RECORD_FORMAT = 1;
const FLAG_PERSISTENT = 1;

export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

export interface Job extends JobTimes {
  /** When it was scheduled, ms since 1970. */
  readonly acceptedMs: number;
  /** `repeat` counts what is left of it. */
  readonly spec: ScheduleSpec;
  /** As the sender wrote it; may be a list. */
  readonly destination: string;
  readonly headers: HeaderList;
  /** Of an opened record: a part of it, not a copy. */
  readonly body: Uint8Array;
  readonly isPersistent: boolean;
}

export interface JobTimes {
  readonly id: JobId;
  readonly dueMs: number;
}

export function encodeJob(job: Job): Buffer {
  const { delayMs, periodMs, cron, repeat } = job.spec;
  const head = JSON.stringify([
    job.destination,
    delayMs,
    periodMs,
    cron ?? null,
    ...job.headers.flat(),
  ]);
  const headBytes = Buffer.byteLength(head);
  const record = Buffer.allocUnsafe(HEAD_OFFSET + headBytes + job.body.length);
  record.fill(0, 0, HEAD_OFFSET);
  record[FORMAT_OFFSET] = RECORD_FORMAT;
  record[FLAGS_OFFSET] = job.isPersistent ? FLAG_PERSISTENT : 0;
  record.writeDoubleLE(job.id, ID_OFFSET);
  record.writeDoubleLE(job.dueMs, DUE_OFFSET);
  record.writeDoubleLE(job.acceptedMs, ACCEPTED_OFFSET);
  record.writeInt32LE(repeat, REPEATS_OFFSET);
  record.writeUInt32LE(headBytes, HEAD_BYTES_OFFSET);
  record.write(head, HEAD_OFFSET, headBytes, 'utf8');
  record.set(job.body, HEAD_OFFSET + headBytes);
  return sealed(record);
}

/** The same job, due again. */
export function rescheduledRecord(bytes: Uint8Array, dueMs: number, repeat: number): Buffer {
  const record = Buffer.from(bytes);
  record.writeDoubleLE(dueMs, DUE_OFFSET);
  record.writeInt32LE(repeat, REPEATS_OFFSET);
  return sealed(record);
}

/** When a stored job is due, or `undefined` when the record is damaged. */
export function readJobTimes(bytes: Uint8Array): JobTimes | undefined {
  const record = intact(bytes);
  if (record === undefined) return undefined;
  return { id: record.readDoubleLE(ID_OFFSET), dueMs: record.readDoubleLE(DUE_OFFSET) };
}

/** A stored job, or `undefined` when the record is damaged. */
export function openJob(bytes: Uint8Array): Job | undefined {
  const record = intact(bytes);
  if (record === undefined) return undefined;
  const headEnd = HEAD_OFFSET + record.readUInt32LE(HEAD_BYTES_OFFSET);
  // The checksum has shown that this is what `encodeJob` wrote.
  const [destination, delayMs, periodMs, cron, ...flat] = JSON.parse(
    record.toString('utf8', HEAD_OFFSET, headEnd),
  ) as [string, number, number, string | null, ...string[]];
  const headers: Array<readonly [string, string]> = [];
  for (let index = 0; index < flat.length; index += 2) {
    headers.push([flat[index] as string, flat[index + 1] as string]);
  }
  return {
    id: record.readDoubleLE(ID_OFFSET),
    dueMs: record.readDoubleLE(DUE_OFFSET),
    acceptedMs: record.readDoubleLE(ACCEPTED_OFFSET),
    spec: {
      delayMs,
      periodMs,
      repeat: record.readInt32LE(REPEATS_OFFSET),
      cron: cron ?? undefined,
    },
    destination,
    headers,
    body: record.subarray(headEnd),
    isPersistent: ((record[FLAGS_OFFSET] as number) & FLAG_PERSISTENT) !== 0,
  };
}

function intact(bytes: Uint8Array): Buffer | undefined {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (record.length < HEAD_OFFSET) return undefined;
  if (record.readUInt32LE(0) !== checksum(record)) return undefined;
  return record[FORMAT_OFFSET] === RECORD_FORMAT ? record : undefined;
}

function sealed(record: Buffer): Buffer {
  record.writeUInt32LE(checksum(record), 0);
  return record;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(FORMAT_OFFSET));
}
