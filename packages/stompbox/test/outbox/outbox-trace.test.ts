/** The trace of a message that goes through the outbox. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { context, propagation } from '@opentelemetry/api';
import type { TraceContext } from '@stompbox/client';
import { instrument } from 'stompbox/otel';
import { createOutbox, startRelay } from 'stompbox/outbox';
import { startSdk, withinSpan } from '../otel/sdk.js';
import { memorySqlite } from '../sql/sqlite.js';
import { embeddedBroker } from '../support/embedded.js';
import { gate } from '../support/events.js';
import { stage } from './stage.js';

const TRACE: TraceContext = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'shop=1',
};

/** As docs/guide/outbox.md has it. */
function traceContext(): TraceContext {
  const headers = { traceparent: '' };
  propagation.inject(context.active(), headers);
  return headers;
}

describe('with the option traceContext', () => {
  test('a handler is linked to the span in which its message was put in', async (t) => {
    const sdk = startSdk(t);
    const instrumentation = instrument();
    t.after(() => instrumentation.disable());
    const { messaging } = await embeddedBroker(t);
    const database = memorySqlite(t);
    const outbox = createOutbox(database, { traceContext });
    await outbox.migrate();
    const handled = gate();
    await messaging.consume(() => handled.open(), { queue: 'orders' });
    await withinSpan('checkout', {}, () => outbox.send(database, '/queue/orders', { id: 7 }));
    await using _relay = startRelay(messaging, outbox, { pollMs: 5 });
    await handled.promise;
    await sdk.until(4);
    const { links } = sdk.span('process orders');
    const checkout = sdk.span('checkout').spanContext();
    assert.deepEqual(
      links.map(({ context: { traceId, spanId } }) => [traceId, spanId]),
      [[checkout.traceId, checkout.spanId]],
    );
  });

  test('the row keeps the trace, and the relay sends it', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t, {
      traceContext: () => TRACE,
    });
    await outbox.send(database, '/queue/a', 1);
    outbox.sendNow(database, '/queue/a', 2);
    relay();
    await clock.advance(0);
    for (const { options } of broker.sent) {
      assert.equal(options.headers?.['traceparent'], TRACE.traceparent);
      assert.equal(options.headers?.['tracestate'], TRACE.tracestate);
    }
    assert.equal(broker.sent.length, 2);
  });

  test('the own traceparent of a message comes first, and a bad one is left out', async (t) => {
    let now: TraceContext | undefined = TRACE;
    const { database, outbox, column } = await stage(t, { traceContext: () => now });
    await outbox.send(database, '/queue/a', 1, { headers: { traceparent: 'mine' } });
    now = { traceparent: 'none' };
    await outbox.send(database, '/queue/a', 2);
    now = undefined;
    await outbox.send(database, '/queue/a', 3);
    const traces = column('headers').map((text) => {
      const { traceparent, tracestate } = JSON.parse(String(text));
      return [traceparent, tracestate];
    });
    assert.deepEqual(traces, [
      ['mine', undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});
