/**
 * The metrics of a service for Prometheus, kept with prom-client: counters and histograms follow the
 * service's events, gauges read its snapshot whenever they are asked for.
 */
import { OptionsError } from '@stompbox/protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import * as v from 'valibot';
import type { Messaging } from '../messaging.js';
import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
  type MetricDefinition,
} from '../metrics/metric-definitions.js';
import { readGauges } from '../metrics/service-gauges.js';
import { ServiceLabels } from '../metrics/service-labels.js';
import { followService } from '../metrics/service-metrics.js';
import { expected, parseOptions } from '../options.js';

export interface PrometheusMetricsOptions {
  /** Where the metrics are put, for example prom-client's `register`. Default: one of their own. */
  readonly registry?: Registry | undefined;
  /** What their names begin with: letters, digits and `_`. Default `stompbox_`. */
  readonly prefix?: string | undefined;
}

export interface PrometheusMetrics {
  readonly registry: Registry;
  /** The value for the header `Content-Type` of an answer with `text()`. */
  readonly contentType: string;
  /** All metrics of the registry, in the text format of Prometheus. */
  text(): Promise<string>;
  /** Follows the service no longer, and takes the metrics out of the registry. */
  close(): void;
}

const metricsOptions = v.strictObject({
  registry: v.optional(
    expected<Registry>("a Registry of prom-client's", (value) => isRegistry(value)),
  ),
  prefix: v.optional(
    expected<string>(
      'a text of letters, digits and _ that does not begin with a digit',
      (value) => typeof value === 'string' && /^(?:[A-Za-z_]\w*)?$/.test(value),
    ),
  ),
});

/**
 * @throws OptionsError `STOMP_OPT_INVALID`, also when the registry has a metric of such a name, as of
 *   another service; `STOMP_OPT_UNKNOWN`.
 */
export function prometheusMetrics(
  messaging: Pick<Messaging, 'onEvent' | 'snapshot'>,
  options: PrometheusMetricsOptions = {},
): PrometheusMetrics {
  const place = {
    describe: (key: string) => `The option "${key}" of prometheusMetrics()`,
  };
  const { registry = new Registry(), prefix = 'stompbox_' } = parseOptions(
    metricsOptions,
    options,
    place,
  );
  const labels = new ServiceLabels();
  const kept = new KeptMetrics(registry, prefix, () => readGauges(messaging.snapshot(), labels));
  const unfollow = followService(messaging, { sink: kept, labels });
  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: () => {
      unfollow();
      kept.remove();
    },
  };
}

class KeptMetrics {
  readonly #registry: Registry;
  readonly #counters = new Map<CounterName, Counter>();
  readonly #histograms = new Map<HistogramName, Histogram>();
  readonly #names: readonly string[];

  constructor(registry: Registry, prefix: string, read: () => ReturnType<typeof readGauges>) {
    this.#registry = registry;
    const counterName = (of: MetricDefinition) => `${prefix}${plain(of.name)}_total`;
    const histogramName = (of: MetricDefinition) => `${prefix}${plain(of.name)}_seconds`;
    const gaugeName = (of: MetricDefinition) => `${prefix}${plain(of.name)}`;
    this.#names = [
      ...Object.values(COUNTERS).map(counterName),
      ...Object.values(HISTOGRAMS).map(histogramName),
      ...Object.values(GAUGES).map(gaugeName),
    ];
    this.#assertFree();
    const registers = [registry];
    for (const [key, of] of entriesOf(COUNTERS)) {
      const { help, labels: labelNames } = of;
      const counter = new Counter({ name: counterName(of), help, labelNames, registers });
      this.#counters.set(key, counter);
    }
    for (const [key, of] of entriesOf(HISTOGRAMS)) {
      const { help, labels: labelNames } = of;
      const name = histogramName(of);
      const buckets = [...of.buckets];
      this.#histograms.set(key, new Histogram({ name, help, labelNames, buckets, registers }));
    }
    for (const [key, of] of entriesOf(GAUGES)) {
      const { help, labels: labelNames } = of;
      const collect = collectorOf(key, read);
      new Gauge({ name: gaugeName(of), help, labelNames, registers, collect });
    }
  }

  count(counter: CounterName, labels: Readonly<Record<string, string>>): void {
    this.#counters.get(counter)?.inc(labels);
  }

  observe(
    histogram: HistogramName,
    labels: Readonly<Record<string, string>>,
    seconds: number,
  ): void {
    this.#histograms.get(histogram)?.observe(labels, seconds);
  }

  remove(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name);
  }

  /** Else prom-client would have some of the metrics registered before it finds out. */
  #assertFree(): void {
    const taken = this.#names.find((name) => this.#registry.getSingleMetric(name) !== undefined);
    if (taken === undefined) return;
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The registry given to prometheusMetrics() already has a metric ${taken}: give each service a ` +
        'prefix or a registry of its own',
    );
  }
}

/** What a gauge does when it is asked for: forgets what is no more the case, and reads. */
function collectorOf(gauge: GaugeName, read: () => ReturnType<typeof readGauges>) {
  return function collect(this: Gauge): void {
    this.reset();
    for (const reading of read()) {
      if (reading.gauge === gauge) this.set(reading.labels, reading.value);
    }
  };
}

function entriesOf<K extends string, D>(definitions: Readonly<Record<K, D>>): [K, D][] {
  return Object.entries(definitions) as [K, D][];
}

function plain(name: string): string {
  return name.replaceAll('.', '_');
}

/** By what it can do, because a program may have a copy of prom-client of its own. */
function isRegistry(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['registerMetric', 'getSingleMetric', 'removeSingleMetric', 'metrics'].every(
      (name) => name in value,
    )
  );
}
