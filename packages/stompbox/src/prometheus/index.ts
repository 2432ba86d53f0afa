export type { PrometheusMetrics, PrometheusMetricsOptions } from './metrics-registry.js';
export { prometheusMetrics } from './prometheus-metrics.js';
export { relayMetrics } from './relay-metrics.js';
