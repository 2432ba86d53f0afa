/**
 * A message on its way through the table: checked and encoded as the service would do it at once, kept
 * as text or bytes with its headers, and sent by the relay with the very same words on the wire.
 */
import { type TraceContext, traceContextOf } from '@stompbox/client';
import { decodeUtf8, encodeUtf8 } from '@stompbox/protocol';
import { currentCorrelationId } from '../correlation/correlation.js';
import { type DestinationLike, destinationText } from '../destination/destination.js';
import {
  type HeaderValue,
  type MessageOptions,
  prepareMessage,
} from '../message/message-options.js';
import {
  type OutboxMessageOptions,
  type OutboxOrder,
  splitMessageOptions,
} from './outbox-options.js';

type Headers = Readonly<Record<string, HeaderValue>>;

export interface OutboxMessage {
  readonly id: string;
  readonly destination: string;
  /** Text is kept as text, so that people can read the table; but no column of text holds NUL. */
  readonly body: string | Uint8Array;
  readonly bodyType: 'text' | 'bytes';
  readonly headers: Headers;
  /** Undefined: in no order. */
  readonly orderKey: string | undefined;
}

export interface MessageContext {
  readonly order: OutboxOrder;
  readonly id: string;
  /** From which `timeToLiveMs` counts. */
  readonly nowMs: number;
  /** In which it is put in. */
  readonly trace: TraceContext | undefined;
}

const DEDUP_HEADER = 'dedup-id';
const DELAY_HEADER = 'AMQ_SCHEDULED_DELAY';

/** @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function outboxMessage(
  to: DestinationLike,
  body: unknown,
  raw: OutboxMessageOptions,
  { order, id, nowMs, trace }: MessageContext,
): OutboxMessage {
  const { orderKey, message } = splitMessageOptions(raw);
  const prepared = prepareMessage(destinationText(to), body, withCorrelation(message), nowMs);
  const { contentLength, contentType, dedupId, headers } = prepared.sendOptions;
  const bodyType = contentLength === 'always' ? 'bytes' : 'text';
  const all: Headers = {
    ...traceHeaders(trace, headers as Headers),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(headers as Headers),
    ...(dedupId === undefined ? {} : { [DEDUP_HEADER]: dedupId }),
  };
  return {
    id,
    destination: prepared.destination,
    body: storable(prepared.body, bodyType),
    bodyType,
    headers: all,
    orderKey: orderKey ?? keyOf(order, prepared.destination, all['JMSXGroupID']),
  };
}

/** As the client: what does not follow the recommendation is left out, and the caller's own comes first. */
function traceHeaders(trace: TraceContext | undefined, given: Headers): Headers {
  if (trace === undefined || 'traceparent' in given) return {};
  return { ...traceContextOf({ headers: new Map(Object.entries(trace)) }) };
}

function storable(body: string | Uint8Array, bodyType: 'text' | 'bytes'): string | Uint8Array {
  if (typeof body !== 'string') return bodyType === 'text' ? decodeUtf8(body) : body;
  return body.includes('\0') ? encodeUtf8(body) : body;
}

/** As the service: that of the request or message in whose course it is put in. */
function withCorrelation(message: MessageOptions): MessageOptions {
  if (message.correlationId !== undefined || message.headers?.['correlation-id'] !== undefined) {
    return message;
  }
  const correlationId = currentCorrelationId();
  return correlationId === undefined ? message : { ...message, correlationId };
}

function keyOf(order: OutboxOrder, destination: string, group: HeaderValue): string | undefined {
  if (order === 'none') return undefined;
  if (order === 'destination') return destination;
  return group === undefined ? undefined : `${destination} ${group}`;
}

/** What the relay gives to `messaging.send`. */
export interface Posting {
  readonly destination: string;
  readonly body: string | Uint8Array;
  readonly options: MessageOptions;
}

export interface PostingContext {
  /** The broker tells a repetition by its id; otherwise the id only travels for the consumers. */
  readonly knowsRepetitions: boolean;
  /** In the table, which a delay need not wait again. */
  readonly waitedMs: number;
  readonly timeoutMs: number;
}

export function postingOf(
  { id, destination, body, bodyType, headers }: OutboxMessage,
  { knowsRepetitions, waitedMs, timeoutMs }: PostingContext,
): Posting {
  const { [DELAY_HEADER]: delay, [DEDUP_HEADER]: given, ...others } = headers;
  const delayLeftMs = Number(delay ?? 0) - waitedMs;
  const dedupId = String(given ?? id);
  return {
    destination,
    body,
    options: {
      bodyType,
      timeoutMs,
      headers: {
        ...others,
        ...(delayLeftMs > 0 ? { [DELAY_HEADER]: delayLeftMs } : {}),
        ...(knowsRepetitions ? {} : { [DEDUP_HEADER]: dedupId }),
      },
      ...(knowsRepetitions ? { dedupId } : {}),
    },
  };
}
