/** Where metrics are kept and what their names begin with: the options that all of them share. */
import { OptionsError } from '@stompbox/protocol';
import { Registry } from 'prom-client';
import * as v from 'valibot';
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
  /** Follows its subject no longer, and takes the metrics out of the registry. */
  close(): void;
}

export type ResolvedPrometheusMetrics = {
  readonly [K in keyof PrometheusMetricsOptions]-?: NonNullable<PrometheusMetricsOptions[K]>;
};

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
 * @param call of the application, for errors
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function resolveMetricsOptions(
  raw: PrometheusMetricsOptions,
  call: string,
): ResolvedPrometheusMetrics {
  const place = { describe: (key: string) => `The option "${key}" of ${call}` };
  const { registry = new Registry(), prefix = 'stompbox_' } = parseOptions(
    metricsOptions,
    raw,
    place,
  );
  return { registry, prefix };
}

/**
 * Else prom-client would have some of the metrics registered before it finds out.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function assertFree(registry: Registry, names: readonly string[], call: string): void {
  const taken = names.find((name) => registry.getSingleMetric(name) !== undefined);
  if (taken === undefined) return;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The registry given to ${call} already has a metric ${taken}: give each one a prefix or a ` +
      'registry of its own',
  );
}

/** What the application holds. @param close takes out what was put in */
export function metricsIn(registry: Registry, close: () => void): PrometheusMetrics {
  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close,
  };
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
