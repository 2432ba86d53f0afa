/**
 * Traces by OpenTelemetry, each finished span a line. A real service hands the spans to a collector: only
 * the exporter would be another one. Called before the first message.
 */
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { instrument } from 'stompbox/otel';

export function startTracing(write: (line: string) => void): void {
  const exporter: SpanExporter = {
    export(spans, done) {
      for (const span of spans) write(lineOf(span));
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  instrument();
}

/** For the outbox: its relay sends outside of the request or handler that puts a message in. */
export function currentTrace(): { readonly traceparent: string; readonly tracestate?: string } {
  const headers = { traceparent: '' };
  propagation.inject(context.active(), headers);
  return headers;
}

function lineOf(span: ReadableSpan): string {
  const { name, duration, links, status, parentSpanContext } = span;
  const { traceId, spanId } = span.spanContext();
  const ms = (duration[0] * 1e3 + duration[1] / 1e6).toFixed(1);
  const parent = parentSpanContext === undefined ? '' : ` parent=${parentSpanContext.spanId}`;
  const linked = links.map((link) => ` link=${link.context.traceId}`).join('');
  const failure = status.message === undefined ? '' : ` error=${JSON.stringify(status.message)}`;
  return `span ${name}, ${ms} ms, trace=${traceId} span=${spanId}${parent}${linked}${failure}\n`;
}
