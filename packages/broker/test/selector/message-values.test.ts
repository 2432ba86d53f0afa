import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';
import { MessageValues } from '../../dist/selector/message-values.js';
import { parseSelector } from '../../dist/selector/selector.js';

const HEADERS = {
  'message-id': 'ID-1-1',
  destination: '/queue/orders',
  timestamp: '1700000000000',
  expires: '0',
  priority: '4',
  persistent: 'true',
};

function valuesOf(more: Readonly<Record<string, string | undefined>> = {}, redeliveries = 0) {
  return new MessageValues().of(FrameHeaders.from({ ...HEADERS, ...more }), redeliveries);
}

describe('a selector sees of a message', () => {
  for (const [name, more, value] of [
    ['JMSMessageID', {}, 'ID-1-1'],
    ['JMSDestination', {}, 'queue://orders'],
    ['JMSDestination', { destination: '/topic/a.b' }, 'topic://a.b'],
    ['JMSDestination', { destination: '/temp-queue/x/y' }, 'temp-queue://x/y'],
    ['JMSReplyTo', {}, undefined],
    ['JMSReplyTo', { 'reply-to': '/queue/answers' }, 'queue://answers'],
    ['JMSReplyTo', { 'reply-to': ' /temp-topic/t ' }, 'temp-topic://t'],
    ['JMSReplyTo', { 'reply-to': 'JustAString' }, undefined],
    ['JMSReplyTo', { 'reply-to': '/queue/' }, undefined],
    ['JMSTimestamp', {}, 1_700_000_000_000],
    ['JMSExpiration', {}, 0],
    ['JMSExpiration', { expires: '1700000000001' }, 1_700_000_000_001],
    ['JMSExpiration', { expires: 'soon' }, undefined],
    ['JMSPriority', {}, 4],
    ['JMSDeliveryMode', {}, 'PERSISTENT'],
    ['JMSDeliveryMode', { persistent: undefined }, 'NON_PERSISTENT'],
    ['JMSCorrelationID', {}, undefined],
    ['JMSCorrelationID', { 'correlation-id': 'c' }, 'c'],
    ['JMSType', {}, undefined],
    ['JMSType', { type: 't' }, 't'],
    ['JMSXGroupID', {}, undefined],
    ['JMSXGroupID', { JMSXGroupID: 'g' }, 'g'],
    ['JMSXGroupSeq', {}, 0],
    ['JMSXGroupSeq', { JMSXGroupSeq: '-1' }, -1],
    ['JMSXUserID', { JMSXUserID: 'u' }, 'u'],
    ['color', { color: 'red' }, 'red'],
    ['weight', { weight: '2.5' }, '2.5'],
    ['absent', {}, undefined],
    ['JMSPriority', { JMSPriority: '9' }, 4],
  ] as const) {
    test(`${name} as ${value}, with ${JSON.stringify(more)}`, () => {
      assert.equal(valuesOf(more).get(name), value);
    });
  }

  test('how often it was delivered', () => {
    const first = valuesOf();
    assert.equal(first.get('JMSRedelivered'), false);
    assert.equal(first.get('JMSXDeliveryCount'), 1);
    const third = valuesOf({}, 2);
    assert.equal(third.get('JMSRedelivered'), true);
    assert.equal(third.get('JMSXDeliveryCount'), 3);
  });

  test('no STOMP names of JMS headers', () => {
    const values = valuesOf({ type: 't' });
    for (const name of ['destination', 'priority', 'expires', 'timestamp', 'persistent', 'type']) {
      assert.equal(values.get(name), undefined, name);
    }
  });

  test('the first value of a repeated header', () => {
    const headers = new FrameHeaders(['color', 'red', 'color', 'blue']);
    assert.equal(new MessageValues().of(headers, 0).get('color'), 'red');
  });
});

describe('one object', () => {
  test('serves one message after another', () => {
    const selector = parseSelector("color = 'red' AND NOT JMSRedelivered");
    const values = new MessageValues();
    const red = FrameHeaders.from({ ...HEADERS, color: 'red' });
    const blue = FrameHeaders.from({ ...HEADERS, color: 'blue' });
    assert.equal(selector.matches(values.of(red, 0)), true);
    assert.equal(selector.matches(values.of(red, 1)), false);
    assert.equal(selector.matches(values.of(blue, 0)), false);
  });

  for (const [selector, isMatch] of [
    ["JMSDestination = 'queue://orders'", true],
    ['JMSPriority > 3 AND JMSTimestamp > 1600000000000', true],
    ["JMSDeliveryMode = 'PERSISTENT' AND JMSExpiration = 0", true],
    ['JMSXDeliveryCount = 1 AND JMSRedelivered = FALSE', true],
    ["JMSMessageID LIKE 'ID-%'", true],
    ['JMSReplyTo IS NULL AND JMSCorrelationID IS NULL', true],
    ['priority = 4', false],
  ] as const) {
    test(`${selector} is ${isMatch}`, () => {
      assert.equal(parseSelector(selector).matches(valuesOf()), isMatch);
    });
  }
});
