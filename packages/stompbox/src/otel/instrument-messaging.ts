/**
 * The service's own metrics for OpenTelemetry, beside those of the conventions: `stompbox.retries`,
 * `stompbox.message.age` and so on. Counters and histograms follow the events of the service, gauges
 * read its snapshot whenever a reader asks.
 */
import {
  type Attributes,
  type BatchObservableCallback,
  type Meter,
  type MeterProvider,
  metrics,
  type Observable,
} from '@opentelemetry/api';
import * as v from 'valibot';
import type { Messaging } from '../messaging.js';
import {
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  type Labels,
  type MetricDefinition,
  type MetricLabel,
} from '../metrics/metric-definitions.js';
import { readGauges } from '../metrics/service-gauges.js';
import { ServiceLabels } from '../metrics/service-labels.js';
import { followService } from '../metrics/service-metrics.js';
import { parseOptions } from '../options.js';
import { destinationLabel } from '../tracing/destination-label.js';
import type { Instrumentation } from './instrument.js';
import { aMeterProvider } from './instrument-options.js';
import { SCOPE } from './scope.js';

export interface InstrumentMessagingOptions {
  /** Default: the one that is registered with the API. */
  readonly meterProvider?: MeterProvider | undefined;
}

const messagingOptions = v.strictObject({ meterProvider: v.optional(aMeterProvider) });

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function instrumentMessaging(
  messaging: Pick<Messaging, 'onEvent' | 'snapshot'>,
  options: InstrumentMessagingOptions = {},
): Instrumentation {
  const { meterProvider = metrics } = parseOptions(messagingOptions, options, {
    describe: (key) => `The option "${key}" of instrumentMessaging()`,
  });
  const meter = meterProvider.getMeter(SCOPE);
  const labels = new ServiceLabels();
  const counters = mapped(COUNTERS, (of) => meter.createCounter(nameOf(of), textOf(of)));
  const histograms = mapped(HISTOGRAMS, (of) => {
    const advice = { explicitBucketBoundaries: [...of.buckets] };
    return meter.createHistogram(nameOf(of), { ...textOf(of), unit: 's', advice });
  });
  const unfollow = followService(messaging, {
    labels,
    sink: {
      count: (counter, about) => counters[counter].add(1, attributesOf(about)),
      observe: (histogram, about, seconds) =>
        histograms[histogram].record(seconds, attributesOf(about)),
    },
  });
  const unobserve = observeGauges(meter, () => readGauges(messaging.snapshot(), labels));
  return {
    disable: () => {
      unfollow();
      unobserve();
    },
  };
}

function observeGauges(meter: Meter, read: () => ReturnType<typeof readGauges>): () => void {
  const gauges = mapped(
    GAUGES,
    (of): Observable => meter.createObservableUpDownCounter(nameOf(of), textOf(of)),
  );
  const observables = Object.values(gauges);
  const observe: BatchObservableCallback = (result) => {
    for (const { gauge, labels, value } of read()) {
      result.observe(gauges[gauge], value, attributesOf(labels));
    }
  };
  meter.addBatchObservableCallback(observe, observables);
  return () => meter.removeBatchObservableCallback(observe, observables);
}

const ATTRIBUTES: Readonly<Record<MetricLabel, string>> = {
  listener: 'stompbox.listener',
  destination: 'messaging.destination.name',
  reason: 'error.type',
  by: 'stompbox.retry.by',
  next: 'stompbox.next',
  outcome: 'stompbox.outcome',
  state: 'stompbox.circuit.state',
};

function attributesOf(labels: Labels): Attributes {
  const attributes: Attributes = {};
  for (const [label, value] of Object.entries(labels)) {
    // The conventions name destinations without STOMP's prefix.
    const text = label === 'destination' ? destinationLabel(value).name : value;
    attributes[ATTRIBUTES[label as MetricLabel]] = text;
  }
  return attributes;
}

function nameOf({ name }: MetricDefinition): string {
  return `stompbox.${name}`;
}

function textOf({ help }: MetricDefinition): { readonly description: string } {
  return { description: help };
}

function mapped<K extends string, D, R>(
  definitions: Readonly<Record<K, D>>,
  make: (definition: D) => R,
): Readonly<Record<K, R>> {
  const entries = Object.entries(definitions) as [K, D][];
  return Object.fromEntries(entries.map(([key, of]) => [key, make(of)])) as Record<K, R>;
}
