/** Properties of any selector. fast-check prints the seed of a failure. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProtocolError } from '@stompbox/protocol';
import fc from 'fast-check';
import { parseSelector } from '../../dist/selector/selector.js';
import { referenceTruth, type Tree, wordsOf } from './reference-selector.js';
import { truthOf, type Values, valuesOf } from './selecting.js';

const NUMBERS = ['1', '+7', '-3', '007', '2.5', '.5', ' 1 ', '1e2', '2147483648', '-2147483648'];
const LARGE = ['9007199254740993', '9223372036854775807', '-9223372036854775808', '9'.repeat(30)];
const TEXTS = ['', 'abc', 'a%b', "it's", 'true', 'TRUE', '😀', 'a_b', '\\'];

const anyText = fc.constantFrom(...NUMBERS, ...LARGE, ...TEXTS);
const anyName = fc.constantFrom('a', 'b', 'c', 'count', 'isBig', 'absent', 'andy', '$_');
const anyMessage: fc.Arbitrary<Values> = fc.record(
  {
    a: anyText,
    b: anyText,
    c: anyText,
    andy: anyText,
    $_: anyText,
    count: fc.oneof(fc.integer({ min: -3, max: 9 }), fc.maxSafeInteger()),
    isBig: fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const nameTree = anyName.map((name): Tree => ({ is: 'name', name }));
const textTree = anyText.map((text): Tree => ({ is: 'string', text }));
const truthTree = fc.boolean().map((value): Tree => ({ is: 'truth', value }));
const numberTree = fc.oneof(
  fc
    .record({
      is: fc.constant('whole' as const),
      value: fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 2n ** 63n - 1n)),
      radix: fc.constantFrom(8 as const, 10 as const, 16 as const),
    })
    .map((tree): Tree => tree),
  fc
    .constantFrom('2.5', '.5', '7.', '0.0', '1e2', '25E-1', '1.e+3')
    .map((source): Tree => ({ is: 'fraction', source })),
);

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '\\', '😀'), maxLength: 6 });
const escapeCharacter = fc.option(fc.constantFrom('\\', '!', 'a', '%', "'"), { nil: undefined });
const comparator = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');

/** NULL by itself cannot be compared. */
const isNotNull = (tree: Tree) => tree.is !== 'truth' || tree.value !== null;

const { condition } = fc.letrec<Record<'number' | 'predicate' | 'condition', Tree>>((tie) => {
  const number = fc.oneof({ maxDepth: 3 }, numberTree, nameTree, tie('number'));
  const equalOperand = fc.oneof(number, textTree, truthTree);
  const not = fc.boolean();
  return {
    number: fc.oneof(
      fc.record({ is: fc.constant('sign' as const), operand: number }),
      fc.record({
        is: fc.constant('arithmetic' as const),
        operator: fc.constantFrom('+', '-', '*', '/', '%'),
        left: number,
        right: number,
      }),
    ),
    predicate: fc.oneof(
      fc.record({ is: fc.constant('compare' as const), comparator, left: number, right: number }),
      fc.record({
        is: fc.constant('compare' as const),
        comparator: fc.constantFrom('=', '<>'),
        left: equalOperand,
        right: equalOperand,
      }),
      fc.record({
        is: fc.constant('between' as const),
        not,
        parts: fc.tuple(number, number, number),
      }),
      fc.record({
        is: fc.constant('in' as const),
        not,
        name: anyName,
        texts: fc.array(anyText, { minLength: 1, maxLength: 4 }),
      }),
      fc.record({
        is: fc.constant('like' as const),
        not,
        operand: equalOperand,
        pattern,
        escape: escapeCharacter,
      }),
      fc.record({ is: fc.constant('null' as const), not, operand: equalOperand }),
    ),
    condition: fc.oneof(
      { maxDepth: 4 },
      nameTree,
      fc.constantFrom<Tree>(
        { is: 'truth', value: true },
        { is: 'truth', value: false },
        { is: 'truth', value: null },
      ),
      tie('predicate'),
      fc.record({ is: fc.constant('not' as const), operand: tie('condition') }),
      fc.record({
        is: fc.constantFrom('and' as const, 'or' as const),
        left: tie('condition'),
        right: tie('condition'),
      }),
      // A condition is a value too: its truth.
      fc.record({
        is: fc.constant('compare' as const),
        comparator: fc.constantFrom('=', '<>'),
        left: tie('condition').filter(isNotNull),
        right: tie('condition').filter(isNotNull),
      }),
    ),
  };
});

