/** Which names of a test get its prefix, and where it stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamePrefix } from '../../dist/testing/link/name-prefix.js';

const prefix = new NamePrefix('t1.');

for (const [own, atBroker] of [
  ['/queue/orders', '/queue/t1.orders'],
  ['orders', 't1.orders'],
  ['/topic/news.>', '/topic/t1.news.>'],
  ['/queue/a,/topic/b', '/queue/t1.a,/topic/t1.b'],
  ['/queue/DLQ.orders', '/queue/DLQ.t1.orders'],
  ['/topic/VirtualTopic.b', '/topic/VirtualTopic.t1.b'],
  ['/queue/Consumer.a.VirtualTopic.b', '/queue/Consumer.a.VirtualTopic.t1.b'],
  ['/queue/HOLD.orders.10000', '/queue/t1.HOLD.orders.10000'],
] as const) {
  test(`${own} is ${atBroker} at the broker`, () => {
    assert.equal(prefix.added(own), atBroker);
    assert.equal(prefix.removed(atBroker), own);
  });
}

for (const name of [
  '/queue/ActiveMQ.DLQ',
  '/topic/ActiveMQ.Advisory.Queue',
  '/temp-queue/answers',
  '/reply-queue/x',
]) {
  test(`${name} is everybody’s`, () => assert.equal(prefix.added(name), name));
}

test('names of other tests stay as they are', () => {
  assert.equal(prefix.removed('/queue/t2.orders'), '/queue/t2.orders');
});
