import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatBody, parseBody } from '@stompbox/protocol';

function xmlOf(transformation: string, body: string): string {
  return formatBody(parseBody(transformation, body), 'jms-xml').body.replace(/\n */g, '');
}

describe('a plain JSON object is a map', () => {
  for (const [value, xml] of [
    ['"Dejan"', '<string>Dejan</string>'],
    ['"5"', '<string>5</string>'],
    ['5', '<int>5</int>'],
    ['-2147483648', '<int>-2147483648</int>'],
    ['2147483648', '<long>2147483648</long>'],
    ['9223372036854775807', '<long>9223372036854775807</long>'],
    ['100000000000000000000', '<double>1.0E20</double>'],
    ['1.0', '<double>1.0</double>'],
    ['1e3', '<double>1000.0</double>'],
    ['-0', '<double>-0.0</double>'],
    ['true', '<boolean>true</boolean>'],
    ['null', '<null/>'],
    ['[1,"a"]', '<list><int>1</int><string>a</string></list>'],
    ['{"k":[]}', '<map><entry><string>k</string><list/></entry></map>'],
  ] as const) {
    test(`where ${value} becomes ${xml}`, () => {
      assert.equal(
        xmlOf('jms-map-json', `{"n":${value}}`),
        `<map><entry><string>n</string>${xml}</entry></map>`,
      );
    });
  }

  test('in the order of its members, whatever their names', () => {
    const read = parseBody('jms-map-json', '{"b":1,"10":2,"1":3,"__proto__":4}');
    assert.deepEqual(read.kind === 'map' && read.entries.map(([name]) => name), [
      'b',
      '10',
      '1',
      '__proto__',
    ]);
  });

  test('also if it is empty, or has a member "map" that holds no entries', () => {
    assert.equal(xmlOf('jms-map-json', '{}'), '<map/>');
    assert.match(xmlOf('jms-map-json', '{"map":"north"}'), /<string>map<\/string><string>north</);
    assert.match(xmlOf('jms-map-json', '{"map":{"scale":5}}'), /<string>scale<\/string><int>5</);
  });

  for (const [body, text] of [
    ['{"a":1,"a":2}', /the name "a" twice/],
    ['{"a":12345678901234567890}', /has more than 64 bits: send it as a string/],
    ['{"a":1e999}', /no value of the type double/],
    ['[1]', /no JSON object/],
    ['"a"', /no JSON object/],
  ] as const) {
    test(`but ${body} is refused`, () => {
      assert.throws(() => parseBody('jms-map-json', body), {
        code: 'STOMP_PROTO_BAD_TRANSFORMATION',
        message: text,
      });
    });
  }
});

describe('plain JSON is an object message', () => {
  for (const [body, xml] of [
    ['"hi"', '<string>hi</string>'],
    ['5', '<int>5</int>'],
    ['null', '<null/>'],
    ['[1,[true]]', '<list><int>1</int><list><boolean>true</boolean></list></list>'],
    ['{}', '<map/>'],
    [
      '{"a":1,"b":2}',
      '<map><entry><string>a</string><int>1</int></entry><entry><string>b</string><int>2</int></entry></map>',
    ],
    ['{"name":"Dejan"}', '<name>Dejan</name>'],
  ] as const) {
    test(`${body} is ${xml}`, () => {
      assert.equal(xmlOf('jms-object-json', body), xml);
    });
  }
});
