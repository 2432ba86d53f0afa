import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addHistory,
  addPresent,
  countHeld,
  type DestinationCounters,
  newDestinationCounters,
  since,
} from '../../dist/statistics/counters.js';

function counters(changes: Partial<DestinationCounters> = {}): DestinationCounters {
  return { ...newDestinationCounters(), ...changes };
}

test('the shortest and the longest time are those of the messages, zero included', () => {
  const count = counters();
  countHeld(count, 20);
  assert.deepEqual([count.heldMinMs, count.heldMaxMs], [20, 20]);
  countHeld(count, 0);
  countHeld(count, 45.4);
  assert.deepEqual([count.heldMinMs, count.heldMaxMs], [0, 45]);
  assert.deepEqual([count.heldCount, count.heldMs], [3, 65]);
});

test('a clock that was set back makes no negative time', () => {
  const count = counters();
  countHeld(count, -5000);
  assert.deepEqual([count.heldMs, count.heldMinMs, count.heldMaxMs], [0, 0, 0]);
});

test('a sum over destinations that measured nothing knows no times', () => {
  const sum = counters();
  addHistory(sum, counters());
  assert.deepEqual([sum.heldMinMs, sum.heldMaxMs], [-1, -1]);
  addHistory(sum, counters({ heldMinMs: 7, heldMaxMs: 9 }));
  addHistory(sum, counters());
  addHistory(sum, counters({ heldMinMs: 3, heldMaxMs: 4 }));
  assert.deepEqual([sum.heldMinMs, sum.heldMaxMs], [3, 9]);
});

const whole = fc.nat(1_000_000);
const anyCounters: fc.Arbitrary<DestinationCounters> = fc
  .array(whole, { minLength: 17, maxLength: 17 })
  .map((numbers) => {
    const entries = Object.keys(counters()).map((name, index) => [name, numbers[index]]);
    return Object.fromEntries(entries);
  });

test('history and present together are every counter, and each counter is in one of them', () => {
  fc.assert(
    fc.property(anyCounters, (some) => {
      const sum = counters();
      addHistory(sum, some);
      addPresent(sum, some);
      assert.deepEqual(sum, some);
    }),
  );
});

test('counts since a moment and the counts before it are the counts', () => {
  fc.assert(
    fc.property(anyCounters, anyCounters, (before, after) => {
      const now = { ...before };
      addHistory(now, after);
      const difference = since(before, now);
      const restored = { ...before };
      addHistory(restored, difference);
      assert.deepEqual(restored, now);
      assert.equal(difference.size, now.size);
    }),
  );
});
