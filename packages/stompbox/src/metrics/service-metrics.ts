/**
 * Turns the events of a service into counts and times; `stompbox/otel` and `stompbox/prometheus` keep
 * them. What is the case now is no event: see service-gauges.ts.
 */
import { StompError } from '@stompbox/protocol';
import type { Messaging } from '../messaging.js';
import type { ListenerEventBase, MessagingEvent } from '../messaging-event.js';
import { messageAgeMs } from './message-age.js';
import type { CounterName, HistogramName, Labels } from './metric-definitions.js';
import type { ServiceLabels } from './service-labels.js';

/** What keeps the metrics. */
export interface MetricSink {
  count(counter: CounterName, labels: Labels): void;
  observe(histogram: HistogramName, labels: Labels, seconds: number): void;
}

export interface ServiceMetricsParts {
  readonly sink: MetricSink;
  readonly labels: ServiceLabels;
  /** Milliseconds since the epoch. Default: the system's time. */
  readonly now?: () => number;
}

/** Follows the events until the returned function is called. */
export function followService(
  messaging: Pick<Messaging, 'onEvent'>,
  parts: ServiceMetricsParts,
): () => void {
  const metrics = new ServiceMetrics(parts);
  return messaging.onEvent((event) => metrics.take(event));
}

class ServiceMetrics {
  readonly #sink: MetricSink;
  readonly #labels: ServiceLabels;
  readonly #now: () => number;
  #lossReason = 'other';

  constructor({ sink, labels, now = Date.now }: ServiceMetricsParts) {
    this.#sink = sink;
    this.#labels = labels;
    this.#now = now;
  }

  take(event: MessagingEvent): void {
    switch (event.type) {
      case 'sent':
      case 'send-failed':
        this.#takeSend(event);
        break;
      case 'connection':
        this.#takeStatus(event);
        break;
      case 'circuit':
      case 'listener-started':
      case 'listener-ended':
        break;
      default:
        this.#takeDelivery(event);
    }
  }

  #takeSend(event: Extract<MessagingEvent, { type: 'sent' | 'send-failed' }>): void {
    const destination = this.#labels.destination(event.destination);
    if (event.type === 'send-failed') {
      this.#sink.count('sendFailed', { destination, reason: reasonOf(event.error) });
      return;
    }
    this.#sink.count('sent', { destination });
    this.#sink.observe('receipt', { destination }, event.durationMs / 1_000);
  }

  #takeStatus({ status }: Extract<MessagingEvent, { type: 'connection' }>): void {
    if (status.type === 'reconnecting') this.#lossReason = reasonOf(status.error);
    if (status.type !== 'connected' || !status.isReconnect) return;
    this.#sink.count('reconnected', { reason: this.#lossReason });
  }

  #takeDelivery(event: Extract<MessagingEvent, ListenerEventBase>): void {
    const labels = this.#labels.listener(event);
    switch (event.type) {
      case 'received':
        this.#sink.count('received', labels);
        if (event.message.isRedelivered) this.#sink.count('redelivered', labels);
        break;
      case 'handled':
        this.#observeHandler(labels, 'success', event.durationMs);
        this.#observeAge(labels, event);
        break;
      case 'attempt-failed':
        this.#observeHandler(labels, 'failure', event.durationMs);
        this.#sink.count('attemptFailed', { ...labels, next: event.next });
        if (event.next === 'immediate-retry') {
          this.#sink.count('retried', { ...labels, by: 'listener' });
        }
        break;
      case 'retried':
        this.#sink.count('retried', { ...labels, by: event.by });
        break;
      case 'dead-lettered':
        this.#sink.count('deadLettered', labels);
        break;
      case 'consumed':
        this.#sink.count('consumed', labels);
        break;
      case 'duplicate':
        this.#sink.count('duplicate', labels);
        break;
      case 'settle-failed':
        this.#sink.count('settleFailed', labels);
        break;
    }
  }

  #observeHandler(labels: Labels, outcome: 'success' | 'failure', durationMs: number): void {
    this.#sink.observe('handler', { ...labels, outcome }, durationMs / 1_000);
  }

  #observeAge(labels: Labels, { message }: ListenerEventBase): void {
    const ageMs = messageAgeMs(message.headers, this.#now());
    if (ageMs !== undefined) this.#sink.observe('age', labels, ageMs / 1_000);
  }
}

/** Codes are few; names and texts of other errors are anybody's. */
function reasonOf(error: unknown): string {
  return error instanceof StompError ? error.code : 'other';
}
