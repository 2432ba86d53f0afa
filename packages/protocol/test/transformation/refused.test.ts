/** Bodies that are not what they are declared as, and bodies that want to do harm. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatBody, leafNode, parentNode, parseBody, type TypedValue } from '@stompbox/protocol';

function refused(transformation: string, body: string, message: RegExp): void {
  assert.throws(() => parseBody(transformation, body), {
    code: 'STOMP_PROTO_BAD_TRANSFORMATION',
    message,
  });
}

const entry = (inner: string) => `<map><entry>${inner}</entry></map>`;

describe('a body that is not XML is refused with its place', () => {
  for (const [body, message] of [
    ['', /expected an element, found the end of the body, at line 1, column 1/],
    ['Hello World', /expected an element, found "Hello World", at line 1, column 1/],
    ['<string>hi', /expected <\/string>, found the end of the body/],
    ['<list>\n  <int>1</long></list>', /expected <\/int>, at line 2, column 9/],
    ['<a></ab>', /expected <\/a>/],
    ['<a></a/>', /expected <\/a>/],
    ['</a>', /no element is open/],
    ['<a/><b/>', /expected the end, found a second element/],
    ['<a/>trailing', /expected the end, found "trailing"/],
    ['<a b></a>', /expected an attribute or the end of <a>/],
    ['<a b="1" b="2"/>', /the attribute b occurs twice/],
    ['<a b="<"/>', /expected an attribute/],
    ['<1>', /found the end of the body/],
    ['<>', /the name of an element/],
    ['< a/>', /the name of an element/],
    ['<a>fish & chips</a>', /"&" is no entity of XML: write & as &amp;/],
    ['<a>&nbsp;</a>', /"&nbsp;" is no entity/],
    ['<a>&#x110000;</a>', /"&#x110000;" is no entity/],
    ['<a>&constr;</a>', /is no entity/],
    ['<a><!-- b</a>', /expected -->/],
    ['<a><![CDATA[b</a>', /expected \]\]>/],
    ['<a>text<b/></a>', /<a> holds elements and the text "text"/],
    ['<!DOCTYPE a><a/>', /document types and processing instructions are not accepted/],
    ['<?php echo 1 ?><a/>', /document types and processing instructions are not accepted/],
    ['<a><?xml version="1.0"?></a>', /document types and processing instructions/],
  ] as const) {
    test(JSON.stringify(body), () => refused('jms-object-xml', body, message));
  }
});

describe('a body that is not JSON is refused with its place', () => {
  for (const [body, message] of [
    ['', /expected a value, found the end of the body at line 1, column 1/],
    ['hello', /expected a value, found "hello"/],
    ['{"a":1', /expected a comma or }, found the end of the body/],
    ['{"a":1,}', /expected a name in double quotes, found "}"/],
    ["{'a':1}", /expected a name in double quotes/],
    ['{"a" 1}', /expected a colon/],
    ['{\n "a": 01}', /expected a comma or }, found "1}" at line 2, column 8/],
    ['["a]', /expected a string that ends/],
    ['["a\nb"]', /without raw control characters/],
    ['["\\x"]', /unknown escapes/],
    ['["\\"]', /expected a string that ends/],
    ['[1] 2', /expected the end, found "2"/],
    ['[NaN]', /expected a value, found "NaN\]"/],
    ['[+1]', /expected a value/],
  ] as const) {
    test(JSON.stringify(body), () => refused('jms-object-json', body, message));
  }
});

describe('a body that is no map is refused', () => {
  for (const [name, body, message] of [
    ['another element', '<list/>', /expected <map>, found <list>/],
    ['no value', entry('<string>a</string>'), /found <entry> with 1 elements/],
    ['two values', entry('<string>a</string><int>1</int><int>2</int>'), /with 3 elements/],
    ['no entry', '<map><int>1</int></map>', /found <int> with 0 elements/],
    [
      'a name that is no string',
      entry('<int>1</int><string>a</string>'),
      /names of a map are strings/,
    ],
    ['an unknown type', entry('<string>a</string><set/>'), /<set> is no type of a map's value/],
    ['text', '<map>text</map>', /<map> holds elements, not the text "text"/],
    ['text in a list', entry('<string>a</string><list>b</list>'), /<list> holds elements/],
    ['elements in a value', entry('<string>a</string><int><b/></int>'), /<int> is a single value/],
    ['an attribute', entry('<string>a</string><int x="1">1</int>'), /has the attribute "x"/],
    ['an attribute besides class', entry('<string>a</string><b class="int" x="1">1</b>'), /"x"/],
    ['an attribute of an entry', '<map><entry y="1"/></map>', /<entry> has the attribute "y"/],
    ['an attribute of the map', '<map y="1"/>', /<map> has the attribute "y"/],
    ['a reference', entry('<string>a</string><list reference="../.."/>'), /"reference"/],
    [
      'a name twice',
      '<map><entry><string>a</string><null/></entry><entry><string>a</string><null/></entry></map>',
      /the name "a" twice/,
    ],
  ] as const) {
    test(`because of ${name}`, () => refused('jms-map-xml', body, message));
  }

  for (const [type, text] of [
    ['boolean', 'yes'],
    ['char', 'xy'],
    ['byte', '256'],
    ['byte', '-129'],
    ['short', '65536'],
    ['int', '5000000000'],
    ['int', 'abc'],
    ['int', '08'],
    ['int', '1.0'],
    ['long', '9223372036854775808'],
    ['long', '9'.repeat(1000)],
    ['float', '1e39'],
    ['double', '1e309'],
    ['double', 'one'],
    ['byte-array', 'AQI'],
    ['null', 'x'],
  ] as const) {
    test(`because "${text.slice(0, 20)}" is no ${type}`, () => {
      const value = `<string>a</string><${type}>${text}</${type}>`;
      refused('jms-map-xml', entry(value), new RegExp(`is no value of the type ${type}`));
    });
  }
});

describe('what the mapped form of JSON cannot mean is refused', () => {
  for (const [body, message] of [
    ['{"a":[1,2]}', /exactly one member/],
    ['{"a":[[1]]}', /an array in an array/],
    ['{"":1}', /The member "" does not stand for an element/],
    ['{"@a":1}', /The member "@a"/],
    ['{"a":{"$":"text","b":1}}', /"a" holds elements and the text "text"/],
    ['{"a":{"@b":{}}}', /"@b" must be a text/],
    ['{"a":{"@b":1,"@b":2}}', /"@b" occurs twice/],
  ] as const) {
    test(body, () => refused('jms-object-json', body, message));
  }

  for (const root of [
    leafNode('$', 'a'),
    leafNode('@a', 'a'),
    parentNode('a', [leafNode('b', ''), leafNode('c', ''), leafNode('b', '')], [['order', '1']]),
    parentNode('a', [leafNode('b,c', ''), leafNode('c', ''), leafNode('b,c', '')]),
  ]) {
    test(`and cannot be written: ${JSON.stringify(root)}`, () => {
      assert.throws(() => formatBody({ kind: 'object', root }, 'jms-json'), {
        code: 'STOMP_PROTO_BAD_TRANSFORMATION',
        message: /ask for it as XML/,
      });
      assert.ok(formatBody({ kind: 'object', root }, 'jms-xml').body.length > 0);
    });
  }
});

describe('a body that wants to do harm', () => {
  const times = (text: string, count: number) => text.repeat(count);

  test('by nesting is refused, in each form', () => {
    const deep = 100_000;
    refused('jms-object-xml', times('<a>', deep), /deeper than 64 elements/);
    refused('jms-object-json', `${times('{"a":', deep)}1${times('}', deep)}`, /deeper than 64/);
    refused('jms-object-json', times('[', deep), /deeper than 64/);
    refused('jms-map-json', `${times('{"a":', 33)}1${times('}', 33)}`, /deeper than 64/);
    refused('jms-stream-json', times('[', deep), /deeper than 64/);
  });

  test('by nesting when it is written is refused', () => {
    let value: TypedValue = { type: 'list', value: [] };
    for (let depth = 0; depth < 100; depth += 1) value = { type: 'list', value: [value] };
    assert.throws(() => formatBody({ kind: 'map', entries: [['a', value]] }, 'jms-json'), {
      code: 'STOMP_PROTO_BAD_TRANSFORMATION',
      message: /deeper than 64 elements/,
    });
  });

  test('by the number of its elements is refused', () => {
    refused('jms-object-xml', `<a>${times('<b/>', 250_000)}</a>`, /more than 250000 elements/);
    refused('jms-object-json', `[${times('1,', 250_000)}1]`, /more than 250000 elements/);
    const attributes = Array.from({ length: 250_000 }, (_, index) => ` a${index}="1"`).join('');
    refused('jms-object-xml', `<a${attributes}/>`, /more than 250000 elements/);
  });

  test('by its length is refused', () => {
    const long = times('a', 8 * 1024 * 1024);
    refused('jms-object-xml', `<a>${long}</a>`, /at most 8388608 are converted/);
    refused('jms-object-json', `"${long}"`, /at most 8388608 are converted/);
  });

  test('by long runs that tempt a reader to look back takes no time', { timeout: 20_000 }, () => {
    const half = 4 * 1024 * 1024;
    for (const run of ['<!--', '<![CDATA[', '&', '<', ' ', '&#x', '<a ', '</']) {
      const body = `<a>${times(run, Math.floor(half / run.length))}`;
      refused('jms-object-xml', body, /./);
    }
    for (const run of ['\\"', '\\\\', '"', ' ', '-', '1']) {
      const body = `["${times(run, Math.floor(half / run.length))}`;
      refused('jms-object-json', body, /./);
    }
    refused('jms-object-xml', `<a${times(' ', half)}`, /./);
    refused('jms-object-xml', `<a b${times(' ', half)}`, /./);
    refused('jms-object-xml', `<long>${times('9', half)}</long>`, /no value of the type long/);
    refused(
      'jms-object-xml',
      `<double>${times('9', half)}</double>`,
      /no value of the type double/,
    );
    refused('jms-object-xml', `<byte-array>${times('=', half)}</byte-array>`, /byte-array/);
  });

  test('by names of JavaScript finds nothing', () => {
    const read = parseBody('jms-map-xml', entry('<string>__proto__</string><string>x</string>'));
    assert.deepEqual(read, {
      kind: 'map',
      entries: [['__proto__', { type: 'string', value: 'x' }]],
    });
    const object = parseBody('jms-object-json', '{"a":{"constructor":1,"__proto__":2}}');
    assert.equal(formatBody(object, 'jms-json').body, '{"a":{"constructor":1,"__proto__":2}}');
  });
});

describe('what applications write by hand is read', () => {
  const value = '<string>a</string><string>x</string>';
  const expected = { kind: 'map', entries: [['a', { type: 'string', value: 'x' }]] };

  for (const [name, body] of [
    ['a declaration', `<?xml version="1.0" encoding="UTF-8"?>\n${entry(value)}\n`],
    ['a byte order mark', `\ufeff${entry(value)}`],
    [
      'comments',
      `<!-- a --><map><!-- <b> --><entry><string>a<!----></string><string>x</string></entry></map>`,
    ],
    ['CDATA', entry('<string><![CDATA[a]]></string><string>x</string>')],
    ['references', entry('<string>&#97;</string><string>&#x78;</string>')],
    ['a class', entry("<string>a</string><value class='string'>x</value>")],
    ['space in tags', '<map ><entry\n><string>a</string ><string>x</string></entry></map>'],
    ['names of Java', `<java.util.TreeMap><entry>${value}</entry></java.util.TreeMap>`],
  ] as const) {
    test(`XML with ${name}`, () => assert.deepEqual(parseBody('jms-map-xml', body), expected));
  }

  test('line ends of Windows count as line feeds', () => {
    const read = parseBody('jms-object-xml', '<string>a\r\nb\rc&#13;</string>');
    assert.equal(read.kind === 'object' && read.root.text, 'a\nb\nc\r');
  });

  test('sorted members of an entry, and Jettison with arrays everywhere', () => {
    const entries = [['a', { type: 'int', value: 5 }]];
    for (const body of [
      '{"map":{"entry":[{"int":5,"string":"a"}]}}',
      '{"map":[{"entry":[{"string":"a","int":"5"}]}]}',
      ' {"map" : {"entry" : {"string" : "a", "int" : 5}}} ',
    ]) {
      assert.deepEqual(parseBody('jms-map-json', body), { kind: 'map', entries });
    }
  });
});
