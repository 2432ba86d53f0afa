/** What comes back to a queue leaves it again oldest first, however it came. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../dist/delivery.js';
import { ReturnedEntries } from '../../dist/queue/returned-entries.js';

const entryAt = (position: number) => ({ position }) as Entry;

test('returned entries leave oldest first, whatever came and left in between', () => {
  const step = fc.oneof(fc.array(fc.nat(10_000), { maxLength: 20 }), fc.constant('shift' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const returned = new ReturnedEntries();
      let model: number[] = [];
      for (const taken of steps) {
        if (taken === 'shift') {
          assert.equal(returned.shift()?.position, model.shift());
          continue;
        }
        returned.add(taken.map(entryAt));
        model = [...model, ...taken].sort((a, b) => a - b);
      }
      assert.equal(returned.length, model.length);
      for (const position of model) assert.equal(returned.shift()?.position, position);
      assert.equal(returned.shift(), undefined);
    }),
  );
});
