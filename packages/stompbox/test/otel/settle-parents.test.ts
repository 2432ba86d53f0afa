/** In which span a message was handled, for its acknowledgement. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SettleParents } from '../../dist/otel/settle-parents.js';

const span = (spanId: string) => ({
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId,
  traceFlags: 1,
});

describe('the spans that acknowledgements belong to', () => {
  test('are those of the last attempt, apart for each broker, until they are forgotten', () => {
    const parents = new SettleParents();
    parents.remember('a:1', 'm1', span('first'));
    parents.remember('a:1', 'm1', span('second'));
    parents.remember('b:1', 'm1', span('other'));
    assert.equal(parents.find('a:1', 'm1')?.spanId, 'second');
    parents.forget('a:1', 'm1');
    assert.equal(parents.find('a:1', 'm1'), undefined);
    assert.equal(parents.find('b:1', 'm1')?.spanId, 'other');
  });

  test('are bounded: the oldest go first', () => {
    const parents = new SettleParents();
    for (let n = 0; n < 4_097; n += 1) parents.remember('a:1', `m${n}`, span(`s${n}`));
    assert.equal(parents.find('a:1', 'm0'), undefined);
    assert.equal(parents.find('a:1', 'm1')?.spanId, 's1');
    assert.equal(parents.find('a:1', 'm4096')?.spanId, 's4096');
  });
});
