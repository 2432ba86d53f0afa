/** A message's way through producer, listener and the listener's own message, in traces. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { propagation, SpanStatusCode } from '@opentelemetry/api';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { instrument, instrumentMessaging } from 'stompbox/otel';
import { embeddedBroker } from '../support/embedded.js';
import { gate } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { startSdk, withinSpan } from './sdk.js';

describe('a message and what its listener sends', () => {
  test('are one chain of links, with one baggage', async (t) => {
    const sdk = startSdk(t);
    const { messaging } = await embeddedBroker(t);
    const instrumentation = instrument();
    t.after(() => instrumentation.disable());
    const tenants: unknown[] = [];
    const billed = gate();
    const see = () => tenants.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value);
    await messaging.consume(
      async (_order, context) => {
        see();
        await context.messaging.send('/queue/bills', { total: 7 });
      },
      { queue: 'orders' },
    );
    await messaging.consume(
      () => {
        see();
        billed.open();
      },
      { queue: 'bills' },
    );
    await withinSpan('checkout', { tenant: 'acme' }, () => messaging.send('/queue/orders', {}));
    await billed.promise;
    await sdk.until(7);

    assert.deepEqual(tenants, ['acme', 'acme']);
    const id = (name: string) => sdk.span(name).spanContext();
    const linkOf = (name: string) => sdk.span(name).links.map((link) => link.context.spanId);
    const parentOf = (name: string) => sdk.span(name).parentSpanContext?.spanId;
    assert.equal(parentOf('send orders'), id('checkout').spanId);
    assert.deepEqual(linkOf('process orders'), [id('send orders').spanId]);
    assert.equal(parentOf('process orders'), undefined);
    assert.equal(parentOf('send bills'), id('process orders').spanId);
    assert.deepEqual(linkOf('process bills'), [id('send bills').spanId]);
    assert.equal(parentOf('ack orders'), id('process orders').spanId);
    assert.equal(parentOf('ack bills'), id('process bills').spanId);
    assert.notEqual(id('process orders').traceId, id('checkout').traceId);
    const consumed = await sdk.points('messaging.client.consumed.messages');
    assert.deepEqual(
      consumed.map(({ attributes, value }) => [attributes['messaging.destination.name'], value]),
      [
        ['orders', 1],
        ['bills', 1],
      ],
    );
  });

  test('are one trace where parents are wanted', async (t) => {
    const sdk = startSdk(t);
    const { messaging } = await embeddedBroker(t);
    const instrumentation = instrument({ parent: true, settle: false });
    t.after(() => instrumentation.disable());
    await messaging.consume(() => undefined, { queue: 'orders' });
    await messaging.send('/queue/orders', {});
    await sdk.until(2);
    const sent = sdk.span('send orders').spanContext();
    const handled = sdk.span('process orders');
    assert.equal(handled.parentSpanContext?.spanId, sent.spanId);
    assert.equal(handled.spanContext().traceId, sent.traceId);
  });
});

test('a handler that fails has a span for each attempt, and its message goes on', async (t) => {
  const sdk = startSdk(t);
  const { messaging } = await embeddedBroker(t);
  const instrumentation = instrument();
  const measuring = instrumentMessaging(messaging);
  t.after(() => {
    measuring.disable();
    instrumentation.disable();
  });
  const dead = gate();
  const unfollow = messaging.onEvent(({ type }) => {
    if (type === 'dead-lettered') dead.open();
  });
  t.after(unfollow);
  const onOrder = () => {
    throw new RangeError('too much');
  };
  await messaging.consume(onOrder, {
    queue: 'orders',
    retry: { immediateMs: [0], delayedMs: [] },
  });
  await messaging.send('/queue/orders', {});
  await dead.promise;
  const attempts = sdk.spans().filter(({ name }) => name === 'process orders');
  assert.deepEqual(
    attempts.map(({ attributes, status }) => [
      attributes['stompbox.attempt'],
      attributes['error.type'],
      status.code,
    ]),
    [
      [1, 'RangeError', SpanStatusCode.ERROR],
      [2, 'RangeError', SpanStatusCode.ERROR],
    ],
  );
  const sent = sdk.span('send orders').spanContext().spanId;
  for (const { links } of attempts) {
    assert.deepEqual(
      links.map((link) => link.context.spanId),
      [sent],
    );
  }
  const about = { 'stompbox.listener': 'onOrder', 'messaging.destination.name': 'orders' };
  const [retries] = await sdk.points('stompbox.retries');
  assert.deepEqual(retries, {
    ...retries,
    value: 1,
    attributes: { ...about, 'stompbox.retry.by': 'listener' },
  });
  const [letters] = await sdk.points('stompbox.dead_lettered.messages');
  assert.deepEqual([letters?.value, letters?.attributes], [1, about]);
  const circuit = await sdk.points('stompbox.circuit.state');
  const closed = circuit.find(
    ({ attributes }) => attributes['stompbox.circuit.state'] === 'closed',
  );
  assert.equal(closed?.value, 1);
  const [up] = await sdk.points('stompbox.connection.up');
  assert.equal(up?.value, 1);
});

test('neither spans nor metrics hold a body or a password', async (t) => {
  const sdk = startSdk(t);
  const broker = await startBroker({
    memory: true,
    connectors: [{ port: 0 }],
  });
  const settings = resolveSettings(
    { url: broker.connectors[0]?.url ?? '', user: 'ada', password: 'hunter2' },
    { env: {} },
  );
  const messaging = createMessaging(settings, { logger: new MemoryLogger() });
  const instrumentation = instrument({ receive: true });
  const measuring = instrumentMessaging(messaging);
  t.after(async () => {
    measuring.disable();
    instrumentation.disable();
    await messaging.close();
    await broker.close();
  });
  const dead = gate();
  t.after(
    messaging.onEvent(({ type }) => {
      if (type === 'dead-lettered') dead.open();
    }),
  );
  await messaging.consume(
    () => {
      throw new Error('no');
    },
    { queue: 'orders', retry: false },
  );
  await messaging.send('/queue/orders', { card: 'body-4111' });
  await dead.promise;
  await assert.rejects(messaging.request('/queue/nobody', 'body-4112', { timeoutMs: 1 }));
  const spans = sdk.spans().map(({ name, attributes, events, links, status }) => ({
    name,
    attributes,
    events,
    links,
    status,
  }));
  assert.ok(spans.some(({ status }) => status.code === SpanStatusCode.ERROR));
  const text = inspect([spans, await sdk.points('stompbox.sent.messages')], { depth: null });
  assert.match(text, /process orders/);
  assert.doesNotMatch(text, /hunter2|body-411/);
});
