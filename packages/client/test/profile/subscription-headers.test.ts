import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ProfileName,
  profileOf,
  replyQueueOf,
  subscribeHeaders,
  unsubscribeHeaders,
} from '@stompbox/client';

const headersOf = (name: ProfileName, wishes: Parameters<typeof subscribeHeaders>[1]) =>
  Object.fromEntries(subscribeHeaders(profileOf(name), wishes));

describe('prefetch', () => {
  for (const [name, expected] of [
    ['activemq', { 'activemq.prefetchSize': '10' }],
    ['stompbox', { 'activemq.prefetchSize': '10' }],
    ['rabbitmq', { 'prefetch-count': '10' }],
    ['generic', { 'activemq.prefetchSize': '10', 'prefetch-count': '10' }],
  ] as const) {
    test(`is said to ${name} in messages`, () => {
      assert.deepEqual(headersOf(name, { prefetch: 10 }), expected);
    });
  }

  test('is said to Artemis in bytes, of which one message may go over', () => {
    const window = (prefetch: number, prefetchMessageBytes?: number) =>
      headersOf('artemis', { prefetch, prefetchMessageBytes })['consumer-window-size'];
    assert.equal(window(1), '1');
    assert.equal(window(10), String(9 * 1024 + 1));
    assert.equal(window(10, 100), '901');
    assert.equal(window(2 ** 31 - 1, 1_000_000), String(2 ** 31 - 1));
  });

  test('that nobody asks for is not mentioned', () => {
    assert.deepEqual(headersOf('generic', {}), {});
  });
});

describe('a durable subscription', () => {
  const wishes = { durable: 'bills', clientId: 'shop' };

  test('is named by the word of the broker', () => {
    assert.deepEqual(headersOf('activemq', wishes), { 'activemq.subscriptionName': 'bills' });
    assert.deepEqual(headersOf('artemis', wishes), { 'durable-subscription-name': 'bills' });
    assert.deepEqual(headersOf('stompbox', wishes), { 'durable-subscription-name': 'bills' });
  });

  test('has a queue at RabbitMQ, where all clients share the names', () => {
    const rest = { durable: 'true', 'auto-delete': 'false' };
    assert.deepEqual(headersOf('rabbitmq', wishes), { 'x-queue-name': 'shop.bills', ...rest });
    assert.deepEqual(headersOf('rabbitmq', { durable: 'bills' }), {
      'x-queue-name': 'bills',
      ...rest,
    });
  });

  test('gets the words of several from who does not know the broker', () => {
    assert.deepEqual(headersOf('generic', wishes), {
      'activemq.subscriptionName': 'bills',
      'x-queue-name': 'bills',
      durable: 'true',
      'auto-delete': 'false',
    });
  });

  test('goes on after an UNSUBSCRIBE by id', () => {
    for (const name of ['activemq', 'artemis', 'rabbitmq', 'stompbox', 'generic'] as const) {
      assert.deepEqual(unsubscribeHeaders(profileOf(name), { id: 's1' }), [[['id', 's1']]]);
    }
  });

  test('is deleted by a second UNSUBSCRIBE at ActiveMQ, elsewhere by the first', () => {
    const frames = (name: ProfileName) =>
      unsubscribeHeaders(profileOf(name), {
        id: 's1',
        deleteDurable: 'bills',
        clientId: 'shop',
      }).map((pairs) => Object.fromEntries(pairs));
    assert.deepEqual(frames('activemq'), [
      { id: 's1' },
      { id: 's1', 'activemq.subscriptionName': 'bills' },
    ]);
    assert.deepEqual(frames('artemis'), [{ id: 's1', 'durable-subscription-name': 'bills' }]);
    assert.deepEqual(frames('stompbox'), [{ id: 's1', 'durable-subscription-name': 'bills' }]);
    assert.deepEqual(frames('rabbitmq'), [
      { id: 's1', 'x-queue-name': 'shop.bills', durable: 'true' },
    ]);
    assert.equal(frames('generic').length, 2);
  });
});

describe('consumers', () => {
  test('may be ranked, alone, and deaf to themselves, where the broker has a word for it', () => {
    const wishes = { priority: 5, exclusive: true, noLocal: true };
    assert.deepEqual(headersOf('activemq', wishes), {
      'activemq.priority': '5',
      'activemq.exclusive': 'true',
      'activemq.noLocal': 'true',
    });
    assert.deepEqual(headersOf('rabbitmq', { priority: 5 }), { 'x-priority': '5' });
    assert.deepEqual(headersOf('artemis', { noLocal: true }), { 'no-local': 'true' });
  });

  test('that want the usual say nothing', () => {
    assert.deepEqual(headersOf('rabbitmq', { exclusive: false, noLocal: false }), {});
  });

  for (const [name, wishes, option] of [
    ['artemis', { priority: 1 }, 'priority'],
    ['artemis', { exclusive: true }, 'exclusive'],
    ['rabbitmq', { exclusive: true }, 'exclusive'],
    ['rabbitmq', { noLocal: true }, 'noLocal'],
  ] as const) {
    test(`are refused ${option} at ${name}, which has no word for it`, () => {
      assert.throws(() => subscribeHeaders(profileOf(name), wishes), {
        name: 'OptionsError',
        code: 'STOMP_OPT_UNSUPPORTED',
        message: new RegExp(`^The option ${option} means nothing to .*: leave it out$`),
      });
    });
  }
});

describe('a reply queue', () => {
  test('is a temporary queue where there are some', () => {
    for (const name of ['activemq', 'stompbox', 'generic'] as const) {
      assert.deepEqual(replyQueueOf(profileOf(name), 'x'), {
        destination: '/temp-queue/x',
        replyTo: '/temp-queue/x',
        headers: [],
      });
    }
  });

  test('is a queue that goes with its reader at RabbitMQ, which AMQP clients find by its bare name', () => {
    const { destination, replyTo, headers } = replyQueueOf(profileOf('rabbitmq'), 'x');
    assert.equal(destination, '/queue/stompbox.reply.x');
    assert.equal(replyTo, 'stompbox.reply.x');
    assert.ok(headers.some(([name, value]) => name === 'auto-delete' && value === 'true'));
  });

  test('is an address without prefix at Artemis', () => {
    const { destination, replyTo, headers } = replyQueueOf(profileOf('artemis'), 'x');
    assert.equal(destination, 'stompbox.reply.x');
    assert.equal(replyTo, destination);
    assert.deepEqual(headers, [['subscription-type', 'ANYCAST']]);
  });
});
