import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';
import { acceptTransformation } from '../../dist/transformation/accept.js';

function accept(headers: Record<string, string>, body: string | Uint8Array = '') {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return acceptTransformation(FrameHeaders.from(headers), bytes);
}

describe('the JMS type of a SEND', () => {
  for (const [headers, body, type] of [
    [{}, 'hello', 'text'],
    [{ 'content-length': '5' }, 'hello', 'bytes'],
    [{ 'content-length': '0' }, '', 'bytes'],
    [{ 'content-length': '5', 'amq-msg-type': 'text' }, 'hello', 'text'],
    [{ 'amq-msg-type': 'Bytes' }, 'hello', 'bytes'],
    [{ transformation: 'jms-map-json' }, '{"map":""}', 'map'],
    [{ transformation: 'jms-map-json' }, '{"name":"Dejan"}', 'map'],
    [{ transformation: 'jms-map-xml' }, '<map/>', 'map'],
    [{ transformation: 'jms-object-json' }, '{"string":"hi"}', 'object'],
    [{ transformation: 'jms-object-xml' }, '<string>hi</string>', 'object'],
    [{ transformation: 'jms-stream-json' }, '[1,2]', 'stream'],
    [
      { transformation: 'jms-map-json', 'content-length': '10', 'amq-msg-type': 'text' },
      '{"map":""}',
      'map',
    ],
    // Bytes are never looked into, and names that nobody knows are user headers.
    [{ transformation: 'jms-map-json', 'content-length': '5' }, 'hello', 'bytes'],
    [{ transformation: 'jms-map-json', 'amq-msg-type': 'bytes' }, 'hello', 'bytes'],
    [{ transformation: 'jms-byte' }, 'hello', 'text'],
    [{ transformation: 'test' }, 'hello', 'text'],
    [{ transformation: 'toString' }, 'hello', 'text'],
  ] as const) {
    test(`with ${JSON.stringify(headers)} is ${type}`, () => {
      assert.equal(accept(headers, body), type);
    });
  }
});

describe('a SEND is refused', () => {
  for (const [headers, body, message] of [
    [
      { transformation: 'jms-object-xml' },
      'Hello World',
      /expected an element, found "Hello World"/,
    ],
    [{ transformation: 'jms-map-json' }, '[1]', /no JSON object/],
    [{ transformation: 'jms-map-xml' }, '<list/>', /expected <map>/],
    [{ transformation: 'jms-stream-json' }, '{}', /no JSON array/],
    [{ transformation: 'jms-map-json' }, Uint8Array.of(0x22, 0xff, 0x22), /The body is not UTF-8/],
  ] as const) {
    test(`when ${headers.transformation} is followed by ${String(body)}`, () => {
      assert.throws(() => accept(headers, body), {
        code: 'STOMP_PROTO_BAD_TRANSFORMATION',
        message,
      });
    });
  }

  test('but not by a name that only a subscriber asks with: such a text may be passed on', () => {
    for (const transformation of ['jms-xml', 'jms-json', 'jms-advisory-json', 'jms-byte']) {
      assert.equal(accept({ transformation }, 'anything'), 'text');
    }
  });

  test('when amq-msg-type is neither text nor bytes', () => {
    assert.throws(() => accept({ 'amq-msg-type': 'map' }), {
      code: 'STOMP_PROTO_BAD_HEADER',
      message: /amq-msg-type must be text or bytes, not "map"/,
    });
  });
});
