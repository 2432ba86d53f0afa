/** The spans of handlers, by what the channel stompbox:process tells. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  context,
  diag,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { FrameHeaders } from '@stompbox/protocol';
import { UnrecoverableError } from 'stompbox';
import { type InstrumentOptions, type InstrumentPorts, instrument } from 'stompbox/otel';
import { type ProcessTrace, traceProcess } from '../../dist/tracing/process-channel.js';
import { processTrace } from '../tracing/process-trace.js';
import { type Sdk, startSdk, withinSpan } from './sdk.js';

const TRACE_A = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACE_B = '0af7651916cd43dd8448eb211c80319c';
const SPAN = '00f067aa0ba902b7';

function instrumented(
  t: TestContext,
  options: InstrumentOptions = {},
  ports: InstrumentPorts = {},
): Sdk {
  const sdk = startSdk(t);
  const instrumentation = instrument(options, ports);
  t.after(() => instrumentation.disable());
  return sdk;
}

function sentWith(headers: Readonly<Record<string, string>>): FrameHeaders {
  return FrameHeaders.from({ 'message-id': 'm1', ...headers });
}

const SENT = sentWith({
  traceparent: `00-${TRACE_A}-${SPAN}-01`,
  baggage: 'tenant=acme,plan=gold',
});

/** Runs a handler that says what it sees. */
async function handle(about: Partial<ProcessTrace>, failure?: unknown) {
  return await traceProcess(processTrace(about), async () => {
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    const entries = propagation.getActiveBaggage()?.getAllEntries() ?? [];
    return {
      baggage: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
      spanId: trace.getActiveSpan()?.spanContext().spanId,
    };
  });
}

describe('the span of a handler', () => {
  test('has the name, the kind and the attributes of the conventions', async (t) => {
    const sdk = instrumented(t);
    await handle({ headers: SENT, attempt: 2, durable: 'billing', clientId: 'shop-1' });
    const span = sdk.span('process orders');
    assert.equal(span.kind, SpanKind.CONSUMER);
    assert.deepEqual(span.attributes, {
      'messaging.system': 'activemq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'messaging.destination.subscription.name': 'billing',
      'messaging.message.id': 'm1',
      'messaging.message.conversation_id': 'c1',
      'messaging.client.id': 'shop-1',
      'server.address': '127.0.0.1',
      'server.port': 61613,
      'stompbox.listener': 'onOrder',
      'stompbox.attempt': 2,
      'stompbox.max_attempts': 6,
    });
    assert.equal(span.status.code, SpanStatusCode.UNSET);
  });

  test('links to the span that sent the message, in a trace of its own', async (t) => {
    const sdk = instrumented(t);
    await withinSpan('startup', {}, () => handle({ headers: SENT }));
    const span = sdk.span('process orders');
    assert.equal(span.parentSpanContext, undefined);
    assert.notEqual(span.spanContext().traceId, TRACE_A);
    assert.notEqual(span.spanContext().traceId, sdk.span('startup').spanContext().traceId);
    assert.deepEqual(
      span.links.map((link) => [link.context.traceId, link.context.spanId, link.attributes]),
      [[TRACE_A, SPAN, { 'messaging.message.id': 'm1' }]],
    );
  });

  test('without a new root is a child of what was active around it', async (t) => {
    const sdk = instrumented(t, { newRoot: false });
    await withinSpan('startup', {}, () => handle({ headers: SENT }));
    const span = sdk.span('process orders');
    assert.equal(span.parentSpanContext?.spanId, sdk.span('startup').spanContext().spanId);
    assert.equal(span.links[0]?.context.traceId, TRACE_A);
  });

  test('with parent is a child of the span that sent the message', async (t) => {
    const sdk = instrumented(t, { parent: true });
    await withinSpan('startup', {}, () => handle({ headers: SENT }));
    const span = sdk.span('process orders');
    assert.equal(span.spanContext().traceId, TRACE_A);
    assert.equal(span.parentSpanContext?.spanId, SPAN);
    assert.deepEqual(span.links, []);
  });

  test('with parent begins a trace when the message has none', async (t) => {
    const sdk = instrumented(t, { parent: true });
    await handle({ headers: sentWith({ traceparent: 'nonsense' }) });
    assert.equal(sdk.span('process orders').parentSpanContext, undefined);
  });

  for (const options of [{}, { parent: true }, { newRoot: false }]) {
    test(`is active in the handler, with the baggage of the message: ${JSON.stringify(options)}`, async (t) => {
      const sdk = instrumented(t, options);
      const seen = await handle({ headers: SENT });
      assert.deepEqual(seen.baggage, { tenant: 'acme', plan: 'gold' });
      assert.equal(seen.spanId, sdk.span('process orders').spanContext().spanId);
      assert.equal(trace.getActiveSpan(), undefined);
    });
  }

  test('does not take over the baggage of whoever started the listener', async (t) => {
    instrumented(t);
    const seen = await withinSpan('startup', { who: 'main' }, () => handle({ headers: SENT }));
    assert.deepEqual(seen.baggage, { tenant: 'acme', plan: 'gold' });
  });

  test('is called by the pattern that was subscribed to', async (t) => {
    const sdk = instrumented(t);
    await handle({ subscribedTo: '/queue/orders.*', destination: '/queue/orders.eu' });
    const { attributes } = sdk.span('process orders.*');
    assert.equal(attributes['messaging.destination.name'], 'orders.eu');
    assert.equal(attributes['messaging.destination.template'], 'orders.*');
  });

  test('does not name temporary destinations', async (t) => {
    const sdk = instrumented(t);
    await handle({ subscribedTo: '/temp-queue/q7', destination: '/temp-queue/q7' });
    const { attributes } = sdk.span('process (temporary)');
    assert.equal(attributes['messaging.destination.temporary'], true);
    assert.equal('messaging.destination.name' in attributes, false);
  });

  for (const [system, expected] of [
    ['activemq', 'activemq'],
    ['artemis', 'activemq'],
    ['stompbox', 'activemq'],
    ['rabbitmq', 'rabbitmq'],
    ['generic', 'stomp'],
  ] as const) {
    test(`says ${expected} for ${system}`, async (t) => {
      const sdk = instrumented(t);
      await handle({ system });
      assert.equal(sdk.span('process orders').attributes['messaging.system'], expected);
    });
  }
});

