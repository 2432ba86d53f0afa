/** The service's own metrics: what there is, by names that OpenTelemetry and Prometheus adapt. */

export interface MetricDefinition {
  /** Words in the order of OpenTelemetry, with dots. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly MetricLabel[];
}

export type MetricLabel =
  | 'listener'
  | 'destination'
  | 'reason'
  | 'by'
  | 'next'
  | 'outcome'
  | 'state';
export type Labels = Partial<Readonly<Record<MetricLabel, string>>>;

export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds, in seconds. */
  readonly buckets: readonly number[];
}

/** Of OpenTelemetry's conventions for messaging. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
/** A message may wait for hours. */
const AGE_BUCKETS: readonly number[] = [
  0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400,
];

const OF_LISTENER = ['listener', 'destination'] as const;

export const COUNTERS = {
  sent: {
    name: 'sent.messages',
    help: 'Messages of the application that the broker has confirmed',
    labels: ['destination'],
  },
  sendFailed: {
    name: 'send.failures',
    help: 'Messages of the application that could not be sent, by the code of the error',
    labels: ['destination', 'reason'],
  },
  received: {
    name: 'received.messages',
    help: 'Messages whose handler was called',
    labels: OF_LISTENER,
  },
  consumed: {
    name: 'consumed.messages',
    help: 'Messages that were handled, and whose acknowledgement the broker has confirmed',
    labels: OF_LISTENER,
  },
  attemptFailed: {
    name: 'failed.attempts',
    help: 'Calls of a handler that failed, by what follows',
    labels: [...OF_LISTENER, 'next'],
  },
  retried: {
    name: 'retries',
    help: 'Further tries of a message, by who keeps it until then',
    labels: [...OF_LISTENER, 'by'],
  },
  deadLettered: {
    name: 'dead_lettered.messages',
    help: 'Messages that were moved to a dead letter queue',
    labels: OF_LISTENER,
  },
  duplicate: {
    name: 'duplicates',
    help: 'Messages that had been handled before and were only acknowledged',
    labels: OF_LISTENER,
  },
  redelivered: {
    name: 'redeliveries',
    help: 'Messages that the broker had offered before',
    labels: OF_LISTENER,
  },
  settleFailed: {
    name: 'settle.failures',
    help: 'Acknowledgements, retries and dead letters that failed and are tried again',
    labels: OF_LISTENER,
  },
  reconnected: {
    name: 'connection.reconnects',
    help: 'Connections after a loss, by the code of the error that caused it',
    labels: ['reason'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export const HISTOGRAMS = {
  receipt: {
    name: 'send.receipt.duration',
    help: 'Time from the call of send to the receipt of the broker',
    labels: ['destination'],
    buckets: DURATION_BUCKETS,
  },
  handler: {
    name: 'handler.duration',
    help: 'Time that handlers take, by their outcome',
    labels: [...OF_LISTENER, 'outcome'],
    buckets: DURATION_BUCKETS,
  },
  age: {
    name: 'message.age',
    help: 'Time from the sending of a message until it was handled, retries included',
    labels: OF_LISTENER,
    buckets: AGE_BUCKETS,
  },
} as const satisfies Readonly<Record<string, HistogramDefinition>>;

export const GAUGES = {
  connectionUp: {
    name: 'connection.up',
    help: '1 while there is a connection to the broker',
    labels: [],
  },
  sending: {
    name: 'sends.in_flight',
    help: 'Sends that wait for their receipt',
    labels: [],
  },
  handling: {
    name: 'handlers.in_flight',
    help: 'Handlers that run',
    labels: OF_LISTENER,
  },
  waiting: {
    name: 'messages.waiting',
    help: 'Messages that have arrived and wait for a free handler',
    labels: OF_LISTENER,
  },
  settling: {
    name: 'messages.settling',
    help: 'Messages that wait for the broker to confirm what follows on their handling',
    labels: OF_LISTENER,
  },
  subscribed: {
    name: 'subscriptions.confirmed',
    help: 'Subscriptions that the broker has confirmed on the connection of now',
    labels: OF_LISTENER,
  },
  circuit: {
    name: 'circuit.state',
    help: '1 for the state that the circuit is in',
    labels: [...OF_LISTENER, 'state'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;
