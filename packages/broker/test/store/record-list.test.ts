import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PositionSet } from '../../dist/store/position-set.js';
import { RecordList } from '../../dist/store/record-list.js';

interface Named {
  readonly name: string;
}

/** Steps up to the next position, and removals by their share of all positions. */
const anyGaps = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })), {
  minLength: 1,
  maxLength: 300,
});

describe('a list of records', () => {
  test('does what a plain map does', () => {
    const steps = fc.array(
      fc.record({ add: fc.nat(40), remove: fc.array(fc.nat()), from: fc.nat() }),
      { maxLength: 40 },
    );
    const property = fc.property(steps, anyGaps, (wanted, gaps) => {
      const list = new RecordList<Named>();
      const model = new Map<number, Named>();
      let position = -1;
      for (const { add, remove, from } of wanted) {
        for (let index = 0; index < add; index++) {
          position += gaps[index % gaps.length] as number;
          const record = { name: `${position}` };
          list.add(position, record);
          model.set(position, record);
        }
        for (const pick of remove) {
          const which = pick % (position + 2);
          assert.equal(list.get(which), model.get(which));
          assert.equal(list.remove(which), model.delete(which));
        }
        const start = from % (position + 2);
        assert.deepEqual(
          [...list.from(start)],
          [...model].filter(([at]) => at >= start),
        );
      }
    });
    fc.assert(property);
  });

  test('keeps its order when most of it is removed, oldest first or not', () => {
    for (const stride of [1, 7]) {
      const list = new RecordList<Named>();
      const count = 10_000;
      for (let position = 0; position < count; position++) list.add(position, { name: 'x' });
      for (let index = 0; index < count - 100; index++) list.remove((index * stride) % count);
      list.add(count, { name: 'last' });
      const left = [...list.from(0)].map(([position]) => position);
      assert.equal(left.length, 101);
      assert.deepEqual(
        left,
        [...left].sort((a, b) => a - b),
      );
      assert.equal(left.at(-1), count);
    }
  });

  test('refuses a position that is not higher than all before it', () => {
    const list = new RecordList<Named>();
    list.add(3, { name: 'x' });
    list.remove(3);
    assert.throws(() => list.add(3, { name: 'again' }), /only grow/);
  });
});

describe('a set of positions', () => {
  test('does what a plain set does', () => {
    const position = fc.oneof(
      fc.nat(200),
      fc.nat(200).map((number) => 2 ** 48 - 1 - number),
    );
    const property = fc.property(fc.array(position, { maxLength: 400 }), position, (all, from) => {
      const positions = new PositionSet();
      const model = new Set(all);
      for (const each of all) positions.add(each);
      assert.deepEqual(new Set(positions), model);
      assert.equal([...positions].length, model.size, 'each once');
      let absent = from;
      while (model.has(absent)) absent += 1;
      assert.equal(positions.nextAbsent(from), absent);
      assert.equal(positions.has(from), model.has(from));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('passes over a long run', () => {
    const positions = new PositionSet();
    for (let position = 5; position < 100_003; position++) positions.add(position);
    assert.equal(positions.nextAbsent(4), 4);
    assert.equal(positions.nextAbsent(5), 100_003);
    assert.equal(positions.nextAbsent(64), 100_003);
  });
});