describe('the span of a batch', () => {
  const batch = [
    SENT,
    sentWith({
      'message-id': 'm2',
      traceparent: `00-${TRACE_B}-${SPAN}-01`,
      baggage: 'tenant=acme,plan=free',
    }),
    sentWith({ 'message-id': 'm3', baggage: 'tenant=acme,plan=gold' }),
  ];
  const about = { headers: SENT, batchSize: 3, batchHeaders: batch };

  for (const options of [{}, { parent: true }]) {
    test(`links to the sender of each message: ${JSON.stringify(options)}`, async (t) => {
      const sdk = instrumented(t, options);
      await handle(about);
      const span = sdk.span('process orders');
      assert.deepEqual(
        span.links.map((link) => [link.context.traceId, link.attributes?.['messaging.message.id']]),
        [
          [TRACE_A, 'm1'],
          [TRACE_B, 'm2'],
        ],
      );
      assert.equal(span.attributes['messaging.batch.message_count'], 3);
      assert.equal('messaging.message.id' in span.attributes, false);
      assert.equal('messaging.message.conversation_id' in span.attributes, false);
    });
  }

  test('has only the baggage that all messages carry', async (t) => {
    instrumented(t);
    assert.deepEqual((await handle(about)).baggage, { tenant: 'acme' });
    const unlike = { ...about, batchHeaders: [...batch, sentWith({ 'message-id': 'm4' })] };
    assert.deepEqual((await handle(unlike)).baggage, {});
  });
});

