/** What is refused, where the error points, and the limits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProtocolError } from '@stompbox/protocol';
import { MAX_SELECTOR_CHARACTERS, parseSelector } from '../../dist/selector/selector.js';
import { MAX_SELECTOR_NESTING } from '../../dist/selector/value-parser.js';
import { matches } from './selecting.js';

function complaintOf(selector: string): string {
  try {
    parseSelector(selector);
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    assert.equal(error.code, 'STOMP_PROTO_BAD_SELECTOR');
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted: ${selector}` });
}

describe('a bad selector', () => {
  for (const [selector, position, complaint] of [
    ['', 1, 'expected a value at the beginning'],
    ['   ', 4, 'expected a value at the beginning'],
    ['foo = AND bar', 7, 'expected a value after "="'],
    ['foo = 1 AND', 12, 'expected a value after "AND"'],
    ['foo = 1 bar = 2', 9, 'expected AND, OR or the end after "1"'],
    ['foo = 1)', 8, 'expected AND, OR or the end after "1"'],
    ['(foo = 1', 9, 'expected an operator or ) after "1"'],
    ['()', 2, 'expected a value after "("'],
    ['a = b = c', 7, 'expected AND, OR or the end after "b"'],
    ['a < b < c', 7, 'expected AND, OR or the end after "b"'],
    ['foo == 1', 6, 'expected a value after "="'],
    ['foo NOT = 1', 9, 'expected BETWEEN, IN or LIKE after "NOT"'],
    ['foo IS TRUE', 8, 'expected NULL or NOT NULL after "IS"'],
    ['foo IS NOT 1', 12, 'expected NULL after "NOT"'],
    ['foo = NULL', 7, 'nothing equals NULL, use IS NULL or IS NOT NULL instead'],
    ['NULL <> foo', 1, 'nothing equals NULL, use IS NULL or IS NOT NULL instead'],
    ["foo > 'a'", 7, 'only numbers have an order, compare with = or <> instead'],
    ["'a' <= foo", 1, 'only numbers have an order, compare with = or <> instead'],
    ['foo < TRUE', 7, 'only numbers have an order, compare with = or <> instead'],
    ['(a = 1) > 2', 1, 'only numbers have an order, compare with = or <> instead'],
    ["a BETWEEN 1 AND 'x'", 17, 'only numbers have an order, compare with = or <> instead'],
    ['a BETWEEN 1', 12, 'expected AND and the upper limit of BETWEEN after "1"'],
    ['1', 1, "a value is no condition, compare it: color = 'red'"],
    ["a = 1 OR ('x')", 10, "a value is no condition, compare it: color = 'red'"],
    ['a + 1 AND b', 1, "a value is no condition, compare it: color = 'red'"],
    ['b AND NOT 2', 11, "a value is no condition, compare it: color = 'red'"],
    ["a + 'x' = b", 5, 'arithmetic needs a number or a name here'],
    ["'x' + a = b", 1, 'arithmetic needs a number or a name here'],
    ['(a = 1) * 2 = 2', 1, 'arithmetic needs a number or a name here'],
    ['a = -TRUE', 6, 'arithmetic needs a number or a name here'],
    ['a = NULL + 1', 5, 'arithmetic needs a number or a name here'],
    ['a IN ()', 7, 'expected a string in single quotes after "("'],
    ['a IN (1, 2)', 7, 'expected a string in single quotes after "("'],
    ["a IN ('x' 'y')", 11, 'expected a comma or ) after "\'x\'"'],
    ["a IN 'x'", 6, 'expected ( and a list of strings after "IN"'],
    ["-a IN ('x')", 1, 'IN needs the name of a header before it'],
    ['a LIKE b', 8, 'expected a pattern in single quotes after "LIKE"'],
    ["a LIKE 'b' ESCAPE c", 19, 'expected a character in single quotes after "ESCAPE"'],
    ["a LIKE 'b' ESCAPE ''", 19, 'ESCAPE needs exactly one character'],
    ["a LIKE 'b' ESCAPE '!!'", 19, 'ESCAPE needs exactly one character'],
    ['foo.bar = 1', 4, 'unexpected ".", a name has only letters, digits, _ and $'],
    ['foo != 1', 5, 'unexpected "!", use <> for "differs from" and NOT for "not"'],
    ['"foo" = 1', 1, 'unexpected """, write strings in \'single quotes\''],
    ['a = 1 && b = 2', 7, 'unexpected "&", use AND'],
    ['a = 1 || b = 2', 7, 'unexpected "|", use OR'],
    ['a = 😀', 5, 'unexpected "😀", it has no meaning outside of a string'],
    ["a = 'b", 5, "the string has no end, write ' after it and '' for a quote"],
    ["a = 'b''", 5, "the string has no end, write ' after it and '' for a quote"],
    ['a /* b', 3, 'the comment has no end, write */ after it'],
    ['a = 1x', 5, '"1x" is neither a number nor a name'],
    ['a = 0x', 5, '"0x" is neither a number nor a name'],
    ['a = 1.2.3', 5, '"1.2.3" is neither a number nor a name'],
    ['a = 08', 5, 'a number that begins with 0 is octal and has no 8 and 9'],
    [
      'a = 9223372036854775808',
      5,
      'the number does not fit into 64 bits, write a fraction such as 1e20',
    ],
    [
      'a = -9223372036854775809',
      6,
      'the number does not fit into 64 bits, write a fraction such as 1e20',
    ],
    [
      'a = - -9223372036854775808',
      8,
      'the number does not fit into 64 bits, write a fraction such as 1e20',
    ],
    [
      'a = 0xFFFFFFFFFFFFFFFF',
      5,
      'the number does not fit into 64 bits, write a fraction such as 1e20',
    ],
    ["REGEX('a', b)", 1, 'the function "REGEX" is not supported'],
    ["XPATH '//a'", 1, 'XPATH is not supported, compare headers'],
    ["xquery '//a'", 1, 'XQUERY is not supported, compare headers'],
    ['a = ESCAPE', 5, 'expected a value after "="'],
  ] as const) {
    test(`${JSON.stringify(selector)} is refused at position ${position}`, () => {
      assert.equal(
        complaintOf(selector),
        `Bad selector at position ${position}: ${complaint} : ${selector}`,
      );
    });
  }

  test('is shown in part when it is long', () => {
    const selector = `${"a = 'x' OR ".repeat(20)}a = = ${" OR a = 'x'".repeat(20)}`;
    const complaint = complaintOf(selector);
    assert.match(
      complaint,
      /^Bad selector at position 225: expected a value after "=" : ….*a = = .*…$/,
    );
    assert.ok(complaint.length < 200);
  });

  test('is shown on one line', () => {
    assert.equal(
      complaintOf('a =\r\n= 1'),
      'Bad selector at position 6: expected a value after "=" : a =  = 1',
    );
  });

  test('is quoted in part when one word is long', () => {
    assert.ok(complaintOf(`${'a'.repeat(3000)} b`).length < 200);
  });
});

