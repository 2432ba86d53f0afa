/** Calls a handler once, within its time, and says how it went. */

import { withCorrelationId } from '../correlation/correlation.js';
import { errorText } from '../failure/error-text.js';
import { HandlerTimeoutError } from '../failure/failure-errors.js';
import { isProcessTraced, traceProcess } from '../tracing/process-channel.js';
import type { DeliveryContext } from './delivery-context.js';
import type { HandlerSignal } from './handler-signal.js';
import type { ListenerRuntime } from './listener-runtime.js';
import { processTrace } from './process-trace.js';

export type AttemptOutcome =
  | { readonly kind: 'handled'; readonly result: unknown; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly durationMs: number };

export interface Attempt {
  readonly runtime: ListenerRuntime;
  /** One, or those of a batch. */
  readonly contexts: readonly DeliveryContext[];
  /** A body, or the list of them. */
  readonly body: unknown;
  readonly signal: HandlerSignal;
}

/** Never rejects. */
export async function runAttempt(attempt: Attempt): Promise<AttemptOutcome> {
  const { runtime, contexts } = attempt;
  const begunAtMs = runtime.clock.now();
  const ended = () => runtime.clock.now() - begunAtMs;
  const { timeoutMs } = runtime.options;
  const run = () =>
    timeoutMs === undefined ? call(attempt) : withinTime(attempt, call(attempt), timeoutMs);
  try {
    const result = await (isProcessTraced()
      ? traceProcess(processTrace(runtime, contexts), run)
      : run());
    return { kind: 'handled', result, durationMs: ended() };
  } catch (error) {
    return { kind: 'failed', error, durationMs: ended() };
  }
}

async function call({ runtime, contexts, body }: Attempt): Promise<unknown> {
  const [context] = contexts;
  if (context === undefined) return undefined;
  const { target } = runtime.listener;
  return await withCorrelationId(context.correlationId, () => target.onMessage(body, context));
}

async function withinTime(
  attempt: Attempt,
  handling: Promise<unknown>,
  timeoutMs: number,
): Promise<unknown> {
  const { runtime, signal } = attempt;
  let cancel: () => void = () => undefined;
  const timedOut = new Promise<never>((_resolve, reject) => {
    cancel = runtime.clock.setTimer(() => {
      const error = new HandlerTimeoutError(runtime.listener.name, timeoutMs);
      signal.abort(error);
      reject(error);
      reportLate(attempt, handling);
    }, timeoutMs);
  });
  try {
    return await Promise.race([handling, timedOut]);
  } finally {
    cancel();
  }
}

/** What comes of a handler after its time counts no more, but nobody should have to guess. */
function reportLate({ runtime, contexts }: Attempt, handling: Promise<unknown>): void {
  const { logger, listener } = runtime;
  const id = contexts[0]?.messageId;
  handling.then(
    () => logger.warn(`${listener.name} finished with message ${id} after its time was over`),
    (error) => logger.warn(`${listener.name} failed after its time was over: ${errorText(error)}`),
  );
}
