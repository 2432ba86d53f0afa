/** What the tracing channel is told about an attempt. */
import { traceOrigin } from '@stompbox/client';
import type { ProcessTrace } from '../tracing/process-channel.js';
import type { DeliveryContext } from './delivery-context.js';
import type { ListenerRuntime } from './listener-runtime.js';

/** @param contexts at least one */
export function processTrace(
  { listener, plan, options, connection, clientId }: ListenerRuntime,
  contexts: readonly DeliveryContext[],
): ProcessTrace {
  const [first] = contexts;
  if (first === undefined) throw new RangeError('an attempt has at least one message');
  const { destination, messageId, correlationId, attempt, maxAttempts, headers } = first;
  return {
    ...traceOrigin(connection.peer, connection.profile.name),
    listener: listener.name,
    subscribedTo: plan.named,
    destination,
    messageId,
    correlationId,
    attempt,
    maxAttempts,
    headers,
    batchSize: options.batch === undefined ? undefined : contexts.length,
    ...(options.batch && { batchHeaders: contexts.map((context) => context.headers) }),
    durable: options.durable,
    clientId,
  };
}
