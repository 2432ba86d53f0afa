import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LikePattern } from '../../dist/selector/like-pattern.js';
import { referenceLike } from './reference-selector.js';

const fits = (text: string, pattern: string, escapeCharacter?: string) =>
  new LikePattern(pattern, escapeCharacter).matches(text);

describe('LIKE', () => {
  for (const [pattern, fitting, others] of [
    ['abc', ['abc'], ['', 'ab', 'abcd', 'xabc', 'ABC']],
    ['', [''], ['a']],
    ['%', ['', 'a', 'abc\n', '😀'], []],
    ['%%', ['', 'a'], []],
    ['_', ['a', '%', '\n', '😀', '\ud83d'], ['', 'ab']],
    ['__', ['ab', '😀b'], ['a', '😀', 'abc']],
    ['a%', ['a', 'ab', 'a\nb'], ['', 'ba']],
    ['%a', ['a', 'ba', 'aba'], ['', 'ab']],
    ['%a%', ['a', 'bab'], ['', 'b']],
    ['a%b%c', ['abc', 'axbxc', 'abcbc'], ['ab', 'acb', 'abcx']],
    ['%ab%ba%', ['abba', 'xabxbax'], ['aba', 'ba']],
    ['%_', ['a', 'abc'], ['']],
    ['_%_', ['ab', 'axb'], ['', 'a']],
    ['12%3', ['123', '12993'], ['1234']],
    ['.*+?^$[](){}|\\/', ['.*+?^$[](){}|\\/'], ['x']],
    ['a.c', ['a.c'], ['abc']],
    ['%aab', ['aab', 'aaab', 'xaaaab'], ['aa']],
  ] as const) {
    test(`'${pattern}' fits ${JSON.stringify(fitting)} and not ${JSON.stringify(others)}`, () => {
      for (const text of fitting) assert.equal(fits(text, pattern), true, text);
      for (const text of others) assert.equal(fits(text, pattern), false, text);
    });
  }

  test('an escape character takes the meaning from % and _ and itself', () => {
    assert.equal(fits('a%b', 'a\\%b', '\\'), true);
    assert.equal(fits('axb', 'a\\%b', '\\'), false);
    assert.equal(fits('_foo', '!_%', '!'), true);
    assert.equal(fits('foo', '!_%', '!'), false);
    assert.equal(fits('a!b', 'a!!b', '!'), true);
    assert.equal(fits('a!!b', 'a!!b', '!'), false);
    assert.equal(fits('%', '%%', '%'), true);
    assert.equal(fits('x', '%%', '%'), false);
    assert.equal(fits('😀', '😀_', '😀'), false);
    assert.equal(fits('_', '😀_', '😀'), true);
  });

  test('before other characters and at the end it stands for itself', () => {
    assert.equal(fits('a\\b', 'a\\b', '\\'), true);
    assert.equal(fits('a!', 'a!', '!'), true);
    assert.equal(fits('a!x', 'a!_', undefined), true);
    assert.equal(fits('xyz', '%z', '%'), true);
  });

  test('without one a backslash is a character', () => {
    assert.equal(fits('a\\xb', 'a\\%b'), true);
    assert.equal(fits('a%b', 'a\\%b'), false);
  });

  for (const length of [30, 31, 32, 33, 63, 64, 65, 200]) {
    test(`a pattern of ${length} elements is matched to its end`, () => {
      const text = 'ab'.repeat(length).slice(0, length);
      assert.equal(fits(text, text), true);
      assert.equal(fits(`${text}x`, text), false);
      assert.equal(fits(`${text}x`, `${text}%`), true);
      assert.equal(fits(`x${text}`, `%${text}`), true);
      assert.equal(fits(text, '_'.repeat(length)), true);
      assert.equal(fits(text.slice(1), '_'.repeat(length)), false);
      assert.equal(fits(text, `%${'_'.repeat(length)}%`), true);
      assert.equal(fits(text.slice(1), `%${'_'.repeat(length)}%`), false);
    });
  }

  test('agrees with a slow matcher on any text and pattern', () => {
    const letters = (...more: readonly string[]) =>
      fc.string({ unit: fc.constantFrom('a', 'b', '😀', '\\', '%', '_', ...more), maxLength: 12 });
    const escapeCharacter = fc.option(fc.constantFrom('\\', 'a', '%', '_', '😀'), {
      nil: undefined,
    });
    const property = fc.property(
      letters(),
      letters('%', '_', '%', '_'),
      escapeCharacter,
      (text, pattern, character) => {
        assert.equal(fits(text, pattern, character), referenceLike(text, pattern, character));
      },
    );
    fc.assert(property, { numRuns: 3000 });
  });

  // A matcher that goes back and tries again needs more steps for these than there are atoms.
  for (const [title, pattern] of [
    ['many %', `${'%a'.repeat(2000)}b`],
    ['many % and _', `${'%_'.repeat(2000)}b`],
    ['a long part after %', `%${'a'.repeat(4000)}b`],
    ['a long part with _', `%${'a_'.repeat(2000)}b`],
    ['many long parts', `${`%${'a'.repeat(50)}`.repeat(80)}b`],
  ] as const) {
    test(`a hostile pattern ends soon: ${title}`, { timeout: 30_000 }, () => {
      assert.equal(fits('a'.repeat(10_000), pattern), false);
      assert.equal(fits(`${'a'.repeat(10_000)}b`, pattern), true);
    });
  }
});
