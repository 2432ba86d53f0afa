import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatBody, parseBody, type TypedValue } from '@stompbox/protocol';

const ITEMS: readonly TypedValue[] = [
  { type: 'string', value: 'a/b' },
  { type: 'char', value: 'x' },
  { type: 'boolean', value: true },
  { type: 'byte', value: -1 },
  { type: 'short', value: 300 },
  { type: 'int', value: 1 },
  { type: 'long', value: 2n },
  { type: 'long', value: 2n ** 62n + 1n },
  { type: 'float', value: 2.5 },
  { type: 'double', value: -0 },
  { type: 'double', value: Number.NaN },
  { type: 'byte-array', value: Uint8Array.of(1, 2, 3) },
  { type: 'null', value: null },
];
const BODY =
  '[{"string":"a/b"},{"char":"x"},{"boolean":true},{"byte":-1},{"short":300},{"int":1},{"long":2},{"long":"4611686018427387905"},{"float":2.5},{"double":-0.0},{"double":"NaN"},{"bytes":"AQID"},null]';

describe('a stream', () => {
  test('is an array of typed values, in both directions', () => {
    assert.equal(formatBody({ kind: 'stream', items: ITEMS }, 'jms-stream-json').body, BODY);
    assert.deepEqual(parseBody('jms-stream-json', BODY), { kind: 'stream', items: ITEMS });
  });

  test('takes plain values where JSON shows the type', () => {
    const read = parseBody(
      'jms-stream-json',
      '["a", 1, 5000000000, 1.5, true, null, {"null":null}]',
    );
    assert.deepEqual(read.kind === 'stream' && read.items, [
      { type: 'string', value: 'a' },
      { type: 'int', value: 1 },
      { type: 'long', value: 5_000_000_000n },
      { type: 'double', value: 1.5 },
      { type: 'boolean', value: true },
      { type: 'null', value: null },
      { type: 'null', value: null },
    ]);
  });

  for (const [body, text] of [
    ['{"int":1}', /no JSON array/],
    ['[[1]]', /Item 0 of the stream is no single value/],
    ['[1,{"list":[]}]', /Item 1 of the stream is no single value/],
    ['[{"int":1,"long":2}]', /Item 0/],
    ['[{}]', /Item 0/],
    ['[{"int":[1]}]', /Item 0 of the stream holds an object or an array/],
    ['[{"bytes":"?"}]', /"\?" is no value of the type byte-array: it must be base64/],
    ['[{"byte":"300"}]', /"300" is no value of the type byte/],
  ] as const) {
    test(`${body} is refused`, () => {
      assert.throws(() => parseBody('jms-stream-json', body), {
        code: 'STOMP_PROTO_BAD_TRANSFORMATION',
        message: text,
      });
    });
  }

  test('does not hold lists and maps', () => {
    for (const type of ['list', 'map'] as const) {
      const items = [{ type, value: [] }];
      assert.throws(() => formatBody({ kind: 'stream', items }, 'jms-json'), {
        code: 'STOMP_PROTO_BAD_TRANSFORMATION',
        message: new RegExp(`not a ${type}`),
      });
    }
  });
});
