/** How a destination is subscribed at each broker, and where its messages are tried again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ProfileName, profileOf } from '@stompbox/client';
import {
  type ListenerOptions,
  resolveListenerOptions,
} from '../../dist/listener/listener-options.js';
import { planRetryQueue, planSubscription } from '../../dist/listener/subscription-plan.js';

function plan(
  destination: string,
  options: ListenerOptions = {},
  profile: ProfileName = 'activemq',
  name = 'L',
) {
  return planSubscription(destination, name, resolveListenerOptions(options), profileOf(profile));
}

describe('a queue', () => {
  test('is acked message by message, with as much prefetch as is handled, and tried again in itself', () => {
    const { options, retryTo, queueName, isAcked } = plan('/queue/orders', { concurrency: '2-5' });
    assert.deepEqual(options, { ack: 'client-individual', prefetch: 5 });
    assert.deepEqual([retryTo, queueName, isAcked], ['/queue/orders', 'orders', true]);
  });

  test('of a pattern is tried again where each message was', () => {
    for (const pattern of ['/queue/orders.>', '/queue/*.eu', '/queue/a,/queue/b']) {
      const { retryTo, queueName, holdName } = plan(pattern);
      assert.deepEqual([retryTo, queueName, holdName], [undefined, undefined, 'L']);
    }
    assert.equal(plan('/queue/o.>', {}, 'activemq', '/queue/o.>').holdName, 'o.-');
  });

  test('of an exchange is tried again in a queue of the listener', () => {
    const { destination, retryTo, retryQueue } = plan('/exchange/amq.topic/a', {}, 'rabbitmq');
    assert.deepEqual([destination, retryTo], ['/exchange/amq.topic/a', '/queue/RETRY.L']);
    assert.equal(retryQueue, '/queue/RETRY.L');
  });

  test('has neither durable subscriptions nor groups', () => {
    assert.throws(() => plan('/queue/a', { durable: 'd' }), /durable is for topics/);
    assert.throws(() => plan('/queue/a', { group: 'g' }), /group is for topics/);
  });
});

describe('a topic', () => {
  test('is settled by the broker, and has no later try', () => {
    const { options, retryTo, isAcked } = plan('/topic/news', { selector: "a = 'b'" });
    assert.deepEqual(options, { selector: "a = 'b'", ack: 'auto' });
    assert.deepEqual([retryTo, isAcked], ['none', false]);
  });

  test('with a durable subscription has a queue of its own for later tries', () => {
    const durable = plan('/topic/news', { durable: 'd', prefetch: 3 });
    assert.deepEqual(durable.options, { ack: 'client-individual', prefetch: 3, durable: 'd' });
    assert.deepEqual([durable.retryTo, durable.retryQueue], ['/queue/RETRY.L', '/queue/RETRY.L']);
    const beside = planRetryQueue('/queue/RETRY.L', durable);
    assert.equal(beside.destination, '/queue/RETRY.L');
    assert.deepEqual(beside.options, { ack: 'client-individual', prefetch: 3 });
    assert.equal(beside.named, '/topic/news');
  });

  test('gives queues names that every broker takes, also to listeners without a name', () => {
    const names = ({ queueName, holdName, retryQueue }: ReturnType<typeof plan>) => [
      queueName,
      holdName,
      retryQueue,
    ];
    const key = '/exchange/amq.topic/a';
    assert.deepEqual(names(plan(key, {}, 'rabbitmq', 'listener')), [
      'exchange.amq.topic.a',
      'exchange.amq.topic.a',
      '/queue/RETRY.exchange.amq.topic.a',
    ]);
    const durable = { durable: 'd' };
    assert.equal(plan('/topic/t', durable, 'rabbitmq', '/topic/t').retryQueue, '/queue/RETRY.t');
    assert.equal(plan('/topic/t', durable, 'rabbitmq', 'listener').retryQueue, '/queue/RETRY.d');
  });

  test('selects nothing out of its own queue', () => {
    const durable = plan('/topic/t', { durable: 'd', selector: 'redelivered IS NULL' });
    assert.equal(durable.options.selector, 'redelivered IS NULL');
    assert.equal(planRetryQueue('/queue/RETRY.L', durable).options.selector, undefined);
  });

  test('cannot have both', () => {
    assert.throws(
      () => plan('/topic/VirtualTopic.a', { durable: 'd', group: 'g' }),
      /exclude each other/,
    );
  });
});

describe('a group of consumers', () => {
  const topic = '/topic/VirtualTopic.orders';
  const words: readonly (readonly [ProfileName, string, string, unknown])[] = [
    [
      'activemq',
      '/queue/Consumer.g.VirtualTopic.orders',
      '/queue/Consumer.g.VirtualTopic.orders',
      undefined,
    ],
    [
      'stompbox',
      '/queue/Consumer.g.VirtualTopic.orders',
      '/queue/Consumer.g.VirtualTopic.orders',
      undefined,
    ],
    [
      'rabbitmq',
      topic,
      '/amq/queue/Consumer.g.VirtualTopic.orders',
      { 'x-queue-name': 'Consumer.g.VirtualTopic.orders', durable: true, 'auto-delete': false },
    ],
    [
      'artemis',
      '/topic/VirtualTopic.orders::Consumer.g.VirtualTopic.orders',
      '/topic/VirtualTopic.orders::Consumer.g.VirtualTopic.orders',
      { 'subscription-type': 'MULTICAST' },
    ],
  ];
  for (const [profile, destination, retryTo, headers] of words) {
    test(`in the words of ${profile}`, () => {
      const found = plan(topic, { group: 'g' }, profile);
      assert.deepEqual([found.destination, found.retryTo], [destination, retryTo]);
      assert.deepEqual(found.options.headers, headers);
      assert.equal(found.queueName, 'Consumer.g.VirtualTopic.orders');
    });
  }

  test('needs a virtual topic at ActiveMQ and stompbox', () => {
    assert.throws(() => plan('/topic/news', { group: 'g' }), /call the topic VirtualTopic\.news/);
    assert.equal(plan('/topic/news', { group: 'g' }, 'rabbitmq').destination, '/topic/news');
  });
});
