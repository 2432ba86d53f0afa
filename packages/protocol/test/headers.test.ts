import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';

describe('FrameHeaders', () => {
  const headers = new FrameHeaders(['a', '1', 'b', '2', 'a', '3']);

  test('get gives the first value, has tells whether there is one', () => {
    assert.equal(headers.get('a'), '1');
    assert.equal(headers.get('c'), undefined);
    assert.equal(headers.has('b'), true);
    assert.equal(headers.has('c'), false);
  });

  test('an empty value is present', () => {
    assert.equal(new FrameHeaders(['a', '']).has('a'), true);
  });

  test('getAll gives every value in order', () => {
    assert.deepEqual(headers.getAll('a'), ['1', '3']);
    assert.deepEqual(headers.getAll('c'), []);
  });

  test('size counts lines, repeated ones included', () => {
    assert.equal(headers.size, 3);
    assert.equal(new FrameHeaders([]).size, 0);
  });

  test('iteration keeps the order of the wire', () => {
    assert.deepEqual(
      [...headers],
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    );
    assert.deepEqual(headers.flat, ['a', '1', 'b', '2', 'a', '3']);
  });

  test('toObject has the first value of each name and no prototype', () => {
    const object = headers.toObject();
    assert.deepEqual(Object.entries(object), [
      ['a', '1'],
      ['b', '2'],
    ]);
    assert.equal(Object.getPrototypeOf(object), null);
  });

  test('a value is not taken for a name', () => {
    assert.equal(new FrameHeaders(['x', 'a']).get('a'), undefined);
  });

  test('from writes numbers and booleans as text and leaves undefined out', () => {
    const made = FrameHeaders.from({ n: 7, yes: true, no: false, none: undefined, text: 't' });
    assert.deepEqual(
      [...made],
      [
        ['n', '7'],
        ['yes', 'true'],
        ['no', 'false'],
        ['text', 't'],
      ],
    );
  });
});
