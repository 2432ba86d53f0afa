/**
 * The metrics of a service for Prometheus, kept with prom-client: counters and histograms follow the
 * service's events, gauges read its snapshot whenever they are asked for.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
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
import {
  assertFree,
  metricsIn,
  type PrometheusMetrics,
  type PrometheusMetricsOptions,
  resolveMetricsOptions,
} from './metrics-registry.js';

const CALL = 'prometheusMetrics()';

/**
 * @throws OptionsError `STOMP_OPT_INVALID`, also when the registry has a metric of such a name, as of
 *   another service; `STOMP_OPT_UNKNOWN`.
 */
export function prometheusMetrics(
  messaging: Pick<Messaging, 'onEvent' | 'snapshot'>,
  options: PrometheusMetricsOptions = {},
): PrometheusMetrics {
  const { registry, prefix } = resolveMetricsOptions(options, CALL);
  const labels = new ServiceLabels();
  const kept = new KeptMetrics(registry, prefix, () => readGauges(messaging.snapshot(), labels));
  const unfollow = followService(messaging, { sink: kept, labels });
  return metricsIn(registry, () => {
    unfollow();
    kept.remove();
  });
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
    assertFree(registry, this.#names, CALL);
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
