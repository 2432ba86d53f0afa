import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeUtf8, encodeUtf8, FrameHeaders } from '@stompbox/protocol';
import { transformFor } from '../../dist/transformation/deliver.js';

function deliver(headers: Record<string, string>, body: string, target: string) {
  const delivered = transformFor(
    { headers: FrameHeaders.from(headers), body: encodeUtf8(body) },
    target,
  );
  return { headers: delivered.headers.toObject(), body: decodeUtf8(delivered.body) };
}

const JSON_MAP = '{"map":{"entry":{"string":["name","Dejan"]}}}';
const XML_MAP =
  '<map>\n  <entry>\n    <string>name</string>\n    <string>Dejan</string>\n  </entry>\n</map>';

describe('a subscription that asks for a transformation gets', () => {
  for (const [sent, body, target, header, expected] of [
    ['jms-map-json', JSON_MAP, 'jms-xml', 'jms-map-xml', XML_MAP],
    ['jms-map-xml', XML_MAP, 'jms-json', 'jms-map-json', JSON_MAP],
    ['jms-map-json', '{"name":"Dejan"}', 'jms-map-json', 'jms-map-json', JSON_MAP],
    ['jms-map-json', JSON_MAP, 'jms-object-xml', 'jms-object-xml', XML_MAP],
    ['jms-map-json', JSON_MAP, 'jms-byte', 'jms-byte', XML_MAP],
    ['jms-object-json', '{"string":"hi"}', 'jms-xml', 'jms-object-xml', '<string>hi</string>'],
    ['jms-object-xml', '<int>5</int>', 'jms-map-json', 'jms-map-json', '{"int":5}'],
    ['jms-stream-json', '[1]', 'jms-xml', 'jms-stream-json', '[{"int":1}]'],
  ] as const) {
    test(`${sent} ${body.slice(0, 20)} for ${target} as ${header}`, () => {
      assert.deepEqual(deliver({ destination: '/queue/a', transformation: sent }, body, target), {
        headers: Object.assign(Object.create(null), {
          destination: '/queue/a',
          transformation: header,
        }),
        body: expected,
      });
    });
  }

  test('texts as they are, with what was asked for in the header', () => {
    for (const headers of [{}, { transformation: 'test' }, { transformation: 'jms-byte' }]) {
      const delivered = deliver(headers, 'hello', 'jms-json');
      assert.deepEqual({ ...delivered.headers }, { transformation: 'jms-json' });
      assert.equal(delivered.body, 'hello');
    }
  });

  test('bytes as they are, with no header', () => {
    const message = {
      headers: FrameHeaders.from({ 'content-length': 10, transformation: 'jms-map-json' }),
      body: encodeUtf8('{"map":""}'),
    };
    assert.equal(transformFor(message, 'jms-xml'), message);
  });

  test('no length that a converted text had before', () => {
    const { headers } = deliver(
      { 'amq-msg-type': 'text', 'content-length': '10', transformation: 'jms-map-json' },
      '{"map":""}',
      'jms-xml',
    );
    assert.equal(headers['content-length'], undefined);
    assert.equal(headers['transformation'], 'jms-map-xml');
  });

  test('advisories in both forms', () => {
    const json =
      '{"RemoveInfo":{"objectId":{"@class":"ConnectionId","value":"ID:a:20"},"string":"","null":""}}';
    const xml =
      '<RemoveInfo>\n  <objectId class="ConnectionId">\n    <value>ID:a:20</value>\n  </objectId>\n  <string></string>\n  <null/>\n</RemoveInfo>';
    const headers = { type: 'Advisory', transformation: 'jms-advisory-json' };
    for (const [target, header, body] of [
      ['jms-xml', 'jms-advisory-xml', xml],
      ['jms-advisory-xml', 'jms-advisory-xml', xml],
      ['jms-json', 'jms-advisory-json', json],
      ['jms-advisory-json', 'jms-advisory-json', json],
    ] as const) {
      const delivered = deliver(headers, json, target);
      assert.equal(delivered.headers['transformation'], header);
      assert.equal(delivered.body, body);
    }
  });
});

test('a subscription that asks for a name nobody knows gets the very message', () => {
  const message = {
    headers: FrameHeaders.from({ transformation: 'jms-map-json' }),
    body: encodeUtf8(JSON_MAP),
  };
  assert.equal(transformFor(message, 'test'), message);
  assert.equal(transformFor(message, 'JMS-XML'), message);
});

test('what cannot be converted is delivered as it was, with the reason', () => {
  const body = '<list order="1"><a/><b/><a/></list>';
  const delivered = deliver({ transformation: 'jms-object-xml' }, body, 'jms-json');
  assert.equal(delivered.body, body);
  assert.equal(delivered.headers['transformation'], 'jms-object-xml');
  assert.match(delivered.headers['transformation-error'] ?? '', /cannot keep the order/);

  const damaged = deliver({ transformation: 'jms-map-json' }, 'no map', 'jms-xml');
  assert.equal(damaged.body, 'no map');
  assert.match(damaged.headers['transformation-error'] ?? '', /The body is not JSON/);
});
