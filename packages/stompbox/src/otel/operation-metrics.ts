/** The metrics of OpenTelemetry's conventions for messaging. Durations are in seconds. */
import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { DURATION_BUCKETS } from '../metrics/metric-definitions.js';

export class OperationMetrics {
  readonly #operationDuration: Histogram;
  readonly #processDuration: Histogram;
  readonly #sent: Counter;
  readonly #consumed: Counter;

  constructor(meter: Meter) {
    const durations = {
      unit: 's',
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    };
    this.#operationDuration = meter.createHistogram('messaging.client.operation.duration', {
      ...durations,
      description: 'Time until the broker has confirmed what a producer or consumer did',
    });
    this.#processDuration = meter.createHistogram('messaging.process.duration', {
      ...durations,
      description: 'Time that handlers take',
    });
    this.#sent = meter.createCounter('messaging.client.sent.messages', {
      unit: '{message}',
      description: 'Messages that were sent, those that failed included',
    });
    this.#consumed = meter.createCounter('messaging.client.consumed.messages', {
      unit: '{message}',
      description: 'Messages that the application was given',
    });
  }

  countSent(attributes: Attributes): void {
    this.#sent.add(1, attributes);
  }

  countConsumed(attributes: Attributes): void {
    this.#consumed.add(1, attributes);
  }

  recordOperation(seconds: number, attributes: Attributes): void {
    this.#operationDuration.record(seconds, attributes);
  }

  recordProcess(seconds: number, attributes: Attributes): void {
    this.#processDuration.record(seconds, attributes);
  }
}
