/** What waits leaves a lane oldest first, however it came and whatever is taken from the middle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../dist/delivery.js';
import type { Message } from '../../dist/message.js';
import { WaitingEntries } from '../../dist/queue/waiting-entries.js';

const message = { record: { length: 3 } } as unknown as Message;
const entryAt = (position: number) => ({ position, message }) as Entry;

const step = fc.oneof(
  fc.record({ type: fc.constant('add' as const), position: fc.nat(100_000) }),
  fc.record({
    type: fc.constant('addAll' as const),
    positions: fc.uniqueArray(fc.nat(100_000), { maxLength: 40 }),
  }),
  fc.constant({ type: 'shift' as const }),
  fc.record({ type: fc.constant('removeFrom' as const), position: fc.nat(100_000) }),
);

test('waiting entries stand in the order of their positions, whatever comes and leaves', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const waiting = new WaitingEntries();
      let model: number[] = [];
      const add = (positions: readonly number[]) => {
        const fresh = positions.filter((position) => !model.includes(position));
        model = [...model, ...fresh].sort((a, b) => a - b);
        return fresh.map(entryAt);
      };
      for (const taken of steps) {
        if (taken.type === 'add') for (const entry of add([taken.position])) waiting.add(entry);
        else if (taken.type === 'addAll') waiting.addAll(add(taken.positions));
        else if (taken.type === 'shift') {
          assert.equal(waiting.shift()?.position, model.shift());
        } else {
          const found = waiting.firstFrom(taken.position);
          const index = model.findIndex((position) => position >= taken.position);
          assert.equal(found?.position, index === -1 ? undefined : model[index]);
          if (found === undefined) continue;
          waiting.remove(found);
          model.splice(index, 1);
        }
        assert.equal(waiting.length, model.length);
        assert.equal(waiting.bytes, model.length * 3);
        assert.equal(waiting.first()?.position, model[0]);
      }
      assert.deepEqual(
        [...waiting].map(({ position }) => position),
        model,
      );
    }),
  );
});
