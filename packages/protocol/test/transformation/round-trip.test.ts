import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatBody,
  leafNode,
  type MapEntries,
  type ObjectNode,
  parentNode,
  parseBody,
  type TypedBody,
  type TypedValue,
} from '@stompbox/protocol';
import fc from 'fast-check';

function ofFields<Fields>(fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }) {
  return fc.record<Fields>(fields, { noNullPrototype: true });
}

/** Any JavaScript string, and those that look like other things. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '1.0',
    '5',
    'true',
    'null',
    '-0',
    '1.0E8',
    ' ',
    '\0',
    '\r\n',
    '\ud800',
    ']]>',
    '$',
  ),
  fc.double().map(String),
);

const scalar: fc.Arbitrary<TypedValue> = fc.oneof(
  ofFields({ type: fc.constant('null' as const), value: fc.constant(null) }),
  ofFields({ type: fc.constant('string' as const), value: text }),
  ofFields({
    type: fc.constant('char' as const),
    value: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  }),
  ofFields({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  ofFields({ type: fc.constant('byte' as const), value: fc.integer({ min: -128, max: 127 }) }),
  ofFields({
    type: fc.constant('short' as const),
    value: fc.integer({ min: -32768, max: 32767 }),
  }),
  ofFields({ type: fc.constant('int' as const), value: fc.integer() }),
  ofFields({
    type: fc.constant('long' as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  ofFields({ type: fc.constant('float' as const), value: fc.float() }),
  ofFields({ type: fc.constant('double' as const), value: fc.double() }),
  ofFields({ type: fc.constant('byte-array' as const), value: fc.uint8Array() }),
);

const { value } = fc.letrec<{ value: TypedValue; entries: MapEntries }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    ofFields({ type: fc.constant('list' as const), value: fc.array(tie('value')) }),
    ofFields({ type: fc.constant('map' as const), value: tie('entries') }),
  ),
  entries: fc.uniqueArray(fc.tuple(text, tie('value')), { selector: ([name]) => name }),
}));

const map: fc.Arbitrary<TypedBody> = ofFields({
  kind: fc.constant('map' as const),
  entries: fc.uniqueArray(fc.tuple(text, value), { selector: ([name]) => name }),
});

/** Names that both forms can write. */
const name = fc
  .oneof(
    fc.constantFrom('pojo', 'name', 'my_field', '$d', '_', 'a b', 'naïve', 'entry', 'x-y', 'order'),
    fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((word) => word !== '$' && !word.startsWith('@') && !word.includes(',')),
  )
  .map((word) => `f${word}`);
const attributes = fc.uniqueArray(fc.tuple(name, text), {
  selector: ([word]) => word,
  maxLength: 2,
});

const { node } = fc.letrec<{ node: ObjectNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(name, text, attributes).map((parts) => leafNode(...parts)),
    fc
      .tuple(name, fc.array(tie('node'), { minLength: 1, maxLength: 6 }), attributes)
      .map((parts) => parentNode(...parts)),
  ),
}));

const object: fc.Arbitrary<TypedBody> = ofFields({
  kind: fc.constant('object' as const),
  root: node,
});
const stream: fc.Arbitrary<TypedBody> = ofFields({
  kind: fc.constant('stream' as const),
  items: fc.array(scalar),
});

describe('what is written is read back', () => {
  for (const [transformation, body] of [
    ['jms-map-json', map],
    ['jms-map-xml', map],
    ['jms-object-json', object],
    ['jms-object-xml', object],
    ['jms-stream-json', stream],
  ] as const) {
    test(transformation, () => {
      fc.assert(
        fc.property(body, (before) => {
          const written = formatBody(before, transformation).body;
          assert.deepEqual(parseBody(transformation, written), before);
        }),
        { numRuns: 500 },
      );
    });
  }
});

describe('JSON to XML to JSON is what it was', () => {
  for (const [kind, body] of [
    ['map', map],
    ['object', object],
  ] as const) {
    test(kind, () => {
      fc.assert(
        fc.property(body, (typed) => {
          const json = formatBody(typed, 'jms-json').body;
          const xml = formatBody(parseBody(`jms-${kind}-json`, json), 'jms-xml').body;
          assert.equal(formatBody(parseBody(`jms-${kind}-xml`, xml), 'jms-json').body, json);
        }),
        { numRuns: 500 },
      );
    });
  }
});

test('what is written as JSON is JSON for everybody', () => {
  fc.assert(
    fc.property(fc.oneof(map, object, stream), (typed) => {
      assert.doesNotThrow(() => JSON.parse(formatBody(typed, 'jms-json').body));
    }),
    { numRuns: 500 },
  );
});

test('any JSON of a browser is read as a plain map with the same values', () => {
  const document = fc
    .dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }))
    .filter((members) => Object.keys(members)[0] !== 'map' || Object.keys(members).length > 1);
  fc.assert(
    fc.property(document, (members) => {
      const read = parseBody('jms-map-json', JSON.stringify(members));
      assert.ok(read.kind === 'map');
      assert.deepEqual(
        Object.fromEntries(read.entries.map(([member, typed]) => [member, plain(typed)])),
        JSON.parse(JSON.stringify(members)),
      );
    }),
  );
});

function plain(typed: TypedValue): unknown {
  if (typed.type === 'list') return typed.value.map(plain);
  if (typed.type === 'map') {
    return Object.fromEntries(typed.value.map(([member, inner]) => [member, plain(inner)]));
  }
  return typed.type === 'long' ? Number(typed.value) : typed.value;
}

test('any text at all is read, or refused with the one code', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '</',
        '/>',
        '<map>',
        '</map>',
        '<entry>',
        '<!--',
        '-->',
        '&',
        '&amp;',
        '"',
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '\\',
        '{"map":',
        '{"entry":',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
  );
  fc.assert(
    fc.property(
      pieces.map((parts) => parts.join('')),
      fc.constantFrom(
        'jms-map-json',
        'jms-map-xml',
        'jms-object-json',
        'jms-object-xml',
        'jms-stream-json',
      ),
      (body, transformation) => {
        try {
          parseBody(transformation, body);
        } catch (error) {
          assert.equal(
            (error as { code?: string }).code,
            'STOMP_PROTO_BAD_TRANSFORMATION',
            String(error),
          );
        }
      },
    ),
    { numRuns: 2000 },
  );
});
