/** What each operation of a tracing channel comes to: its span and its metrics. */
import { type Attributes, type Context, context, type Span, trace } from '@opentelemetry/api';
import type { ReceiveTrace, SendTrace, SettleTrace, TraceOrigin } from '@stompbox/client';
import type { FrameHeaders } from '@stompbox/protocol';
import { LimitedNames } from '../metrics/limited-names.js';
import type { ProcessTrace } from '../tracing/process-channel.js';
import type { FollowedOperation, OperationFailure } from './follow-channel.js';
import type { ResolvedInstrument } from './instrument-options.js';
import {
  ACK,
  destinationAttributes,
  errorType,
  metricDestination,
  NACK,
  type OperationKind,
  operationAttributes,
  PROCESS,
  RECEIVE,
  SEND,
  spanName,
} from './message-attributes.js';
import { injectContext, receivedContext } from './message-propagation.js';
import type { OperationMetrics } from './operation-metrics.js';
import type { OperationSpans } from './operation-spans.js';
import { SettleParents } from './settle-parents.js';

export interface MessageOperationsParts {
  readonly options: ResolvedInstrument;
  readonly spans: OperationSpans;
  readonly metrics: OperationMetrics;
  readonly now: () => number;
}

export class MessageOperations {
  readonly #parts: MessageOperationsParts;
  readonly #names = new LimitedNames();
  readonly #settleParents = new SettleParents();

  constructor(parts: MessageOperationsParts) {
    this.#parts = parts;
  }

  send(about: SendTrace): FollowedOperation {
    const { spans, metrics } = this.#parts;
    const { destination } = about;
    const begun = spans.begin({
      operation: SEND,
      name: spanName(SEND, destination),
      attributes: {
        ...operationAttributes(SEND, about),
        ...destinationAttributes(destination),
      },
      within: context.active(),
    });
    injectContext(begun.context, about.headers);
    return this.#followed(begun, (seconds, failed) => {
      const attributes = { ...this.#metricAttributes(SEND, about, destination), ...failed };
      metrics.countSent(attributes);
      metrics.recordOperation(seconds, attributes);
    });
  }

  process(about: ProcessTrace): FollowedOperation {
    const { spans, metrics, options } = this.#parts;
    const { destination, subscribedTo, peer } = about;
    const received = receivedContext(messagesOf(about), options);
    const begun = spans.begin({
      operation: PROCESS,
      name: spanName(PROCESS, destination, subscribedTo),
      attributes: { ...operationAttributes(PROCESS, about), ...processAttributes(about) },
      within: received.context,
      links: received.links,
    });
    for (const id of messageIdsOf(about)) {
      this.#settleParents.remember(peer, id, begun.span.spanContext());
    }
    return this.#followed(begun, (seconds, failed) => {
      const attributes = this.#metricAttributes(PROCESS, about, destination, subscribedTo);
      metrics.recordProcess(seconds, { ...attributes, ...failed });
    });
  }

  receive(about: ReceiveTrace): FollowedOperation | undefined {
    const { spans, metrics, options } = this.#parts;
    const { destination, headers, messageId } = about;
    metrics.countConsumed(this.#metricAttributes(RECEIVE, about, destination));
    if (!options.receive) return undefined;
    const received = receivedContext([headers], options);
    const begun = spans.begin({
      operation: RECEIVE,
      name: spanName(RECEIVE, destination),
      attributes: {
        ...operationAttributes(RECEIVE, about),
        ...destinationAttributes(destination),
        'messaging.message.id': messageId,
        ...conversation(headers.get('correlation-id')),
      },
      within: received.context,
      links: received.links,
    });
    return this.#followed(begun, () => undefined);
  }

  settle(about: SettleTrace): FollowedOperation {
    const { spans, metrics, options } = this.#parts;
    const { command, destination, messageId, peer } = about;
    const operation = command === 'ACK' ? ACK : NACK;
    const record = (seconds: number, failed: Attributes) => {
      if (!('error.type' in failed)) this.#settleParents.forget(peer, messageId);
      const attributes = this.#metricAttributes(operation, about, destination);
      metrics.recordOperation(seconds, { ...attributes, ...failed });
    };
    if (!options.settle) return this.#followed({ context: context.active() }, record);
    const handled = this.#settleParents.find(peer, messageId);
    const active = context.active();
    const begun = spans.begin({
      operation,
      name: spanName(operation, destination),
      attributes: {
        ...operationAttributes(operation, about),
        ...destinationAttributes(destination),
        'messaging.message.id': messageId,
      },
      within: handled === undefined ? active : trace.setSpanContext(active, handled),
    });
    return this.#followed(begun, record);
  }

  /** @param record gets the duration, and `error.type` if it failed */
  #followed(
    begun: { readonly span?: Span; readonly context: Context },
    record: (seconds: number, failed: Attributes) => void,
  ): FollowedOperation {
    const { spans, now } = this.#parts;
    const begunAtMs = now();
    return {
      context: begun.context,
      end: (failure: OperationFailure | undefined) => {
        record((now() - begunAtMs) / 1_000, failedAttributes(failure));
        if (begun.span !== undefined) spans.end(begun.span, failure);
      },
    };
  }

  #metricAttributes(
    operation: OperationKind,
    about: TraceOrigin,
    destination: string,
    subscribedTo?: string,
  ): Attributes {
    return {
      ...operationAttributes(operation, about),
      ...metricDestination(destination, (name) => this.#names.of(name), subscribedTo),
    };
  }
}

function failedAttributes(failure: OperationFailure | undefined): Attributes {
  return failure === undefined ? {} : { 'error.type': errorType(failure.error) };
}

function processAttributes(about: ProcessTrace): Attributes {
  const { destination, subscribedTo, durable, clientId, batchSize } = about;
  const { listener, attempt, maxAttempts, messageId, correlationId } = about;
  return {
    ...destinationAttributes(destination, subscribedTo),
    ...(durable === undefined ? {} : { 'messaging.destination.subscription.name': durable }),
    ...(clientId === undefined ? {} : { 'messaging.client.id': clientId }),
    // A batch has as many ids as messages: they are at its links.
    ...(batchSize === undefined
      ? { 'messaging.message.id': messageId, ...conversation(correlationId) }
      : { 'messaging.batch.message_count': batchSize }),
    'stompbox.listener': listener,
    'stompbox.attempt': attempt,
    'stompbox.max_attempts': maxAttempts,
  };
}

function conversation(correlationId: string | undefined): Attributes {
  return correlationId === undefined ? {} : { 'messaging.message.conversation_id': correlationId };
}

function messagesOf({ headers, batchHeaders }: ProcessTrace): readonly FrameHeaders[] {
  return batchHeaders ?? [headers];
}

function messageIdsOf({ messageId, batchHeaders }: ProcessTrace): readonly string[] {
  const ids = batchHeaders?.map((headers) => headers.get('message-id'));
  return ids?.filter((id) => id !== undefined) ?? [messageId];
}
