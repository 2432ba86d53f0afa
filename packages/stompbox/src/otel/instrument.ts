/**
 * OpenTelemetry for messages: subscribes to the tracing channels of client and listeners, and makes
 * spans and metrics by the conventions for messaging. It only wires, and needs nothing but the API:
 * without an SDK nothing is recorded.
 */
import { metrics, trace } from '@opentelemetry/api';
import type { ReceiveTrace, SendTrace, SettleTrace } from '@stompbox/client';
import type { ProcessTrace } from '../tracing/process-channel.js';
import { followChannel } from './follow-channel.js';
import { type InstrumentOptions, resolveInstrumentOptions } from './instrument-options.js';
import { MessageOperations } from './message-operations.js';
import { OperationMetrics } from './operation-metrics.js';
import { OperationSpans } from './operation-spans.js';
import { SCOPE } from './scope.js';

export interface Instrumentation {
  /** Follows no longer; spans of what still runs end now. May be called more than once. */
  disable(): void;
}

/** Only tests replace them. */
export interface InstrumentPorts {
  readonly env?: { readonly OTEL_SEMCONV_STABILITY_OPT_IN?: string | undefined };
  /** Milliseconds, by a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * Instruments all connections and listeners of this process. Call it after an SDK was registered, and
 * before the first message.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function instrument(
  options: InstrumentOptions = {},
  { env = process.env, now = () => performance.now() }: InstrumentPorts = {},
): Instrumentation {
  const resolved = resolveInstrumentOptions(options);
  const { tracerProvider = trace, meterProvider = metrics } = resolved;
  const operations = new MessageOperations({
    options: resolved,
    spans: new OperationSpans(tracerProvider.getTracer(SCOPE), {
      withErrorMessages: resolved.errorMessages,
      withFormerNames: wantsFormerNames(env.OTEL_SEMCONV_STABILITY_OPT_IN),
    }),
    metrics: new OperationMetrics(meterProvider.getMeter(SCOPE)),
    now,
  });
  const unfollow = [
    followChannel<SendTrace>('stompbox:send', (about) => operations.send(about)),
    followChannel<ProcessTrace>('stompbox:process', (about) => operations.process(about), {
      isEntered: true,
    }),
    followChannel<ReceiveTrace>('stompbox:receive', (about) => operations.receive(about), {
      isEntered: resolved.receive,
    }),
    followChannel<SettleTrace>('stompbox:settle', (about) => operations.settle(about)),
  ];
  return {
    disable: () => {
      for (const one of unfollow) one();
    },
  };
}

/**
 * The conventions for messaging are not stable yet. We follow those of now in any case; with
 * `messaging/dup`, spans also have what version 1.24 called differently.
 */
function wantsFormerNames(optIn: string | undefined): boolean {
  return (optIn ?? '').split(',').some((item) => item.trim() === 'messaging/dup');
}
