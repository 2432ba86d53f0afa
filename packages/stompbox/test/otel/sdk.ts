/** OpenTelemetry's SDK, registered with the API as in a program; spans and metrics stay in memory. */
import type { TestContext } from 'node:test';
import {
  type Attributes,
  type BaggageEntry,
  context,
  metrics,
  propagation,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export interface Sdk {
  /** Those that have ended, in that order. */
  spans(): readonly ReadableSpan[];
  /** The one span of this name that has ended. */
  span(name: string): ReadableSpan;
  /** The points of a metric so far. */
  points(metric: string): Promise<readonly MetricPoint[]>;
  /** Resolves when so many spans have ended. */
  until(count: number): Promise<readonly ReadableSpan[]>;
}

export interface MetricPoint {
  readonly attributes: Attributes;
  readonly value: unknown;
}

/** An exporter that tells when spans have ended. */
class WaitableExporter extends InMemorySpanExporter {
  #wake: () => void = () => undefined;

  override export(...given: Parameters<InMemorySpanExporter['export']>): void {
    super.export(...given);
    this.#wake();
  }

  async until(count: number): Promise<readonly ReadableSpan[]> {
    while (this.getFinishedSpans().length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.getFinishedSpans();
  }
}

export function startSdk(t: Pick<TestContext, 'after'>): Sdk {
  const exporter = new WaitableExporter();
  const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter });
  const metering = new MeterProvider({ readers: [reader] });
  trace.setGlobalTracerProvider(tracing);
  metrics.setGlobalMeterProvider(metering);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );
  t.after(async () => {
    trace.disable();
    metrics.disable();
    context.disable();
    propagation.disable();
    await tracing.shutdown();
    await metering.shutdown();
  });
  return {
    spans: () => exporter.getFinishedSpans(),
    span: (name) => theOne(exporter.getFinishedSpans(), name),
    until: (count) => exporter.until(count),
    points: async (metric) => {
      metricExporter.reset();
      await reader.forceFlush();
      return metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
        .filter(({ descriptor }) => descriptor.name === metric)
        .flatMap(({ dataPoints }): readonly DataPoint<unknown>[] => dataPoints);
    },
  };
}

function theOne(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  const [span, ...others] = spans.filter((one) => one.name === name);
  if (span === undefined || others.length > 0) {
    const names = spans.map((one) => one.name).join(', ');
    throw new Error(`there is not one span "${name}" among: ${names}`);
  }
  return span;
}

/** Runs `work` under a span of the program's own, with baggage. */
export function withinSpan<T>(
  name: string,
  baggage: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const entries: [string, BaggageEntry][] = Object.entries(baggage).map(([key, value]) => [
    key,
    { value },
  ]);
  const carried = propagation.createBaggage(Object.fromEntries(entries));
  return context.with(propagation.setBaggage(context.active(), carried), () =>
    trace.getTracer('test').startActiveSpan(name, async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    }),
  );
}
