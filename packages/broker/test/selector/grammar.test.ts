/** How a selector is read: precedence, literals, names, strings, comments. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSelector } from '../../dist/selector/selector.js';
import { matches, truthOf } from './selecting.js';

describe('operators bind', () => {
  for (const [selector, same, values] of [
    ['a OR b AND c', 'a OR (b AND c)', { a: true, b: true, c: false }],
    ['a AND b OR c', '(a AND b) OR c', { a: false, b: true, c: true }],
    ['NOT a OR b', '(NOT a) OR b', { a: true, b: true }],
    ['NOT a AND b', '(NOT a) AND b', { a: true, b: false }],
    ['NOT n = 5', 'NOT (n = 5)', { n: '1' }],
    ["NOT n IN ('5')", "NOT (n IN ('5'))", { n: '1' }],
    ["NOT n LIKE '5'", "NOT (n LIKE '5')", { n: '1' }],
    ['NOT n BETWEEN 5 AND 9', 'NOT (n BETWEEN 5 AND 9)', { n: '1' }],
    ['NOT n IS NULL', 'NOT (n IS NULL)', { n: '1' }],
    ['n BETWEEN 1 AND 2 AND b', '(n BETWEEN 1 AND 2) AND b', { n: '1', b: false }],
    ['1 + 2 * 3 = 7', '1 + (2 * 3) = 7', {}],
    ['10 - 2 - 3 = 5', '(10 - 2) - 3 = 5', {}],
    ['12 / 3 * 2 = 8', '(12 / 3) * 2 = 8', {}],
    ['12 / 3 / 2 = 2', '(12 / 3) / 2 = 2', {}],
    ['7 % 4 * 2 = 6', '(7 % 4) * 2 = 6', {}],
    ['-2 + 3 = 1', '(-2) + 3 = 1', {}],
    ['2 * -3 = -6', '2 * (-3) = -6', {}],
    ['4 - -1 = 5', '4 - (-1) = 5', {}],
    ['1 + 1 < 1 + 2', '(1 + 1) < (1 + 2)', {}],
  ] as const) {
    test(`${selector} as ${same}`, () => {
      assert.equal(truthOf(selector, values), truthOf(same, values));
    });
  }

  test('AND binds tighter than OR, which parentheses change', () => {
    const values = { a: true, b: false, c: false };
    assert.equal(matches('a OR b AND c', values), true);
    assert.equal(matches('(a OR b) AND c', values), false);
  });
});

describe('a number is written', () => {
  for (const [literal, n] of [
    ['0', '0'],
    ['1L', '1'],
    ['1l', '1'],
    ['0L', '0'],
    ['0x1F', '31'],
    ['0XfL', '15'],
    ['017', '15'],
    ['00', '0'],
    ['0x7FFFFFFFFFFFFFFF', '9223372036854775807'],
    ['0777777777777777777777', '9223372036854775807'],
    ['1.5', '1.5'],
    ['1.', '1'],
    ['.5', '0.5'],
    ['007.5', '7.5'],
    ['5E1', '50'],
    ['5.e-1', '0.5'],
    ['.5E+3', '500'],
    ['1e400', '2e400'],
  ] as const) {
    test(`${literal}, which is ${n}`, () => assert.equal(matches(`n = ${literal}`, { n }), true));
  }

  test('next to a keyword', () => {
    assert.equal(matches('n=1AND n=0x1OR n=2.5', { n: '2.5' }), true);
    assert.equal(matches('n BETWEEN.5AND 1.', { n: '1.2' }), false);
    assert.equal(matches('n BETWEEN.5AND 1.5', { n: '.7' }), true);
  });
});

describe('a name', () => {
  for (const name of ['a', '_', '$', 'a1', '_a$1', 'größe', '名前', 'JMSXGroupID', 'Ὀδυσσεύς']) {
    test(`may be ${name}`, () => {
      assert.equal(matches(`${name} = 'x'`, { [name]: 'x' }), true);
    });
  }

  test('is the same only in the same case', () => {
    assert.equal(truthOf("Color = 'red'", { color: 'red' }), 'unknown');
  });

  test('may begin like a keyword', () => {
    const values = { android: '1', order: '2', inner: '3', nullable: '4', notes: '5', isle: '6' };
    const selector =
      'android = 1 AND order = 2 AND inner = 3 AND nullable = 4 AND notes = 5 AND isle = 6';
    assert.equal(matches(selector, values), true);
  });

  test('has no hyphen: foo-bar is a difference', () => {
    assert.equal(truthOf("foo-bar = 'x'", { 'foo-bar': 'x' }), 'unknown');
    assert.equal(
      matches('JMSPriority-JMSXGroupSeq = 3', { JMSPriority: 4, JMSXGroupSeq: 1 }),
      true,
    );
  });

  test('of an object without meaning for users is absent', () => {
    assert.equal(truthOf('__proto__ IS NULL AND constructor IS NULL'), true);
  });
});

describe('a string', () => {
  for (const [written, value] of [
    ["'it''s'", "it's"],
    ["''", ''],
    ["''''", "'"],
    ["'a''''b'", "a''b"],
    ["'-- no comment'", '-- no comment'],
    ["'/* no comment */'", '/* no comment */'],
    ["'two\nlines'", 'two\nlines'],
    ["'grüße 😀'", 'grüße 😀'],
    ["'\\n'", '\\n'],
    ["'\"'", '"'],
  ] as const) {
    test(`is written ${JSON.stringify(written)}`, () => {
      assert.equal(matches(`n = ${written}`, { n: value }), true);
      assert.equal(matches(`n IN ('other', ${written})`, { n: value }), true);
    });
  }
});

describe('between words', () => {
  test('stand blanks of five kinds, or none where signs are', () => {
    assert.equal(matches('\t a\r\n=\f1 ', { a: '1' }), true);
    assert.equal(matches("a=1AND(b='x'OR b<>'y')", { a: '1', b: 'x' }), true);
    assert.equal(matches("a IN('1','2')", { a: '1' }), true);
  });

  test('stand comments', () => {
    assert.equal(matches('a /* and **/ = /*/ 2 */ 1 -- AND FALSE\n AND TRUE', { a: '1' }), true);
    assert.equal(matches('a = 1 -- one\r AND a = 2', { a: '1' }), false);
  });

  test('a line comment needs the end of its line, else it is a minus and a sign', () => {
    assert.equal(matches('JMSPriority = 1--3', { JMSPriority: 4 }), true);
    assert.equal(matches('JMSPriority = 1--3\n', { JMSPriority: 1 }), true);
  });

  test('keywords are written in any case', () => {
    const selector =
      "not (a Between 2 aNd 3) aNd a in ('1') and a Like '_' EsCaPe '!' and b is Not null or fAlse";
    assert.equal(matches(selector, { a: '1', b: 'x' }), true);
    assert.equal(matches('true and not false', {}), true);
  });
});

test('a selector keeps its text', () => {
  assert.equal(parseSelector(" color = 'red' ").text, " color = 'red' ");
});

test('a selector is used for many messages, one does not affect the next', () => {
  const selector = parseSelector("name LIKE '%a%b' AND n > 1");
  const messages = [
    { name: 'xaxb', n: '2' },
    { name: 'xax', n: '2' },
    { name: 'ab', n: '1' },
    { name: 'ab', n: '3' },
  ];
  const found = messages.map(({ name, n }) =>
    selector.matches({ get: (wanted) => (wanted === 'name' ? name : n) }),
  );
  assert.deepEqual(found, [true, false, false, true]);
});
