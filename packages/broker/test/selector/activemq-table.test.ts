/**
 * Which string headers match which selector. All rows were taken from ActiveMQ 5.17.2, its parser with
 * string conversion as its STOMP connector uses it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matches } from './selecting.js';

const ABSENT = undefined;
const VALUES = ['1', '10', '2.5', 'abc', ABSENT, 'true', '-3', ''] as const;
const PRESENT = VALUES.filter((value) => value !== ABSENT);

const allBut = (...values: readonly string[]) => PRESENT.filter((value) => !values.includes(value));

const ROWS: ReadonlyArray<readonly [selector: string, matching: readonly (string | undefined)[]]> =
  [
    // A whole number reads the header as a whole number.
    ['n > 1', ['10']],
    ['n <= 10', ['1', '10', '-3']],
    ['n = 10', ['10']],
    ['n = 10L', ['10']],
    ['n = 0x0A', ['10']],
    ['n = 012', ['10']],
    ['n = -3', ['-3']],
    ['n > -4', ['1', '10', '-3']],
    ['n <> 10', allBut('10')],
    ['10 = n', ['10']],
    ['2 > n', ['1', '-3']],
    ['n > 3000000000', []],
    ['n BETWEEN 1 AND 5', ['1']],
    ['n NOT BETWEEN 1 AND 5', ['10', '-3']],
    // A fraction reads it as a decimal number.
    ['n >= 2.5', ['10', '2.5']],
    ['n < 2.5', ['1', '-3']],
    ['n = 10.0', ['10']],
    // Each end of BETWEEN by itself: 1.0 takes "2.5", 5 does not.
    ['n BETWEEN 1.0 AND 5', ['1']],
    ['n BETWEEN 1.0 AND 5.0', ['1', '2.5']],
    // TRUE and FALSE read it as "true" or not "true".
    ['n = TRUE', ['true']],
    ['n <> TRUE', allBut('true')],
    ['n = FALSE', allBut('true')],
    // Strings are compared as they are.
    ["n = '10'", ['10']],
    ["n = '10.0'", []],
    ["n <> '10'", allBut('10')],
    ["n = 'abc'", ['abc']],
    ["n = ''", ['']],
    ["n IN ('1','abc')", ['1', 'abc']],
    ["n NOT IN ('1')", allBut('1')],
    ["n LIKE 'ab_'", ['abc']],
    ["n NOT LIKE 'ab_'", allBut('abc')],
    ["n LIKE '%'", PRESENT],
    ["n LIKE ''", ['']],
    // A string is no condition of its own, and no number in arithmetic.
    ['n', []],
    ['NOT n', PRESENT],
    ['n + 1 = 2', []],
    ['-n = 3', []],
    ['n IS NULL', [ABSENT]],
    ['n IS NOT NULL', PRESENT],
    ['TRUE', VALUES],
    ['FALSE', []],
    ['NULL', []],
  ];

describe('string headers match as in ActiveMQ', () => {
  for (const [selector, matching] of ROWS) {
    test(selector, () => {
      const found = VALUES.filter((n) => matches(selector, n === ABSENT ? {} : { n }));
      assert.deepEqual(found, matching);
    });
  }
});

describe('a header is read as a number exactly as in ActiveMQ', () => {
  for (const [n, literal, isEqual] of [
    ['+7', '7', true],
    ['007', '7', true],
    [' 7', '7', false],
    ['7.', '7', false],
    ['7L', '7', false],
    ['0x7', '7', false],
    ['1e2', '100', false],
    ['--1', '1', false],
    ['2147483647', '2147483647', true],
    ['2147483648', '2147483648', true],
    ['-9223372036854775808', '-9223372036854775808', true],
    ['9223372036854775807', '9223372036854775807', true],
    ['9223372036854775806', '9223372036854775807', false],
    ['9007199254740993', '9007199254740992', false],
    ['+9007199254740993', '9007199254740993', true],
    ['1e2', '100.0', true],
    ['1E+2', '1e2', true],
    [' 7.5 ', '7.5', true],
    ['.5', '.5', true],
    ['7.', '7.0', true],
    ['7,5', '7.5', false],
    ['1_0', '10.0', false],
    ['0x10', '16.0', false],
    ['.', '0.0', false],
    ['e5', '0.0', false],
  ] as const) {
    test(`"${n}" ${isEqual ? 'equals' : 'does not equal'} ${literal}`, () => {
      assert.equal(matches(`n = ${literal}`, { n }), isEqual);
      assert.equal(matches(`n <> ${literal}`, { n }), !isEqual);
    });
  }

  test('within the range of the type of the literal', () => {
    assert.equal(matches('n > 5', { n: '2147483648' }), false);
    assert.equal(matches('n > 2147483648', { n: '2147483649' }), true);
    assert.equal(matches('n < 2147483648', { n: '-2147483649' }), true);
    assert.equal(matches('n > 2147483648', { n: '9223372036854775808' }), false);
    assert.equal(matches('n > 2147483648', { n: '9'.repeat(5000) }), false);
    assert.equal(matches('n > 5.0', { n: '9223372036854775808' }), true);
  });

  test('TRUE is "true" in any case and nothing else', () => {
    for (const n of ['true', 'TRUE', 'True']) assert.equal(matches('n = TRUE', { n }), true);
    for (const n of ['truth', 'yes', '1', ' true']) assert.equal(matches('n = TRUE', { n }), false);
  });
});
