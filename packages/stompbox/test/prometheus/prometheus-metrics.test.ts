/** The metrics of a service in Prometheus' text format. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Counter, Registry } from 'prom-client';
import { OptionsError } from 'stompbox';
import { prometheusMetrics } from 'stompbox/prometheus';
import { delivery, EventSource, listenerSnapshot } from '../metrics/event-source.js';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';
import { parseExposition } from './exposition.js';

const ORDERS = { destination: '/queue/orders' };

describe('the metrics of a service', () => {
  test('count what really went over a broker', async (t) => {
    const { messaging } = await embeddedBroker(t);
    const metrics = prometheusMetrics(messaging);
    const ended = new Inbox<string>();
    t.after(
      messaging.onEvent(({ type }) => {
        if (type === 'consumed' || type === 'dead-lettered') ended.add(type);
      }),
    );
    const onOrder = ({ n }: { n: number }) => {
      if (n === 2) throw new RangeError('not this one');
    };
    const retry = { immediateMs: [0], delayedMs: [] };
    await messaging.consume(onOrder, { queue: 'orders', retry });
    for (const n of [1, 2, 3]) await messaging.send('/queue/orders', { n });
    await messaging.send('/topic/news', 'hello');
    await ended.until(3);
    const { value, types } = parseExposition(await metrics.text());
    assert.equal(value('stompbox_sent_messages_total', ORDERS), 3);
    assert.equal(value('stompbox_sent_messages_total', { destination: '/topic/news' }), 1);
    assert.equal(value('stompbox_send_receipt_duration_seconds_count', ORDERS), 3);
    assert.equal(
      value('stompbox_send_receipt_duration_seconds_bucket', { ...ORDERS, le: '+Inf' }),
      3,
    );
    const listener = { ...ORDERS, listener: 'onOrder' };
    assert.equal(value('stompbox_received_messages_total', listener), 3);
    assert.equal(value('stompbox_consumed_messages_total', listener), 2);
    assert.equal(value('stompbox_retries_total', { ...listener, by: 'listener' }), 1);
    assert.equal(value('stompbox_dead_lettered_messages_total', listener), 1);
    assert.equal(
      value('stompbox_handler_duration_seconds_count', { ...listener, outcome: 'failure' }),
      2,
    );
    assert.equal(value('stompbox_message_age_seconds_count', listener), 2);
    assert.equal(value('stompbox_subscriptions_confirmed', listener), 1);
    assert.equal(value('stompbox_circuit_state', { ...listener, state: 'closed' }), 1);
    const seconds = value('stompbox_send_receipt_duration_seconds_sum', ORDERS) ?? 0;
    assert.ok(seconds > 0 && seconds < 60, `${seconds} s`);
    assert.equal(value('stompbox_connection_up'), 1);
    assert.equal(value('stompbox_sends_in_flight'), 0);
    assert.equal(types.get('stompbox_sent_messages_total'), 'counter');
    assert.equal(types.get('stompbox_connection_up'), 'gauge');
    assert.equal(types.get('stompbox_send_receipt_duration_seconds'), 'histogram');
  });

  test('forget what is no more the case', async () => {
    const source = new EventSource();
    const metrics = prometheusMetrics(source);
    source.listeners = [listenerSnapshot({ handlingCount: 4, circuit: 'half-open' })];
    const before = parseExposition(await metrics.text());
    assert.equal(before.value('stompbox_handlers_in_flight', ORDERS), 4);
    assert.equal(before.value('stompbox_circuit_state', { ...ORDERS, state: 'half-open' }), 1);
    source.listeners = [];
    source.connectionState = 'reconnecting';
    const after = parseExposition(await metrics.text());
    assert.equal(after.value('stompbox_handlers_in_flight', ORDERS), undefined);
    assert.equal(after.value('stompbox_connection_up'), 0);
  });

  test('are readable whatever listeners are called', async () => {
    const source = new EventSource();
    const metrics = prometheusMetrics(source);
    const listener = 'a "b" \\ c\nd';
    source.emit({ type: 'consumed', body: 'a body', ...delivery({ listener }) });
    const text = await metrics.text();
    assert.equal(parseExposition(text).value('stompbox_consumed_messages_total', { listener }), 1);
    assert.doesNotMatch(text, /a body/);
  });

  test('go into a registry of the program, beside its own, and out of it', async () => {
    const registry = new Registry();
    new Counter({ name: 'own_total', help: 'own', registers: [registry] }).inc(7);
    const source = new EventSource();
    const metrics = prometheusMetrics(source, { registry, prefix: 'shop_mq_' });
    source.emit({ type: 'consumed', body: 1, ...delivery() });
    const { value } = parseExposition(await registry.metrics());
    assert.equal(value('own_total'), 7);
    assert.equal(value('shop_mq_consumed_messages_total', { listener: 'onOrder' }), 1);
    assert.equal(metrics.registry, registry);
    assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
    metrics.close();
    source.emit({ type: 'consumed', body: 1, ...delivery() });
    assert.doesNotMatch(await registry.metrics(), /shop_mq/);
    prometheusMetrics(source, { registry, prefix: 'shop_mq_' }).close();
  });
});

describe('options that do not fit', () => {
  for (const [name, options, code, text] of [
    ['a prefix that is no name', { prefix: '1-2' }, 'STOMP_OPT_INVALID', /"prefix" .*letters/],
    ['a registry that is none', { registry: {} }, 'STOMP_OPT_INVALID', /"registry".*Registry/],
    ['an unknown name', { prefx: 'a_' }, 'STOMP_OPT_UNKNOWN', /did you mean "prefix"/],
  ] as const) {
    test(`are refused: ${name}`, () => {
      assert.throws(
        () => prometheusMetrics(new EventSource(), options as object),
        (error: unknown) =>
          error instanceof OptionsError && error.code === code && text.test(error.message),
      );
    });
  }

  test('are refused: a registry that has the metrics of another service', async () => {
    const registry = new Registry();
    const first = prometheusMetrics(new EventSource(), { registry });
    assert.throws(
      () => prometheusMetrics(new EventSource(), { registry }),
      (error: unknown) =>
        error instanceof OptionsError && /already has a metric stompbox_/.test(error.message),
    );
    assert.equal(parseExposition(await first.text()).value('stompbox_connection_up'), 1);
    prometheusMetrics(new EventSource(), { registry, prefix: 'second_' });
  });
});
