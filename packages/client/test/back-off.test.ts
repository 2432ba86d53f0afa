import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BackOff } from '../dist/back-off.js';

describe('the pauses of a back-off', () => {
  test('are numbers within their limits, however often they are asked for', () => {
    const policies = fc.record({
      initialDelayMs: fc.nat({ max: 10_000 }),
      maxDelayMs: fc.nat({ max: 60_000 }),
      multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.constantFrom('full' as const, 'none' as const),
      maxAttempts: fc.constant(1),
    });
    fc.assert(
      fc.property(policies, fc.double({ min: 0, max: 0.999, noNaN: true }), (policy, random) => {
        const backOff = new BackOff(policy, () => random);
        for (let round = 0; round < 1200; round++) {
          const delayMs = backOff.next();
          assert.ok(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= policy.maxDelayMs);
        }
      }),
      { numRuns: 50 },
    );
  });
});
