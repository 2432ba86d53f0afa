import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatJobId, JobIds, parseJobId } from '../../dist/schedule/job-id.js';
import {
  encodeJob,
  type Job,
  openJob,
  readJobTimes,
  rescheduledRecord,
} from '../../dist/schedule/job-record.js';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const anyJob: fc.Arbitrary<Job> = fc.record(
  {
    id: time,
    dueMs: time,
    acceptedMs: time,
    spec: fc.record(
      {
        delayMs: time,
        periodMs: time,
        repeat: fc.integer({ min: -1, max: 1000 }),
        cron: fc.option(text, { nil: undefined }),
      },
      { noNullPrototype: true },
    ),
    destination: text,
    headers: fc.array(fc.tuple(text, text), { maxLength: 5 }),
    body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    isPersistent: fc.boolean(),
  },
  { noNullPrototype: true },
);

describe('the record of a job', () => {
  test('holds all of the job', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const record = encodeJob(job);
        assert.deepEqual(openJob(record), job);
        assert.deepEqual(readJobTimes(record), { id: job.id, dueMs: job.dueMs });
      }),
    );
  });

  test('is known to be damaged, whichever bit is wrong and wherever it ends', () => {
    fc.assert(
      fc.property(anyJob, fc.nat(), fc.nat({ max: 7 }), (job, place, bit) => {
        const record = encodeJob(job);
        const index = place % record.length;
        assert.equal(openJob(record.subarray(0, index)), undefined);
        record[index] = (record[index] as number) ^ (1 << bit);
        assert.equal(openJob(record), undefined);
        assert.equal(readJobTimes(record), undefined);
      }),
    );
  });

  test('of the next time is a new one; the old one is as it was', () => {
    fc.assert(
      fc.property(anyJob, time, (job, dueMs) => {
        const record = encodeJob(job);
        const before = Buffer.from(record);
        const next = openJob(rescheduledRecord(record, dueMs, 7));
        assert.deepEqual(next, { ...job, dueMs, spec: { ...job.spec, repeat: 7 } });
        assert.deepEqual(record, before);
      }),
    );
  });
});

describe('the id of a job', () => {
  test('is read as it was written', () => {
    fc.assert(fc.property(time, (id) => assert.equal(parseJobId(formatJobId(id)), id)));
  });

  test('is not read from any other text', () => {
    for (const other of ['', 'job-', 'ID:a-1:1:1:1:1', 'job-A', 'job-1.5', 'job-zzzzzzzzzzzz']) {
      assert.equal(parseJobId(other), undefined);
    }
  });

  test('is never given twice, also when the clock is set back and after a restart', () => {
    const ids = new JobIds();
    const given = [5000, 5000, 4000, 6000].map((now) => ids.next(now));
    const later = new JobIds();
    for (const id of given) later.saw(id);
    given.push(later.next(6000), later.next(1));
    assert.deepEqual(
      given,
      [...new Set(given)].sort((a, b) => a - b),
    );
  });
});
