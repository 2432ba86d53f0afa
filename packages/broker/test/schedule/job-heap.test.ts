import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { JobHeap, type JobPlace } from '../../dist/schedule/job-heap.js';

const small = fc.nat({ max: 20 });
const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('push'), id: small, dueMs: small }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('shift') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('id'), id: small }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('range'), from: small, until: small }) },
);

type Step =
  | { readonly type: 'push'; readonly id: number; readonly dueMs: number }
  | { readonly type: 'shift' }
  | { readonly type: 'id'; readonly id: number }
  | { readonly type: 'range'; readonly from: number; readonly until: number };

describe('the heap of jobs', () => {
  test('does what a sorted list does', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 300, size: 'max' }), (steps) => {
        const heap = new JobHeap();
        let list: JobPlace[] = [];
        for (const [position, step] of (steps as Step[]).entries()) {
          list = both(heap, list, step, position);
          assert.equal(heap.size, list.length);
          assert.deepEqual(heap.first, list[0]);
        }
        while (list.length > 0) {
          assert.deepEqual(heap.first, list.shift());
          heap.shift();
        }
        assert.equal(heap.first, undefined);
      }),
      { numRuns: 300 },
    );
  });

  test('takes at most 32 bytes for each of a million jobs', async () => {
    const jobs = 1_000_000;
    const heap = new JobHeap();
    const collectGarbage = garbageCollector();
    const before = process.memoryUsage().arrayBuffers;
    for (let position = 0; position < jobs; position++) {
      heap.push({ id: position, dueMs: (position * 7919) % jobs, position });
    }
    // The memory of arrays is given back in the background, by the next collection at the latest.
    for (let round = 0; round < 3; round++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const held = (process.memoryUsage().arrayBuffers - before) / jobs;
    assert.ok(heap.size === jobs && held < 32, `${held} bytes per job`);
    let last = -1;
    for (let taken = 0; taken < 1000; taken++) {
      const due = heap.first?.dueMs ?? -1;
      assert.ok(due > last);
      last = due;
      heap.shift();
    }
  });
});

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Does a step with both, and compares what they answer; the list after it. */
function both(heap: JobHeap, list: JobPlace[], step: Step, position: number): JobPlace[] {
  switch (step.type) {
    case 'push': {
      const job = { id: step.id, dueMs: step.dueMs, position };
      heap.push(job);
      return [...list, job].sort((a, b) => a.dueMs - b.dueMs || a.position - b.position);
    }
    case 'shift':
      if (list.length > 0) heap.shift();
      return list.slice(1);
    case 'id': {
      const isIt = ({ id }: JobPlace) => id === step.id;
      assert.deepEqual(heap.removeId(step.id).sort(ascending), positionsOf(list.filter(isIt)));
      return list.filter((job) => !isIt(job));
    }
    case 'range': {
      const isIn = ({ dueMs }: JobPlace) => dueMs >= step.from && dueMs <= step.until;
      const range = { fromMs: step.from, untilMs: step.until };
      const expected = positionsOf(list.filter(isIn));
      assert.deepEqual([...heap.positions(range)], expected);
      assert.deepEqual([...heap.removeRange(range)], expected);
      return list.filter((job) => !isIn(job));
    }
  }
}

function positionsOf(jobs: readonly JobPlace[]): number[] {
  return jobs.map(({ position }) => position).sort(ascending);
}

function ascending(a: number, b: number): number {
  return a - b;
}