describe('the span of a handler that fails', () => {
  test('has the class of the error, or its code if it is ours', async (t) => {
    const sdk = instrumented(t);
    const failures = [
      [new TypeError('no customer'), 'TypeError'],
      [new UnrecoverableError('never'), 'STOMP_LISTEN_UNRECOVERABLE'],
      ['a text', '_OTHER'],
      [Object.assign(new Error('x'), { name: 'order 4711 of ada@example.org' }), '_OTHER'],
    ] as const;
    for (const [failure] of failures) await assert.rejects(handle({}, failure));
    assert.deepEqual(
      sdk.spans().map((span) => span.attributes['error.type']),
      failures.map(([, expected]) => expected),
    );
    const [first] = sdk.spans();
    assert.deepEqual(first?.status, { code: SpanStatusCode.ERROR, message: 'no customer' });
    assert.equal(first?.events[0]?.name, 'exception');
  });

  test('keeps the texts of errors to itself if it shall', async (t) => {
    const sdk = instrumented(t, { errorMessages: false });
    await assert.rejects(handle({}, new TypeError('card 4111 refused')));
    const { status, events, attributes } = sdk.span('process orders');
    assert.deepEqual(status, { code: SpanStatusCode.ERROR });
    assert.deepEqual(events, []);
    assert.equal(attributes['error.type'], 'TypeError');
  });
});

describe('the instrumentation', () => {
  test('takes the clock that it is given for the metric of handlers', async (t) => {
    let nowMs = 1_000;
    const sdk = instrumented(t, {}, { now: () => nowMs });
    await traceProcess(processTrace(), async () => {
      nowMs += 300;
    });
    await assert.rejects(handle({ subscribedTo: '/queue/orders.*' }, new TypeError('no')));
    const [good, bad] = await sdk.points('messaging.process.duration');
    assert.deepEqual(good?.attributes, {
      'messaging.system': 'activemq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'server.address': '127.0.0.1',
      'server.port': 61613,
    });
    const histogram = good?.value as Histogram | undefined;
    assert.equal(histogram?.sum, 0.3);
    const expected = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    assert.deepEqual(histogram?.buckets.boundaries, expected);
    assert.equal(bad?.attributes['error.type'], 'TypeError');
    assert.equal(bad?.attributes['messaging.destination.template'], 'orders.*');
  });

  for (const [optIn, former] of [
    ['messaging/dup', 'process'],
    ['http, messaging/dup', 'process'],
    ['messaging', undefined],
    [undefined, undefined],
  ] as const) {
    test(`with OTEL_SEMCONV_STABILITY_OPT_IN=${optIn} has the former name: ${former}`, async (t) => {
      const sdk = instrumented(t, {}, { env: { OTEL_SEMCONV_STABILITY_OPT_IN: optIn } });
      await handle({});
      const { attributes } = sdk.span('process orders');
      assert.equal(attributes['messaging.operation'], former);
      assert.equal(attributes['messaging.operation.name'], 'process');
    });
  }

  test('ends with disable, and so do the spans of what still runs', async (t) => {
    const sdk = startSdk(t);
    const instrumentation = instrument();
    let finish: () => void = () => undefined;
    const running = traceProcess(
      processTrace(),
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    instrumentation.disable();
    instrumentation.disable();
    assert.equal(sdk.spans().length, 1);
    finish();
    await running;
    await handle({});
    assert.equal(sdk.spans().length, 1);
  });

  test('that fails itself is told to the diagnostic log and hurts no handler', async (t) => {
    startSdk(t);
    const told: unknown[] = [];
    const log = (...given: unknown[]) => told.push(given);
    diag.setLogger({ error: log, warn: log, info() {}, debug() {}, verbose() {} });
    t.after(() => diag.disable());
    const broken = {
      getTracer: () => ({
        startSpan() {
          throw new Error('out of order');
        },
        startActiveSpan() {
          throw new Error('out of order');
        },
      }),
    };
    const instrumentation = instrument({ tracerProvider: broken });
    t.after(() => instrumentation.disable());
    assert.deepEqual((await handle({ headers: SENT })).baggage, {});
    assert.match(JSON.stringify(told), /stompbox:process could not be followed/);
    assert.equal(context.active(), ROOT_CONTEXT);
  });
});
