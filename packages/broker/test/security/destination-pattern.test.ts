/** Wildcards in names of destinations, by example and against a slow, obvious reference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  isPattern,
  parsePattern,
  patternCovers,
  patternsOverlap,
} from '../../dist/destination-pattern.js';

describe('a pattern', () => {
  for (const [pattern, matching, others] of [
    ['a.b', ['a.b'], ['a', 'a.b.c', 'a.bc', 'A.b', 'a.*']],
    ['a.*', ['a.b', 'a.', 'a.*'], ['a', 'a.b.c', 'b.a']],
    ['*.b', ['a.b', '.b'], ['b', 'a.a.b', 'a.bb']],
    ['a.*.c', ['a.b.c'], ['a.c', 'a.b.b.c', 'a.b.cc', 'a.b']],
    ['*', ['a', ''], ['a.b']],
    ['a.>', ['a', 'a.b', 'a.b.c'], ['b', 'ab', 'ab.c', '']],
    ['a.*.>', ['a.b', 'a.b.c.d'], ['a', 'b.a']],
    ['>', ['a', 'a.b', ''], []],
    ['a.>.c', ['a.>.c'], ['a.b.c', 'a']],
    ['a*.c', ['a*.c'], ['ab.c']],
    ['a>', ['a>'], ['a', 'ab']],
  ] as const) {
    test(`${pattern} matches ${matching.join(' ')}, not ${others.join(' ')}`, () => {
      const { matches } = parsePattern(pattern);
      assert.deepEqual([...matching, ...others].filter(matches), matching);
    });
  }
});

describe('a pattern covers another one', () => {
  for (const [outer, covered, others] of [
    ['>', ['>', 'a', '*.b', 'a.>'], []],
    ['a.>', ['a', 'a.b', 'a.*', 'a.>', 'a.b.>'], ['>', '*', '*.b', 'b.>']],
    ['a.*', ['a.b', 'a.*'], ['a', 'a.>', 'a.b.>', '*.*']],
    ['a.b', ['a.b'], ['a', 'a.*', 'a.b.>']],
  ] as const) {
    test(`${outer} covers ${covered.join(' ')}, not ${others.join(' ')}`, () => {
      const covers = (inner: string) => patternCovers(parsePattern(outer), parsePattern(inner));
      assert.deepEqual([...covered, ...others].filter(covers), covered);
    });
  }
});

test('a name stands for others by an element * or a last element >', () => {
  for (const name of ['*', '>', 'a.*', 'a.*.b', 'a.>', '*.>']) assert.ok(isPattern(name), name);
  for (const name of ['', 'a', 'a*', '*a.b', 'a>', '>.a', 'a.>.b']) {
    assert.ok(!isPattern(name), name);
  }
});

describe('for all patterns and names', () => {
  const element = fc.constantFrom('a', 'b', '', 'ab', '*', '>', '*a');
  const names = fc
    .array(fc.constantFrom('a', 'b', '', 'ab'), { minLength: 1, maxLength: 4 })
    .map((elements) => elements.join('.'));
  const patterns = fc
    .array(element, { minLength: 1, maxLength: 4 })
    .map((elements) => elements.join('.'));

  test('a match is what the reference says', () => {
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        assert.equal(parsePattern(pattern).matches(name), slowlyMatches(pattern, name));
      }),
      { numRuns: 2000 },
    );
  });

  test('what stands for nothing else matches itself alone', () => {
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        fc.pre(!isPattern(pattern));
        assert.equal(parsePattern(pattern).matches(name), pattern === name);
      }),
    );
  });

  test('two overlap exactly when some name matches both', () => {
    // All that these elements can tell apart, one element longer than the patterns.
    const elements = ['a', 'b', '', 'ab', '>', '*a', 'other'];
    let all: string[] = [];
    let longest = [''];
    for (let length = 1; length <= 4; length += 1) {
      longest = longest.flatMap((name) =>
        elements.map((last) => (length === 1 ? last : `${name}.${last}`)),
      );
      all = [...all, ...longest];
    }
    const short = patterns.filter((pattern) => pattern.split('.').length <= 3);
    fc.assert(
      fc.property(short, short, (one, other) => {
        const [a, b] = [parsePattern(one), parsePattern(other)];
        const both = all.some((name) => a.matches(name) && b.matches(name));
        assert.equal(patternsOverlap(a, b), both);
        assert.equal(patternsOverlap(b, a), both);
      }),
    );
  });
});

function slowlyMatches(pattern: string, name: string): boolean {
  const regex = pattern
    .split('.')
    .map((element, index, { length }) => {
      const dot = index === 0 ? '' : '\\.';
      if (element === '>' && index === length - 1) return index === 0 ? '.*' : '(\\..*)?';
      if (element === '*') return `${dot}[^.]*`;
      return dot + element.replace(/[*>]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${regex}$`, 's').test(name);
}
