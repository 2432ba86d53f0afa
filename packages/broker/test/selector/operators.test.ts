/** Each operator with each type of value on either side, and with none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { truthOf, type Values } from './selecting.js';

const MESSAGE: Values = {
  one: '1',
  two: '2',
  word: 'word',
  yes: 'true',
  JMSPriority: 4,
  JMSTimestamp: 1_700_000_000_000,
  JMSRedelivered: false,
  isTrue: true,
};

type Row = readonly [selector: string, truth: boolean | 'unknown'];

function rows(title: string, table: readonly Row[]): void {
  describe(title, () => {
    for (const [selector, truth] of table) {
      test(`${selector} is ${truth}`, () => assert.equal(truthOf(selector, MESSAGE), truth));
    }
  });
}

rows('= and <> compare', [
  ["word = 'word'", true],
  ["word <> 'word'", false],
  ["'word' = word", true],
  ["'a' = 'a'", true],
  ['one = two', false],
  ['one <> two', true],
  ['one = one', true],
  ['JMSPriority = 4', true],
  ['JMSPriority = 4.0', true],
  ['4 = JMSPriority', true],
  ["JMSPriority = '4'", true],
  ["'4.0' = JMSPriority", false],
  ['JMSPriority = word', false],
  ['JMSPriority <> word', true],
  ['JMSPriority = TRUE', false],
  ['JMSPriority <> TRUE', true],
  ['JMSPriority = JMSTimestamp', false],
  ['JMSRedelivered = FALSE', true],
  ['JMSRedelivered <> isTrue', true],
  ["JMSRedelivered = 'false'", true],
  ['JMSRedelivered = word', true],
  ['TRUE = yes', true],
  ['yes = isTrue', true],
  ['isTrue = 1', false],
  ['1 = TRUE', false],
  ['1 = 1', true],
  ["1 = '1'", true],
  ['TRUE <> FALSE', true],
  ['(one = 1) = TRUE', true],
  ["(one = 1) <> (word = 'word')", false],
  ['(one = 1) = yes', true],
]);

rows('< <= > and >= compare', [
  ['JMSPriority < 5', true],
  ['JMSPriority < 4', false],
  ['JMSPriority <= 4', true],
  ['JMSPriority > 3.5', true],
  ['JMSPriority >= 4.5', false],
  ['5 > JMSPriority', true],
  ['JMSPriority < JMSTimestamp', true],
  ['JMSTimestamp > 1699999999999', true],
  ['one < JMSPriority', true],
  ['JMSPriority > two', true],
  ['JMSPriority > word', false],
  ['JMSPriority < word', false],
  ['JMSPriority > isTrue', false],
  ['one < two', true],
  ['word > two', true],
  ['word >= word', true],
  ['word < 5', false],
  ['word >= 5', false],
  ['JMSRedelivered < isTrue', true],
  ['1 < 2', true],
]);

rows('nothing can be known of a header that is absent', [
  ['absent = 1', 'unknown'],
  ['1 = absent', 'unknown'],
  ["absent <> 'a'", 'unknown'],
  ["'a' <> absent", 'unknown'],
  ['absent = one', 'unknown'],
  ['one <> absent', 'unknown'],
  ['absent = absent', 'unknown'],
  ['absent = TRUE', 'unknown'],
  ['absent < 1', 'unknown'],
  ['1 >= absent', 'unknown'],
  ['absent BETWEEN 1 AND 2', 'unknown'],
  ['absent NOT BETWEEN 1 AND 2', 'unknown'],
  ["absent IN ('a')", 'unknown'],
  ["absent NOT IN ('a')", 'unknown'],
  ["absent LIKE '%'", 'unknown'],
  ["absent NOT LIKE '%'", 'unknown'],
  ['absent', 'unknown'],
  ['NOT absent', 'unknown'],
  ['-absent < 0', 'unknown'],
  ['absent + 1 > 0', 'unknown'],
  ['1 * absent > 0', 'unknown'],
  ['absent IS NULL', true],
  ['absent IS NOT NULL', false],
  ['(absent = 1) IS NULL', true],
  ['absent + 1 IS NULL', true],
  ['NULL IS NULL', true],
]);

rows('BETWEEN includes its ends', [
  ['JMSPriority BETWEEN 4 AND 4', true],
  ['JMSPriority BETWEEN 5 AND 9', false],
  ['JMSPriority NOT BETWEEN 5 AND 9', true],
  ['JMSPriority BETWEEN 9 AND 1', false],
  ['JMSPriority BETWEEN one AND 9', true],
  ['JMSPriority BETWEEN absent AND 9', 'unknown'],
  ['JMSPriority BETWEEN absent AND 1', false],
  ['JMSPriority NOT BETWEEN absent AND 1', true],
  ['2 BETWEEN one AND JMSPriority', true],
  ['one + 1 BETWEEN 1 AND 3', 'unknown'],
  ['JMSPriority + 1 BETWEEN 2 + 3 AND 9', true],
  ['word BETWEEN 1 AND 9', false],
  ['word NOT BETWEEN 1 AND 9', false],
]);

rows('IN and LIKE are about strings', [
  ["one IN ('1')", true],
  ["one IN ('2', '1', '3')", true],
  ["one NOT IN ('2', '3')", true],
  ["+one IN ('1')", true],
  ["(one) IN ('1')", true],
  ["JMSPriority IN ('4')", 'unknown'],
  ["JMSPriority NOT IN ('4')", 'unknown'],
  ["isTrue IN ('true')", 'unknown'],
  ["word LIKE 'w%'", true],
  ["word NOT LIKE 'w%'", false],
  ["'word' LIKE '____'", true],
  ["JMSPriority LIKE '4'", false],
  ["JMSPriority NOT LIKE '4'", true],
  ["isTrue LIKE '%'", false],
  ["(one = 1) LIKE '%'", false],
]);

rows('arithmetic computes with numbers', [
  ['1 + 2 = 3', true],
  ['JMSPriority - 1 = 3', true],
  ['JMSPriority * JMSPriority = 16', true],
  ['JMSPriority / 8 = 0.5', true],
  ['7 / 2 = 3.5', true],
  ['JMSPriority % 3 = 1', true],
  ['-7 % 3 = -1', true],
  ['-JMSPriority = -4', true],
  ['+JMSPriority = 4', true],
  ['- -JMSPriority = 4', true],
  ['- + - JMSPriority = 4', true],
  ['-(JMSPriority + 1) = -5', true],
  ['2147483647 + 1 = 2147483648', true],
  ['JMSTimestamp + 1000 > JMSTimestamp', true],
  ['1 / 0 > 1e300', true],
  ['1 / -0 > 0', true],
  ['1 / (0 * -1) > 0', true],
  ['0 / 0 = 0', 'unknown'],
  ['JMSPriority % 0 <> 1', 'unknown'],
  ['9223372036854775807 - 1 > 9e18', true],
  ['JMSPriority - 3 = one', true],
  ['JMSPriority / 4 = one', true],
  ['5 / 2 = word', false],
  ['1 + 1 = two', true],
  ['2147483647 + 2147483648 > one', true],
]);

rows('arithmetic with anything but numbers is unknown', [
  ['one + 1 = 2', 'unknown'],
  ['1 + one = 2', 'unknown'],
  ['one - 1 = 0', 'unknown'],
  ['one * two = 2', 'unknown'],
  ['one / 1 = 1', 'unknown'],
  ['one % 1 = 0', 'unknown'],
  ['-one = -1', 'unknown'],
  ['- -one = 1', 'unknown'],
  ['isTrue + 1 = 2', 'unknown'],
  ['-isTrue = -1', 'unknown'],
  ['foo-bar = 1', 'unknown'],
]);

rows('only a boolean is a condition of its own', [
  ['isTrue', true],
  ['JMSRedelivered', false],
  ['NOT JMSRedelivered', true],
  ['yes', false],
  ['JMSPriority', false],
  ['isTrue AND one = 1', true],
  ['TRUE', true],
  ['FALSE', false],
  ['NULL', 'unknown'],
]);

const TRUTHS = { TRUE: true, FALSE: false, NULL: 'unknown' } as const;
const NAMES = ['TRUE', 'FALSE', 'NULL'] as const;
const AND: Readonly<Record<string, readonly (boolean | 'unknown')[]>> = {
  TRUE: [true, false, 'unknown'],
  FALSE: [false, false, false],
  NULL: ['unknown', false, 'unknown'],
};
const OR: Readonly<Record<string, readonly (boolean | 'unknown')[]>> = {
  TRUE: [true, true, true],
  FALSE: [true, false, 'unknown'],
  NULL: [true, 'unknown', 'unknown'],
};

describe('logic has three values', () => {
  for (const left of NAMES) {
    for (const [index, right] of NAMES.entries()) {
      test(`${left} AND, OR ${right}`, () => {
        assert.equal(truthOf(`${left} AND ${right}`), AND[left]?.[index]);
        assert.equal(truthOf(`${left} OR ${right}`), OR[left]?.[index]);
      });
    }
    test(`NOT ${left}`, () => {
      const truth = TRUTHS[left];
      assert.equal(truthOf(`NOT ${left}`), truth === 'unknown' ? truth : !truth);
      assert.equal(truthOf(`NOT NOT ${left}`), truth);
    });
  }

  test('a long chain is decided by its last part', () => {
    assert.equal(truthOf('TRUE AND NULL AND TRUE AND FALSE'), false);
    assert.equal(truthOf('FALSE OR NULL OR FALSE OR TRUE'), true);
  });
});