describe('limits', () => {
  test('a selector may have 4096 characters and no more', () => {
    const longest = `a = '${'x'.repeat(MAX_SELECTOR_CHARACTERS - 6)}'`;
    assert.equal(matches(longest, { a: 'x'.repeat(MAX_SELECTOR_CHARACTERS - 6) }), true);
    assert.equal(
      complaintOf(`${longest} `),
      'Bad selector: it has 4097 characters, and at most 4096 are allowed',
    );
  });

  test('parentheses may be nested 100 deep and no more', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a = 1${')'.repeat(depth)}`;
    assert.equal(matches(nested(MAX_SELECTOR_NESTING), { a: '1' }), true);
    assert.match(
      complaintOf(nested(MAX_SELECTOR_NESTING + 1)),
      /^Bad selector at position 101: more than 100 parentheses inside each other/,
    );
    assert.match(complaintOf('('.repeat(MAX_SELECTOR_CHARACTERS)), /position 101/);
  });

  test('parentheses beside each other are not counted', () => {
    const selector = Array.from({ length: 300 }, () => '(a = 1)').join(' OR ');
    assert.equal(matches(selector, { a: '1' }), true);
  });

  for (const [title, selector, values] of [
    ['AND', `a${' AND a'.repeat(680)}`, { a: true }],
    ['OR', `b${' OR b'.repeat(800)} OR a`, { a: true }],
    ['sums', `1${'+1'.repeat(2000)} > 2000`, {}],
    ['sums of names', `n${'+n'.repeat(2000)} = 2001`, { n: 1 }],
    ['products', `n${'*n'.repeat(2000)} = 1`, { n: 1 }],
    ['minus signs', `n = ${'- '.repeat(2000)}1`, { n: 1 }],
    ['NOT', `${'NOT '.repeat(1000)}a`, { a: true }],
    ['lists', `n IN (${"'x',".repeat(1000)}'y')`, { n: 'y' }],
  ] as const) {
    test(`chains of ${title} may be as long as the selector`, () => {
      assert.equal(matches(selector, values), true);
    });
  }
});
