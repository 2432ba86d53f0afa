/** The metrics of an outbox and its relay in Prometheus' text format. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Registry } from 'prom-client';
import { OptionsError } from 'stompbox';
import type { RelayStatus } from 'stompbox/outbox';
import { prometheusMetrics, relayMetrics } from 'stompbox/prometheus';
import { EventSource } from '../metrics/event-source.js';
import { stage } from '../outbox/stage.js';
import { parseExposition } from './exposition.js';

describe('the metrics of a relay', () => {
  test('say what waits, for how long, what was sent and what was given up', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    broker.state = 'reconnecting';
    const { relay: running } = relay();
    const metrics = relayMetrics(running);
    await outbox.send(database, '/queue/a', 'first');
    await outbox.send(database, '/queue/a', 'wrong');
    await clock.advance(500);
    const before = parseExposition(await metrics.text());
    assert.equal(before.value('stompbox_outbox_pending_messages'), 2);
    assert.equal(before.value('stompbox_outbox_oldest_pending_age_seconds'), 0.5);
    assert.equal(before.value('stompbox_outbox_sent_messages_total'), 0);
    assert.equal(before.types.get('stompbox_outbox_pending_messages'), 'gauge');
    assert.equal(before.types.get('stompbox_outbox_sent_messages_total'), 'counter');
    broker.state = 'connected';
    broker.onSend = async ({ body }) => {
      if (body === 'wrong') throw new OptionsError('STOMP_OPT_INVALID', 'no such header');
    };
    await clock.advance(10_000);
    const after = parseExposition(await metrics.text());
    assert.equal(after.value('stompbox_outbox_pending_messages'), 0);
    assert.equal(after.value('stompbox_outbox_oldest_pending_age_seconds'), 0);
    assert.equal(after.value('stompbox_outbox_failed_messages'), 1);
    assert.equal(after.value('stompbox_outbox_sent_messages_total'), 1);
  });

  test('ask the database once per scrape, and leave out what it does not tell', async () => {
    let asked = 0;
    let isDown = false;
    const relay = {
      status: async (): Promise<RelayStatus> => {
        asked += 1;
        if (isDown) throw new Error('the database is down');
        const counts = { pendingCount: 3, oldestPendingAgeMs: 1, failedCount: 0, sentCount: 0 };
        return { state: 'idle', lastError: undefined, ...counts };
      },
      onEvent: () => () => undefined,
    };
    const metrics = relayMetrics(relay, { prefix: 'shop_' });
    const pending = async () =>
      parseExposition(await metrics.text()).value('shop_outbox_pending_messages');
    assert.equal(await pending(), 3);
    assert.equal(asked, 1);
    isDown = true;
    assert.equal(await pending(), undefined, 'unknown is not none');
    assert.equal(
      parseExposition(await metrics.text()).value('shop_outbox_sent_messages_total'),
      0,
      'the others stay',
    );
    isDown = false;
    assert.equal(await pending(), 3);
  });

  test('share a registry with those of a service, and leave it when they are closed', async (t) => {
    const { relay } = await stage(t);
    const { relay: running } = relay();
    const registry = new Registry();
    const service = prometheusMetrics(new EventSource(), { registry });
    const metrics = relayMetrics(running, { registry });
    assert.match(await service.text(), /^stompbox_outbox_pending_messages 0$/m);
    assert.throws(() => relayMetrics(running, { registry }), {
      code: 'STOMP_OPT_INVALID',
      message: /relayMetrics\(\) already has a metric stompbox_outbox_pending_messages/,
    });
    metrics.close();
    assert.doesNotMatch(await service.text(), /outbox/);
  });
});
