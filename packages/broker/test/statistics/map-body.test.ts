import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8 } from '@stompbox/protocol';
import { type MapEntry, mapToJson, mapToXml } from '../../dist/statistics/map-body.js';

const ENTRIES: readonly MapEntry[] = [
  ['averageMessageSize', 'long', 1029],
  ['minEnqueueTime', 'double', 0],
  ['averageEnqueueTime', 'double', 718.25],
  ['ssl', 'string', ''],
  ['stomp', 'string', 'stomp://localhost:61888'],
  ['storePercentUsage', 'int', 3],
  ['slowConsumer', 'boolean', false],
  ['selector', 'null'],
];

test('JSON is what ActiveMQ writes: two strings are one array, slashes are escaped', () => {
  assert.equal(
    decodeUtf8(mapToJson(ENTRIES)),
    '{"map":{"entry":[{"string":"averageMessageSize","long":1029},' +
      '{"string":"minEnqueueTime","double":0},{"string":"averageEnqueueTime","double":718.25},' +
      '{"string":["ssl",""]},{"string":["stomp","stomp:\\/\\/localhost:61888"]},' +
      '{"string":"storePercentUsage","int":3},{"string":"slowConsumer","boolean":false},' +
      '{"string":"selector","null":""}]}}',
  );
});

test('XML is what ActiveMQ writes: a double has a fraction, null has no content', () => {
  assert.equal(
    decodeUtf8(mapToXml(ENTRIES)),
    `<map>
  <entry>
    <string>averageMessageSize</string>
    <long>1029</long>
  </entry>
  <entry>
    <string>minEnqueueTime</string>
    <double>0.0</double>
  </entry>
  <entry>
    <string>averageEnqueueTime</string>
    <double>718.25</double>
  </entry>
  <entry>
    <string>ssl</string>
    <string></string>
  </entry>
  <entry>
    <string>stomp</string>
    <string>stomp://localhost:61888</string>
  </entry>
  <entry>
    <string>storePercentUsage</string>
    <int>3</int>
  </entry>
  <entry>
    <string>slowConsumer</string>
    <boolean>false</boolean>
  </entry>
  <entry>
    <string>selector</string>
    <null/>
  </entry>
</map>`,
  );
});

test('an empty map and a map of one entry have forms of their own', () => {
  assert.equal(decodeUtf8(mapToJson([])), '{"map":""}');
  assert.equal(decodeUtf8(mapToXml([])), '<map/>');
  const one: MapEntry = ['name', 'string', 'Dejan'];
  assert.equal(decodeUtf8(mapToJson([one])), '{"map":{"entry":{"string":["name","Dejan"]}}}');
});

test('text is escaped in both', () => {
  const entry: MapEntry = ['<a>', 'string', `b & "c" 'd'`];
  assert.equal(
    decodeUtf8(mapToXml([entry])),
    '<map>\n  <entry>\n    <string>&lt;a&gt;</string>\n' +
      '    <string>b &amp; &quot;c&quot; &apos;d&apos;</string>\n  </entry>\n</map>',
  );
  assert.deepEqual(JSON.parse(decodeUtf8(mapToJson([entry]))), {
    map: { entry: { string: ['<a>', `b & "c" 'd'`] } },
  });
});
