/** When memory counts as full, and what keeps queues from filling it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type MemoryState, MemoryUse } from '../../dist/memory/memory-use.js';

function counted(limitBytes = 1000): { readonly memory: MemoryUse; readonly told: MemoryState[] } {
  const memory = new MemoryUse(limitBytes);
  const told: MemoryState[] = [];
  memory.onChange((state) => told.push(state));
  return { memory, told };
}

describe('memory', () => {
  test('is full at the limit, and open again only at the low mark', () => {
    const { memory, told } = counted();
    memory.change(999);
    assert.equal(memory.state, 'open');
    memory.change(1);
    assert.equal(memory.state, 'full');
    memory.change(-149);
    assert.equal(memory.state, 'full');
    memory.change(-1);
    assert.equal(memory.state, 'open');
    assert.deepEqual(told, ['full', 'open']);
  });

  test('is never full of messages that wait in queues alone, which may stay for ever', () => {
    const { memory } = counted();
    memory.changeWaiting(5000);
    assert.equal(memory.state, 'open');
    memory.change(299);
    assert.equal(memory.state, 'open');
    memory.change(1);
    assert.equal(memory.state, 'full');
    memory.change(-300);
    assert.equal(memory.state, 'open');
  });

  test('lets queues keep messages up to 70 per cent, then one each, and none when it is full', () => {
    const { memory } = counted();
    memory.changeWaiting(699);
    assert.equal(memory.mayKeepMore(5), true);
    memory.changeWaiting(1);
    assert.equal(memory.mayKeepMore(5), false);
    assert.equal(memory.mayKeepMore(0), true);
    memory.change(300);
    assert.equal(memory.mayKeepMore(0), false);
  });

  test('notices when somebody gives back what was never taken', () => {
    const { memory } = counted();
    assert.throws(() => memory.change(-1), { name: 'AssertionError' });
    assert.throws(() => counted().memory.changeWaiting(-1), { name: 'AssertionError' });
  });

  test('tells each change of its state once, whatever comes and goes', () => {
    const anyChange = fc.record({
      isWaiting: fc.boolean(),
      bytes: fc.integer({ max: 700, min: 1 }),
    });
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 60 }), (changes) => {
        const { memory, told } = counted();
        const take = ({ isWaiting, bytes }: { isWaiting: boolean; bytes: number }) =>
          isWaiting ? memory.changeWaiting(bytes) : memory.change(bytes);
        for (const change of changes) {
          take(change);
          if (change.bytes % 3 === 0) take({ ...change, bytes: -change.bytes });
        }
        for (const change of changes) {
          if (change.bytes % 3 !== 0) take({ ...change, bytes: -change.bytes });
        }
        assert.equal(memory.usedBytes, 0);
        assert.equal(memory.state, 'open');
        for (const [index, state] of told.entries()) {
          assert.equal(state, index % 2 === 0 ? 'full' : 'open');
        }
      }),
    );
  });
});
