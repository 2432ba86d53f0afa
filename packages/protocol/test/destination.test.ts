import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDestination, parseDestination } from '@stompbox/protocol';

describe('parseDestination', () => {
  for (const [text, kind, name] of [
    ['/queue/orders', 'queue', 'orders'],
    ['/topic/news.sport', 'topic', 'news.sport'],
    ['/temp-queue/reply', 'temp-queue', 'reply'],
    ['/temp-topic/t', 'temp-topic', 't'],
    ['orders', 'queue', 'orders'],
    ['orders/2024', 'queue', 'orders/2024'],
    ['/other/orders', 'queue', '/other/orders'],
    ['/queue//queue/a', 'queue', '/queue/a'],
    ['queue/a', 'queue', 'queue/a'],
    ['  /queue/padded ', 'queue', 'padded'],
  ] as const) {
    test(`"${text}" is the ${kind} "${name}"`, () => {
      assert.deepEqual(parseDestination(text), { kind, name });
    });
  }

  for (const text of ['', '  ', '/queue/', '/topic/', '/temp-queue/', '/temp-topic/']) {
    test(`"${text}" has no name and is refused`, () => {
      assert.throws(() => parseDestination(text), {
        name: 'ProtocolError',
        code: 'STOMP_PROTO_BAD_DESTINATION',
        message: `The destination "${text}" has no name: expected for example /queue/orders or /topic/news`,
      });
    });
  }
});

test('a destination is written in the form of MESSAGE frames', () => {
  for (const text of ['/queue/a', '/topic/a.b', '/temp-queue/x', '/temp-topic/y']) {
    assert.equal(formatDestination(parseDestination(text)), text);
  }
  assert.equal(formatDestination(parseDestination('a')), '/queue/a');
});

test('leaves out options, which are for JMS clients', () => {
  assert.deepEqual(parseDestination('/queue/a?consumer.prefetchSize=1'), {
    kind: 'queue',
    name: 'a',
  });
  assert.throws(() => parseDestination('/queue/?x=1'), { code: 'STOMP_PROTO_BAD_DESTINATION' });
});
