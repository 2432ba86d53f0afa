/** The spans of sends, subscriptions and acknowledgements over a broker. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Connection, connect, type Message } from '@stompbox/client';
import { type InstrumentOptions, instrument } from 'stompbox/otel';
import { embeddedBroker } from '../support/embedded.js';
import { gate } from '../support/events.js';
import { startSdk, withinSpan } from './sdk.js';

async function scene(t: TestContext, options: InstrumentOptions = {}) {
  const sdk = startSdk(t);
  const { url } = await embeddedBroker(t);
  const connection = await connect(url);
  t.after(() => connection.close());
  const instrumentation = instrument(options);
  t.after(() => instrumentation.disable());
  return { sdk, connection, port: Number(new URL(url).port) };
}

/** The next message of a queue, and what is around its handler. */
async function received(connection: Connection, destination: string) {
  const arrived = gate<{
    readonly message: Message;
    readonly spanId: string | undefined;
    readonly tenant: string | undefined;
  }>();
  await connection.subscribe(destination, { ack: 'client-individual' }, (message) => {
    const tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value;
    arrived.open({ message, tenant, spanId: trace.getActiveSpan()?.spanContext().spanId });
  });
  return await arrived.promise;
}

describe('the span of a send', () => {
  test('is a child of what is going on, and its message carries it and the baggage', async (t) => {
    const { sdk, connection, port } = await scene(t);
    await withinSpan('checkout', { tenant: 'acme' }, () =>
      connection.send('/queue/orders', 'a secret body'),
    );
    const span = sdk.span('send orders');
    const { spanId, traceId } = span.spanContext();
    assert.equal(span.kind, SpanKind.PRODUCER);
    assert.equal(span.parentSpanContext?.spanId, sdk.span('checkout').spanContext().spanId);
    assert.deepEqual(span.attributes, {
      'messaging.system': 'activemq',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders',
      'server.address': '127.0.0.1',
      'server.port': port,
    });
    const { message } = await received(connection, '/queue/orders');
    assert.equal(message.headers.get('traceparent'), `00-${traceId}-${spanId}-01`);
    assert.equal(message.headers.get('baggage'), 'tenant=acme');
  });

  test('leaves the headers that the caller gives', async (t) => {
    const { connection } = await scene(t);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await connection.send('/queue/orders', 'x', { headers: { traceparent } });
    const { message } = await received(connection, '/queue/orders');
    assert.equal(message.headers.get('traceparent'), traceparent);
  });

  test('fails with the send, and so does its metric', async (t) => {
    const { sdk, connection } = await scene(t);
    await connection.send('/queue/orders', 'x');
    await connection.close();
    await assert.rejects(connection.send('/queue/orders', 'x'), {
      code: 'STOMP_NET_NOT_CONNECTED',
    });
    const [, failed] = sdk.spans();
    assert.equal(failed?.status.code, SpanStatusCode.ERROR);
    assert.equal(failed?.attributes['error.type'], 'STOMP_NET_NOT_CONNECTED');
    const sent = await sdk.points('messaging.client.sent.messages');
    assert.deepEqual(
      sent.map(({ attributes, value }) => [attributes['error.type'], value]),
      [
        [undefined, 1],
        ['STOMP_NET_NOT_CONNECTED', 1],
      ],
    );
    const durations = await sdk.points('messaging.client.operation.duration');
    assert.deepEqual(
      durations.map(({ attributes }) => attributes['messaging.operation.name']),
      ['send', 'send'],
    );
  });

  test('without an SDK writes nothing into the message', async (t) => {
    const { connection } = await scene(t);
    propagation.disable();
    trace.disable();
    context.disable();
    await connection.send('/queue/orders', 'x');
    const { message } = await received(connection, '/queue/orders');
    assert.equal(message.headers.get('traceparent'), undefined);
  });
});

describe('a message that a subscription of the client is given', () => {
  test('is counted, and has a span on request, in which its handler runs', async (t) => {
    const { sdk, connection } = await scene(t, { receive: true });
    await withinSpan('checkout', { tenant: 'acme' }, () => connection.send('/queue/orders', 'x'));
    const { spanId, tenant, message } = await received(connection, '/queue/orders');
    await sdk.until(3);
    const span = sdk.span('receive orders');
    assert.equal(span.kind, SpanKind.CLIENT);
    assert.equal(span.attributes['messaging.message.id'], message.messageId);
    assert.equal(spanId, span.spanContext().spanId);
    assert.equal(tenant, 'acme');
    assert.deepEqual(
      span.links.map((link) => link.context.spanId),
      [sdk.span('send orders').spanContext().spanId],
    );
    const [consumed] = await sdk.points('messaging.client.consumed.messages');
    assert.equal(consumed?.value, 1);
    assert.equal(consumed?.attributes['messaging.destination.name'], 'orders');
  });

  test('has none by default', async (t) => {
    const { sdk, connection } = await scene(t);
    await connection.send('/queue/orders', 'x');
    const { spanId, message } = await received(connection, '/queue/orders');
    await message.ack({ receipt: true });
    assert.equal(spanId, undefined);
    assert.deepEqual(
      sdk.spans().map(({ name }) => name),
      ['send orders', 'ack orders'],
    );
  });

  test('has a span for its acknowledgement', async (t) => {
    const { sdk, connection } = await scene(t);
    await connection.send('/queue/orders', 'x');
    const { message } = await received(connection, '/queue/orders');
    await message.nack({ receipt: true });
    const span = sdk.span('nack orders');
    assert.equal(span.kind, SpanKind.CLIENT);
    assert.equal(span.attributes['messaging.operation.type'], 'settle');
    assert.equal(span.attributes['messaging.message.id'], message.messageId);
  });

  test('has none for its acknowledgement if that is not wanted, but its metric', async (t) => {
    const { sdk, connection } = await scene(t, { settle: false });
    await connection.send('/queue/orders', 'x');
    const { message } = await received(connection, '/queue/orders');
    await message.ack({ receipt: true });
    assert.deepEqual(
      sdk.spans().map(({ name }) => name),
      ['send orders'],
    );
    const durations = await sdk.points('messaging.client.operation.duration');
    assert.deepEqual(
      durations.map(({ attributes }) => attributes['messaging.operation.name']),
      ['send', 'ack'],
    );
  });
});
