/** The bodies that ActiveMQ 5.17 reads and writes with XStream and Jettison, byte for byte. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatBody, type MapEntries, parseBody } from '@stompbox/protocol';

interface MapExample {
  readonly name: string;
  readonly entries: MapEntries;
  readonly json: string;
  readonly xml: string;
}

const MAPS: readonly MapExample[] = [
  {
    name: 'strings',
    entries: [
      ['name', { type: 'string', value: 'Dejan' }],
      ['city', { type: 'string', value: 'Belgrade' }],
    ],
    json: '{"map":{"entry":[{"string":["name","Dejan"]},{"string":["city","Belgrade"]}]}}',
    xml: `<map>
  <entry>
    <string>name</string>
    <string>Dejan</string>
  </entry>
  <entry>
    <string>city</string>
    <string>Belgrade</string>
  </entry>
</map>`,
  },
  {
    name: 'one entry',
    entries: [['name', { type: 'string', value: 'Dejan' }]],
    json: '{"map":{"entry":{"string":["name","Dejan"]}}}',
    xml: '<map>\n  <entry>\n    <string>name</string>\n    <string>Dejan</string>\n  </entry>\n</map>',
  },
  { name: 'no entry', entries: [], json: '{"map":""}', xml: '<map/>' },
  {
    name: 'every type of value',
    entries: [
      ['s', { type: 'string', value: 'str' }],
      ['c', { type: 'char', value: 'x' }],
      ['d', { type: 'double', value: 1.5 }],
      ['sh', { type: 'short', value: 3 }],
      ['f', { type: 'float', value: 2.5 }],
      ['by', { type: 'byte', value: 4 }],
      ['i', { type: 'int', value: 1 }],
      ['l', { type: 'long', value: 2n }],
      ['bo', { type: 'boolean', value: true }],
      ['ba', { type: 'byte-array', value: Uint8Array.of(1, 2, 3) }],
      ['nu', { type: 'null', value: null }],
    ],
    json: '{"map":{"entry":[{"string":["s","str"]},{"string":"c","char":"x"},{"string":"d","double":1.5},{"string":"sh","short":3},{"string":"f","float":2.5},{"string":"by","byte":4},{"string":"i","int":1},{"string":"l","long":2},{"string":"bo","boolean":true},{"string":"ba","byte-array":"AQID"},{"string":"nu","null":""}]}}',
    xml: `<map>${[
      ['s', '<string>str</string>'],
      ['c', '<char>x</char>'],
      ['d', '<double>1.5</double>'],
      ['sh', '<short>3</short>'],
      ['f', '<float>2.5</float>'],
      ['by', '<byte>4</byte>'],
      ['i', '<int>1</int>'],
      ['l', '<long>2</long>'],
      ['bo', '<boolean>true</boolean>'],
      ['ba', '<byte-array>AQID</byte-array>'],
      ['nu', '<null/>'],
    ]
      .map(([name, value]) => `\n  <entry>\n    <string>${name}</string>\n    ${value}\n  </entry>`)
      .join('')}\n</map>`,
  },
  {
    name: 'lists and maps in it',
    entries: [
      [
        'list',
        {
          type: 'list',
          value: [
            { type: 'string', value: 'a' },
            { type: 'int', value: 1 },
          ],
        },
      ],
      ['map', { type: 'map', value: [['k', { type: 'string', value: 'v' }]] }],
      ['none', { type: 'list', value: [] }],
    ],
    json: '{"map":{"entry":[{"string":"list","list":{"string":"a","int":1}},{"string":"map","map":{"entry":{"string":["k","v"]}}},{"string":"none","list":""}]}}',
    xml: `<map>
  <entry>
    <string>list</string>
    <list>
      <string>a</string>
      <int>1</int>
    </list>
  </entry>
  <entry>
    <string>map</string>
    <map>
      <entry>
        <string>k</string>
        <string>v</string>
      </entry>
    </map>
  </entry>
  <entry>
    <string>none</string>
    <list/>
  </entry>
</map>`,
  },
  {
    name: 'numbers as Java prints them',
    entries: [
      ['a', { type: 'double', value: 1 }],
      ['b', { type: 'double', value: 1e300 }],
      ['c', { type: 'double', value: Number.NaN }],
      ['d', { type: 'float', value: Math.fround(1.1) }],
      ['e', { type: 'double', value: -0 }],
      ['f', { type: 'double', value: Number.POSITIVE_INFINITY }],
      ['g', { type: 'double', value: 1e-10 }],
      ['h', { type: 'double', value: 100_000_000 }],
      ['i', { type: 'double', value: 0.001 }],
      ['j', { type: 'double', value: 5e-324 }],
      ['k', { type: 'long', value: 2n ** 63n - 1n }],
      ['l', { type: 'long', value: -(2n ** 63n) }],
      ['m', { type: 'float', value: Math.fround(123456.78) }],
      ['n', { type: 'double', value: -1234567.125 }],
    ],
    json: '{"map":{"entry":[{"string":"a","double":1},{"string":"b","double":1.0E300},{"string":"c","double":"NaN"},{"string":"d","float":1.1},{"string":"e","double":-0},{"string":"f","double":"Infinity"},{"string":"g","double":"1.0E-10"},{"string":"h","double":1.0E8},{"string":"i","double":0.001},{"string":"j","double":"4.9E-324"},{"string":"k","long":9223372036854775807},{"string":"l","long":-9223372036854775808},{"string":"m","float":123456.78},{"string":"n","double":-1234567.125}]}}',
    xml: `<map>${[
      ['a', 'double', '1.0'],
      ['b', 'double', '1.0E300'],
      ['c', 'double', 'NaN'],
      ['d', 'float', '1.1'],
      ['e', 'double', '-0.0'],
      ['f', 'double', 'Infinity'],
      ['g', 'double', '1.0E-10'],
      ['h', 'double', '1.0E8'],
      ['i', 'double', '0.001'],
      ['j', 'double', '4.9E-324'],
      ['k', 'long', '9223372036854775807'],
      ['l', 'long', '-9223372036854775808'],
      ['m', 'float', '123456.78'],
      ['n', 'double', '-1234567.125'],
    ]
      .map(
        ([name, type, text]) =>
          `\n  <entry>\n    <string>${name}</string>\n    <${type}>${text}</${type}>\n  </entry>`,
      )
      .join('')}\n</map>`,
  },
];

describe('a map', () => {
  for (const { name, entries, json, xml } of MAPS) {
    test(`with ${name} is written as ActiveMQ writes it`, () => {
      const body = { kind: 'map', entries } as const;
      assert.equal(formatBody(body, 'jms-map-json').body, json);
      assert.equal(formatBody(body, 'jms-map-xml').body, xml);
    });

    test(`with ${name} is read back`, () => {
      assert.deepEqual(parseBody('jms-map-json', json), { kind: 'map', entries });
      assert.deepEqual(parseBody('jms-map-xml', xml), { kind: 'map', entries });
    });
  }
});

describe('an object', () => {
  for (const [name, xml, json] of [
    ['a string', '<string>hi</string>', '{"string":"hi"}'],
    ['an int', '<int>5</int>', '{"int":5}'],
    ['a double', '<double>1.1</double>', '{"double":1.1}'],
    ['null', '<null/>', '{"null":""}'],
    ['an empty string', '<string></string>', '{"string":""}'],
    [
      'a list of strings',
      '<list>\n  <string>a</string>\n  <string>b</string>\n</list>',
      '{"list":{"string":["a","b"]}}',
    ],
    [
      'a list of different types',
      '<list>\n  <string>a</string>\n  <int>1</int>\n</list>',
      '{"list":{"string":"a","int":1}}',
    ],
    [
      'a list of lists',
      '<list>\n  <list>\n    <int>1</int>\n    <int>2</int>\n  </list>\n  <list>\n    <int>3</int>\n  </list>\n</list>',
      '{"list":{"list":[{"int":[1,2]},{"int":3}]}}',
    ],
    [
      'an object with fields',
      '<pojo>\n  <name>Dejan</name>\n  <city>Belgrade</city>\n</pojo>',
      '{"pojo":{"name":"Dejan","city":"Belgrade"}}',
    ],
    [
      'a field whose class is given',
      '<pojo>\n  <any class="int">5</any>\n  <my__field>1.0</my__field>\n  <_-d>x</_-d>\n</pojo>',
      '{"pojo":{"any":{"@class":"int","$":"5"},"my_field":1.0,"$d":"x"}}',
    ],
    [
      'a map with names that are no strings',
      '<map>\n  <entry>\n    <int>1</int>\n    <int>2</int>\n  </entry>\n</map>',
      '{"map":{"entry":{"int":[1,2]}}}',
    ],
  ] as const) {
    test(`that is ${name} goes from each form to the other`, () => {
      assert.equal(formatBody(parseBody('jms-object-xml', xml), 'jms-object-json').body, json);
      assert.equal(formatBody(parseBody('jms-object-json', json), 'jms-object-xml').body, xml);
      assert.equal(formatBody(parseBody('jms-object-xml', xml), 'jms-object-xml').body, xml);
      assert.equal(formatBody(parseBody('jms-object-json', json), 'jms-object-json').body, json);
    });
  }

  for (const [written, json] of [
    ['<java.lang.Double>1.10</java.lang.Double>', '{"double":1.1}'],
    [
      '<java.util.ArrayList><java.lang.Integer>0x10</java.lang.Integer></java.util.ArrayList>',
      '{"list":{"int":16}}',
    ],
    ['<byte>200</byte>', '{"byte":-56}'],
    ['<int>010</int>', '{"int":8}'],
    ['<double>1e3</double>', '{"double":1000}'],
    [
      '<pojo><version>1.50</version><count>007</count></pojo>',
      '{"pojo":{"version":"1.50","count":"007"}}',
    ],
  ] as const) {
    test(`${written} is ${json}`, () => {
      assert.equal(formatBody(parseBody('jms-object-xml', written), 'jms-json').body, json);
    });
  }
});

describe('texts', () => {
  const asJson = (text: string) =>
    formatBody({ kind: 'map', entries: [['a', { type: 'string', value: text }]] }, 'jms-json').body;
  const asXml = (text: string) =>
    formatBody(
      { kind: 'object', root: { name: 'string', attributes: [], children: [], text } },
      'jms-xml',
    ).body;

  for (const [text, json] of [
    ['5', '5'],
    ['-5', '-5'],
    ['true', 'true'],
    ['1.5', '1.5'],
    ['1.0E8', '1.0E8'],
    ['null', '"null"'],
    ['007', '"007"'],
    ['+5', '"+5"'],
    ['-0', '"-0"'],
    ['1e5', '"1e5"'],
    ['12345678.9', '"12345678.9"'],
    ['1.0E-10', '"1.0E-10"'],
    ['9223372036854775808', '"9223372036854775808"'],
    ['TRUE', '"TRUE"'],
    [' 5', '" 5"'],
    ['a/b', '"a\\/b"'],
    ['"\\\b\t\n\f\r\u0001\u2028', '"\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u2028"'],
    ['é€😀\u007f', '"é€😀\u007f"'],
  ] as const) {
    test(`${JSON.stringify(text)} is ${json} in JSON, as Jettison guesses`, () => {
      assert.equal(asJson(text), `{"map":{"entry":{"string":["a",${json}]}}}`);
    });
  }

  test('have their slashes escaped in arrays, elsewhere only behind <', () => {
    for (const [xml, json] of [
      ['<string>a/b &lt;/ //</string>', '{"string":"a/b <\\/ //"}'],
      ['<list><string>/</string><char>/</char></list>', '{"list":{"string":"/","char":"/"}}'],
      ['<list><string>/</string><string>/</string></list>', '{"list":{"string":["\\/","\\/"]}}'],
      [
        '<list><list><string>/</string></list><list><string>/</string></list></list>',
        '{"list":{"list":[{"string":"/"},{"string":"/"}]}}',
      ],
    ] as const) {
      assert.equal(formatBody(parseBody('jms-object-xml', xml), 'jms-json').body, json);
    }
  });

  test('that Jettison would change stay strings', () => {
    for (const text of ['1.0', '100.0', '0.0', '-0.0']) {
      assert.equal(asJson(text), `{"map":{"entry":{"string":["a","${text}"]}}}`);
    }
  });

  test('are escaped in XML as XStream does', () => {
    assert.equal(
      asXml('<>&"\'\t\n\r\b\u0000\u007f é😀'),
      '<string>&lt;&gt;&amp;&quot;&apos;\t\n&#xd;&#x8;&#x0;&#x7f; é😀</string>',
    );
  });

  test('keep halves of surrogate pairs in both forms', () => {
    assert.match(asJson('\ud800x'), /"\\ud800x"/);
    assert.equal(asXml('\ud800x'), '<string>&#xd800;x</string>');
    const read = parseBody('jms-object-xml', asXml('\ud800x'));
    assert.equal(read.kind === 'object' && read.root.text, '\ud800x');
  });

  test('of a list keep the order in which they stood', () => {
    const xml = '<list>\n  <string>a</string>\n  <int>1</int>\n  <string>b</string>\n</list>';
    const { body } = formatBody(parseBody('jms-object-xml', xml), 'jms-json');
    assert.equal(body, '{"list":{"@order":"string,int,string","string":["a","b"],"int":1}}');
    assert.equal(formatBody(parseBody('jms-object-json', body), 'jms-xml').body, xml);
  });

  test('of an order that does not fit are an attribute', () => {
    const json = '{"list":{"@order":"string,long","string":"a","int":1}}';
    assert.equal(formatBody(parseBody('jms-object-json', json), 'jms-json').body, json);
  });
});
