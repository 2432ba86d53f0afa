/** What the events and the snapshot of a service come to as metrics. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError } from '@stompbox/client';
import type { MessagingEvent } from 'stompbox';
import { MOST_NAMES } from '../../dist/metrics/limited-names.js';
import { readGauges } from '../../dist/metrics/service-gauges.js';
import { ServiceLabels } from '../../dist/metrics/service-labels.js';
import { followService } from '../../dist/metrics/service-metrics.js';
import { delivery, EventSource, listenerSnapshot, messageWith } from './event-source.js';

const NOW = 1_800_000_000_000;
const ORDERS = { listener: 'onOrder', destination: '/queue/orders' };
const failure = new Error('no');
const lost = ConnectionError.of('STOMP_NET_CLOSED', ['SEND']);

/** What is counted and observed for these events. */
function kept(...events: readonly MessagingEvent[]) {
  const source = new EventSource();
  const counts: unknown[] = [];
  const times: unknown[] = [];
  followService(source, {
    sink: {
      count: (counter, labels) => counts.push([counter, labels]),
      observe: (histogram, labels, seconds) => times.push([histogram, labels, seconds]),
    },
    labels: new ServiceLabels(),
    now: () => NOW,
  });
  source.emit(...events);
  return { counts, times };
}

const sent = (destination: string): MessagingEvent => ({
  type: 'sent',
  destination,
  body: 'a body',
  correlationId: undefined,
  durationMs: 250,
});

describe('sends', () => {
  test('are counted when they are confirmed, with the time of their receipt', () => {
    const { counts, times } = kept(sent('/queue/orders'));
    assert.deepEqual(counts, [['sent', { destination: '/queue/orders' }]]);
    assert.deepEqual(times, [['receipt', { destination: '/queue/orders' }, 0.25]]);
  });

  test('that fail are counted by the code of the error, others as one', () => {
    const { counts } = kept(
      { type: 'send-failed', destination: 'orders', error: lost },
      { type: 'send-failed', destination: '/topic/news', error: new Error('id 4711') },
    );
    assert.deepEqual(counts, [
      ['sendFailed', { destination: '/queue/orders', reason: 'STOMP_NET_CLOSED' }],
      ['sendFailed', { destination: '/topic/news', reason: 'other' }],
    ]);
  });

  test('to temporary and reply queues are to one destination', () => {
    const { counts } = kept(
      sent('/temp-queue/a'),
      sent('/temp-topic/b'),
      sent('/remote-temp-queue/ID:host-1'),
      sent('/reply-queue/amq.gen-x'),
      sent('/queue/stompbox.reply.7f3a'),
      sent('stompbox.reply.7f3a'),
    );
    assert.equal(counts.length, 6);
    for (const count of counts) assert.deepEqual(count, ['sent', { destination: '(temporary)' }]);
  });

  test('to ever new destinations do not make ever new labels', () => {
    const names = Array.from({ length: MOST_NAMES + 50 }, (_, n) => `/queue/user.${n}`);
    const { counts } = kept(...names.map(sent), sent('/queue/user.0'));
    const labels = counts.map((count) => JSON.stringify(count));
    assert.equal(new Set(labels).size, MOST_NAMES + 1);
    assert.match(labels[MOST_NAMES] ?? '', /\(other\)/);
    assert.equal(labels.at(-1), labels[0]);
  });
});

