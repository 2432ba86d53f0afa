import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameDecoder, FrameHeaders } from '@stompbox/protocol';
import { bytes } from './support/read-frames.js';

/** The headers of a frame that was decoded from these lines. */
function decoded(version: '1.0' | '1.2', ...lines: string[]): FrameHeaders {
  const decoder = new FrameDecoder();
  decoder.version = version;
  decoder.push(bytes(['MESSAGE', ...lines, '', '^@'].join('\n')));
  const frame = decoder.next();
  if (frame === undefined) throw new Error('The frame is not complete');
  return frame.headers;
}

const sources: ReadonlyArray<readonly [name: string, make: () => FrameHeaders]> = [
  ['made of a list', () => new FrameHeaders(['a', '1', 'b', '2', 'a', '3'])],
  ['of a plain head', () => decoded('1.2', 'a:1', 'b:2', 'a:3')],
  ['of a head that was parsed', () => decoded('1.0', 'a:1', 'b:2', 'a:3')],
];

for (const [name, make] of sources) {
  describe(`FrameHeaders ${name}`, () => testHeaders(make));
}

function testHeaders(make: () => FrameHeaders): void {
  test('get gives the first value, has tells whether there is one', () => {
    const headers = make();
    assert.equal(headers.get('a'), '1');
    assert.equal(headers.get('c'), undefined);
    assert.equal(headers.has('b'), true);
    assert.equal(headers.has('c'), false);
  });

  test('getAll gives every value in order', () => {
    const headers = make();
    assert.deepEqual(headers.getAll('a'), ['1', '3']);
    assert.deepEqual(headers.getAll('c'), []);
  });

  test('size counts lines, repeated ones included', () => {
    const headers = make();
    assert.equal(headers.size, 3);
  });

  test('iteration keeps the order of the wire', () => {
    const headers = make();
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
    const headers = make();
    const object = headers.toObject();
    assert.deepEqual(Object.entries(object), [
      ['a', '1'],
      ['b', '2'],
    ]);
    assert.equal(Object.getPrototypeOf(object), null);
  });
}

describe('FrameHeaders', () => {
  test('an empty value is present', () => {
    assert.equal(new FrameHeaders(['a', '']).has('a'), true);
    assert.equal(decoded('1.2', 'a:').get('a'), '');
  });

  test('there may be none', () => {
    assert.equal(new FrameHeaders([]).size, 0);
    assert.equal(decoded('1.2').size, 0);
    assert.equal(decoded('1.2').get('a'), undefined);
    assert.deepEqual(decoded('1.2').flat, []);
  });

  test('a name ends at the first colon', () => {
    const headers = decoded('1.2', 'a:b:c', 'ab:d');
    assert.equal(headers.get('a:b'), undefined);
    assert.equal(headers.get('a'), 'b:c');
    assert.equal(headers.get('ab'), 'd');
    assert.equal(headers.get(''), undefined);
  });

  test('of heads of the same shape each keeps its own', () => {
    const decoder = new FrameDecoder();
    decoder.version = '1.2';
    const lines = ['id:1\nx:a', 'id:2\nx:b', 'id:33\nx:c', 'id:4\nx:d\ny:e', 'id:5'];
    decoder.push(bytes(lines.map((text) => `MESSAGE\n${text}\n\n^@`).join('\n')));
    const all = lines.map(() => decoder.next()?.headers ?? new FrameHeaders([]));
    const texts = all.map(({ flat }) => flat.join(' '));
    assert.deepEqual(texts, ['id 1 x a', 'id 2 x b', 'id 33 x c', 'id 4 x d y e', 'id 5']);
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