const blank = fc.constantFrom(' ', '  ', '\n', '\t', ' /* x * / */ ', ' -- AND "\n', '\r\f');
const style = fc.record({
  blanks: fc.array(blank, { minLength: 1, maxLength: 5 }),
  isLower: fc.boolean(),
});

function written(tree: Tree, { blanks, isLower }: { blanks: string[]; isLower: boolean }): string {
  return wordsOf(tree)
    .map((word, index) => {
      const isKeyword = /^[A-Z]+$/.test(word);
      return (isLower && isKeyword ? word.toLowerCase() : word) + blanks[index % blanks.length];
    })
    .join('');
}

describe('any selector', () => {
  test('says of any message what a slow reading of its tree says', () => {
    const property = fc.property(condition, style, anyMessage, (tree, how, message) => {
      assert.equal(
        truthOf(written(tree, how), message),
        referenceTruth(tree, message) ?? 'unknown',
      );
    });
    fc.assert(property, { numRuns: 4000 });
  });

  test('says the same each time', () => {
    const property = fc.property(
      condition,
      style,
      anyMessage,
      anyMessage,
      (tree, how, one, two) => {
        const selector = parseSelector(written(tree, how));
        const before = selector.matches(valuesOf(one));
        selector.matches(valuesOf(two));
        assert.equal(selector.matches(valuesOf(one)), before);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

/** Reads it, and if that is possible evaluates it; only the one error may come of it. */
function survives(text: string, message: Values): void {
  try {
    assert.equal(typeof parseSelector(text).matches(valuesOf(message)), 'boolean');
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
    assert.equal(error.code, 'STOMP_PROTO_BAD_SELECTOR');
    assert.match(error.message, /^Bad selector/);
    assert.doesNotMatch(error.message, /\p{Cc}/u);
  }
}

const PIECES = [
  ...['a', 'count', 'isBig', 'NOT', 'AND', 'OR', 'IN', 'LIKE', 'ESCAPE', 'BETWEEN', 'IS', 'NULL'],
  ...['TRUE', 'XPATH', "'x'", "'", "''", '1', '0x', '08', '1.', '.', '1e', '1L', '9'.repeat(25)],
  ...['=', '<>', '<', '>=', '!', '+', '-', '--', '*', '/', '/*', '*/', '%', '(', ')', ','],
  ...[' ', '\n', '\0', '\ud83d', '😀', '"', '\\', ';', 'é', '\u2028'],
];

describe('hostile text', () => {
  test('is read or refused, with no other error', () => {
    const random = fc.string({ unit: 'binary', maxLength: 60 });
    const nearly = fc.array(fc.constantFrom(...PIECES), { maxLength: 20 });
    const anything = fc.oneof(
      random,
      nearly.map((pieces) => pieces.join('')),
      nearly.map((pieces) => pieces.join(' ')),
    );
    fc.assert(fc.property(anything, anyMessage, survives), { numRuns: 5000 });
  });

  test('that was a selector before a piece of it was lost or added', () => {
    const property = fc.property(
      condition,
      style,
      fc.nat(),
      fc.nat(3),
      fc.constantFrom('', ...PIECES),
      anyMessage,
      (tree, how, place, lost, piece, message) => {
        const text = written(tree, how);
        const index = place % (text.length + 1);
        survives(text.slice(0, index) + piece + text.slice(index + lost), message);
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });

  for (const piece of PIECES) {
    test(`of ${JSON.stringify(piece)} again and again ends`, { timeout: 30_000 }, () => {
      for (const more of [piece, `${piece} `, `${piece}1`, `a${piece}`, `(${piece}`]) {
        survives(more.repeat(Math.floor(4096 / more.length)), { a: 'x', count: 1 });
      }
    });
  }
});
