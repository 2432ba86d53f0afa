/**
 * The metrics of an outbox and of the relay that empties it. What is in the table is read once per
 * scrape, by `status()`; what the relay sends is counted as it tells it.
 *
 * While the database does not answer, what is in the table is unknown: its gauges are left out then, and
 * all other metrics of the registry stay. Why, the relay says itself (its log, the event `trouble`).
 */
import { Counter, Gauge } from 'prom-client';
import type { OutboxStatus } from '../outbox/outbox-control.js';
import type { Relay } from '../outbox/relay.js';
import {
  assertFree,
  metricsIn,
  type PrometheusMetrics,
  type PrometheusMetricsOptions,
  resolveMetricsOptions,
} from './metrics-registry.js';

const CALL = 'relayMetrics()';
const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly read: (status: OutboxStatus) => number;
}[] = [
  {
    name: 'outbox_pending_messages',
    help: 'Messages in the table that are still to be sent',
    read: ({ pendingCount }) => pendingCount,
  },
  {
    name: 'outbox_oldest_pending_age_seconds',
    help: 'How long the oldest of these has waited',
    read: ({ oldestPendingAgeMs }) => oldestPendingAgeMs / 1_000,
  },
  {
    name: 'outbox_failed_messages',
    help: 'Messages in the table that were given up and wait for a person',
    read: ({ failedCount }) => failedCount,
  },
];
const SENT = 'outbox_sent_messages_total';

/**
 * @throws OptionsError `STOMP_OPT_INVALID`, also when the registry has a metric of such a name, as of
 *   another relay; `STOMP_OPT_UNKNOWN`.
 */
export function relayMetrics(
  relay: Pick<Relay, 'status' | 'onEvent'>,
  options: PrometheusMetricsOptions = {},
): PrometheusMetrics {
  const { registry, prefix } = resolveMetricsOptions(options, CALL);
  const names = [...GAUGES.map(({ name }) => `${prefix}${name}`), `${prefix}${SENT}`];
  assertFree(registry, names, CALL);
  const registers = [registry];
  const status = sharedStatus(relay);
  for (const { name, help, read } of GAUGES) {
    new Gauge({
      name: `${prefix}${name}`,
      help,
      registers,
      async collect() {
        const now = await status();
        if (now === undefined) this.remove();
        else this.set(read(now));
      },
    });
  }
  const help = 'Messages that this relay has sent and that the broker has confirmed';
  const sent = new Counter({ name: `${prefix}${SENT}`, help, registers });
  const unfollow = relay.onEvent(({ type }) => {
    if (type === 'sent') sent.inc();
  });
  return metricsIn(registry, () => {
    unfollow();
    for (const name of names) registry.removeSingleMetric(name);
  });
}

/** Gauges that are read at once ask the database once; undefined when it does not answer. */
function sharedStatus(relay: Pick<Relay, 'status'>): () => Promise<OutboxStatus | undefined> {
  let asking: Promise<OutboxStatus | undefined> | undefined;
  return () => {
    asking ??= relay
      .status()
      .catch(() => undefined)
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
}
