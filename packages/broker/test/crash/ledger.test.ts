/** The judge of the crash tests, on samples of everything that it must find. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Found, Ledger } from './ledger.js';

const NOTHING: Found = { a: [], b: [], g: [] };

describe('the ledger of a crash test', () => {
  test('lets what was not confirmed be there or not', () => {
    const ledger = new Ledger();
    ledger.sent(1, 'asked');
    ledger.sentGroup(1, 'asked');
    assert.deepEqual(ledger.problems(NOTHING), []);
    assert.deepEqual(ledger.problems({ a: [1], b: [], g: ['1/0', '1/1', '1/2'] }), []);
    ledger.sent(1, 'confirmed');
    for (const how of ['ack', 'move'] as const) {
      ledger.ended(1, how, 'asked');
      assert.deepEqual(ledger.problems({ ...NOTHING, a: [1] }), []);
      assert.deepEqual(ledger.problems({ ...NOTHING, b: how === 'move' ? [1] : [] }), []);
    }
  });

  for (const [what, found, problem] of [
    ['a lost message', { a: [2, 3, 4] }, '1 was lost'],
    ['a message that is there twice', { a: [1, 2, 2, 3, 4] }, 'a holds a message twice'],
    ['messages out of order', { a: [2, 1, 3, 4] }, 'a is out of order'],
    ['a message from nowhere', { a: [1, 2, 3, 4, 99] }, '99 in a came back'],
    ['a message that nobody moved', { a: [2, 3, 4], b: [1, 6] }, '1 is in b, and nobody moved it'],
    ['a move by half', { a: [1, 2, 3, 4], b: [6, 3] }, '3 was moved by half: it is in a and b'],
    ['a move into nowhere', { a: [1, 2, 4] }, '3 was moved by half: it is nowhere'],
    ['an ack undone', { a: [1, 2, 3, 4, 5] }, '5 came back after its ack'],
    ['a move undone', { a: [1, 2, 3, 4, 6], b: [] }, '6 came back after its move'],
    ['a moved message that is lost', { b: [] }, 'the move of 6 was lost'],
    ['a group by half', { g: ['1/0', '1/1'] }, 'group 1 has 2 messages'],
    ['a group out of order', { g: ['1/1', '1/0', '1/2'] }, 'group 1 is out of order'],
    ['a lost group', { g: [] }, 'group 1 was lost'],
    ['a group from nowhere', { g: ['1/0', '1/1', '1/2', '7/0'] }, 'group 7 was never sent'],
  ] as const) {
    test(`finds ${what}`, () => {
      const ledger = new Ledger();
      for (const number of [1, 2, 3, 4, 5, 6]) ledger.sent(number, 'confirmed');
      ledger.ended(3, 'move', 'asked');
      ledger.ended(4, 'ack', 'asked');
      ledger.ended(5, 'ack', 'confirmed');
      ledger.ended(6, 'move', 'confirmed');
      ledger.sentGroup(1, 'confirmed');
      const good: Found = { a: [1, 2, 3, 4], b: [6], g: ['1/0', '1/1', '1/2'] };
      assert.deepEqual(ledger.problems(good), []);
      assert.ok(ledger.problems({ ...good, ...found }).includes(problem));
    });
  }
});
