import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  declaredKind,
  formatBody,
  isTransformation,
  parseBody,
  TRANSFORMATIONS,
  type Transformation,
} from '@stompbox/protocol';

const JSON_MAP = '{"map":{"entry":{"string":["k","v"]}}}';
const XML_MAP =
  '<map>\n  <entry>\n    <string>k</string>\n    <string>v</string>\n  </entry>\n</map>';
const JSON_OBJECT = '{"string":"hi"}';
const XML_OBJECT = '<string>hi</string>';
const STREAM = '[{"string":"a"}]';

describe('what a subscriber gets', () => {
  for (const [target, mapHeader, objectHeader, syntax] of [
    ['jms-json', 'jms-map-json', 'jms-object-json', 'json'],
    ['jms-xml', 'jms-map-xml', 'jms-object-xml', 'xml'],
    ['jms-map-json', 'jms-map-json', 'jms-map-json', 'json'],
    ['jms-map-xml', 'jms-map-xml', 'jms-map-xml', 'xml'],
    ['jms-object-json', 'jms-object-json', 'jms-object-json', 'json'],
    ['jms-object-xml', 'jms-object-xml', 'jms-object-xml', 'xml'],
    ['jms-byte', 'jms-byte', 'jms-byte', 'xml'],
    ['jms-advisory-json', 'jms-advisory-json', 'jms-advisory-json', 'json'],
    ['jms-advisory-xml', 'jms-advisory-xml', 'jms-advisory-xml', 'xml'],
    ['jms-stream-json', 'jms-map-json', 'jms-object-json', 'json'],
  ] as const) {
    test(`for ${target} is named as ActiveMQ names it`, () => {
      assert.deepEqual(formatBody(parseBody('jms-map-json', JSON_MAP), target), {
        body: syntax === 'json' ? JSON_MAP : XML_MAP,
        transformation: mapHeader,
      });
      assert.deepEqual(formatBody(parseBody('jms-object-xml', XML_OBJECT), target), {
        body: syntax === 'json' ? JSON_OBJECT : XML_OBJECT,
        transformation: objectHeader,
      });
      assert.deepEqual(formatBody(parseBody('jms-stream-json', STREAM), target), {
        body: STREAM,
        transformation: 'jms-stream-json',
      });
    });
  }

  test('for a name that is none is an error that lists the names', () => {
    assert.throws(
      () => formatBody(parseBody('jms-map-json', JSON_MAP), 'constructor' as Transformation),
      { code: 'STOMP_PROTO_BAD_TRANSFORMATION', message: /"constructor": use one of jms-map-json/ },
    );
  });
});

describe('names', () => {
  test('that a sender may declare say the type of the message', () => {
    assert.deepEqual(
      TRANSFORMATIONS.map((name) => [name, declaredKind(name)]),
      [
        ['jms-map-json', 'map'],
        ['jms-map-xml', 'map'],
        ['jms-object-json', 'object'],
        ['jms-object-xml', 'object'],
        ['jms-stream-json', 'stream'],
        ['jms-json', undefined],
        ['jms-xml', undefined],
        ['jms-byte', undefined],
        ['jms-advisory-json', undefined],
        ['jms-advisory-xml', undefined],
      ],
    );
  });

  test('are case-sensitive, and no property of an object is one', () => {
    for (const name of ['JMS-JSON', 'toString', '__proto__', '', 'test']) {
      assert.equal(isTransformation(name), false);
      assert.equal(declaredKind(name), undefined);
    }
  });

  test('that only a subscriber may use are refused for a body', () => {
    assert.throws(() => parseBody('jms-json', JSON_MAP), {
      code: 'STOMP_PROTO_BAD_TRANSFORMATION',
      message: /"jms-json" does not describe a body: use one of jms-map-json, .*jms-stream-json$/,
    });
  });
});