describe('deliveries', () => {
  test('are counted by listener and destination', () => {
    const { counts } = kept(
      { type: 'received', ...delivery({ message: messageWith({}, true) }) },
      { type: 'consumed', body: 1, ...delivery() },
      { type: 'duplicate', ...delivery() },
      { type: 'settle-failed', error: failure, ...delivery() },
      {
        type: 'dead-lettered',
        queue: 'DLQ.orders',
        error: failure,
        fingerprint: 'f',
        ...delivery(),
      },
    );
    assert.deepEqual(counts, [
      ['received', ORDERS],
      ['redelivered', ORDERS],
      ['consumed', ORDERS],
      ['duplicate', ORDERS],
      ['settleFailed', ORDERS],
      ['deadLettered', ORDERS],
    ]);
  });

  test('that fail are counted by what follows, and their retries by who keeps them', () => {
    const failed = { error: failure, durationMs: 500, ...delivery() };
    const { counts, times } = kept(
      { type: 'attempt-failed', next: 'immediate-retry', ...failed },
      { type: 'attempt-failed', next: 'delayed-retry', ...failed },
      { type: 'retried', error: failure, delayMs: 10_000, by: 'schedule', ...delivery() },
      { type: 'attempt-failed', next: 'dead-letter', ...failed },
    );
    assert.deepEqual(counts, [
      ['attemptFailed', { ...ORDERS, next: 'immediate-retry' }],
      ['retried', { ...ORDERS, by: 'listener' }],
      ['attemptFailed', { ...ORDERS, next: 'delayed-retry' }],
      ['retried', { ...ORDERS, by: 'schedule' }],
      ['attemptFailed', { ...ORDERS, next: 'dead-letter' }],
    ]);
    assert.deepEqual(times[0], ['handler', { ...ORDERS, outcome: 'failure' }, 0.5]);
    assert.equal(times.length, 3);
  });

  test('have the age of their message when it was handled', () => {
    const ages = [
      { timestamp: String(NOW - 2_000) },
      { timestamp: String(NOW / 1_000 - 3) },
      { timestamp: String(NOW), 'x-original-timestamp': String(NOW - 60_000) },
      { 'x-original-timestamp': new Date(NOW - 5_000).toISOString() },
      { timestamp: String(NOW + 1_000) },
      { timestamp: 'yesterday' },
      {},
    ].map((headers) => {
      const about = delivery({ message: messageWith(headers) });
      const { times } = kept({ type: 'handled', body: 1, durationMs: 1, ...about });
      assert.deepEqual(times[0], ['handler', { ...ORDERS, outcome: 'success' }, 0.001]);
      return times.slice(1);
    });
    const seconds = (value: number) => [['age', ORDERS, value]];
    assert.deepEqual(ages, [seconds(2), seconds(3), seconds(60), seconds(5), seconds(0), [], []]);
  });
});

test('reconnects are counted by the code of the error that lost the connection', () => {
  const status = { peer: 'a:1', version: '1.2', server: undefined } as const;
  const { counts } = kept(
    { type: 'connection', status: { type: 'connected', ...status, isReconnect: false } },
    { type: 'connection', status: { type: 'reconnecting', error: lost } },
    { type: 'connection', status: { type: 'connected', ...status, isReconnect: true } },
    { type: 'circuit', listener: 'onOrder', state: 'open' },
  );
  assert.deepEqual(counts, [['reconnected', { reason: 'STOMP_NET_CLOSED' }]]);
});

describe('gauges', () => {
  test('say how connection, sends and listeners are doing now', () => {
    const source = new EventSource();
    source.sendingCount = 3;
    source.listeners = [
      listenerSnapshot({ handlingCount: 2, waitingCount: 5, settlingCount: 1, circuit: 'open' }),
    ];
    assert.deepEqual(
      readGauges(source.snapshot(), new ServiceLabels()).map(({ gauge, labels, value }) => [
        gauge,
        labels,
        value,
      ]),
      [
        ['connectionUp', {}, 1],
        ['sending', {}, 3],
        ['handling', ORDERS, 2],
        ['waiting', ORDERS, 5],
        ['settling', ORDERS, 1],
        ['subscribed', ORDERS, 1],
        ['circuit', { ...ORDERS, state: 'closed' }, 0],
        ['circuit', { ...ORDERS, state: 'half-open' }, 0],
        ['circuit', { ...ORDERS, state: 'open' }, 1],
      ],
    );
  });

  test('add up subscriptions of one listener, and leave closed ones out', () => {
    const source = new EventSource();
    source.connectionState = 'reconnecting';
    source.listeners = [
      listenerSnapshot({ handlingCount: 2 }),
      listenerSnapshot({ handlingCount: 3, confirmedAtMs: undefined }),
      listenerSnapshot({ handlingCount: 9, state: 'closed' }),
    ];
    const readings = readGauges(source.snapshot(), new ServiceLabels());
    const value = (name: string) => readings.find(({ gauge }) => gauge === name)?.value;
    assert.deepEqual([value('connectionUp'), value('handling'), value('subscribed')], [0, 5, 1]);
  });
});
