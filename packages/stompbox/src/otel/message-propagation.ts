/**
 * Trace context and baggage in the headers of messages, by the propagator that is registered with the
 * API: for W3C's, `traceparent`, `tracestate` and `baggage`, as plain STOMP headers.
 */
import {
  type Baggage,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { FrameHeaders } from '@stompbox/protocol';

const GETTER: TextMapGetter<FrameHeaders> = {
  get: (headers, name) => headers.get(name),
  keys: (headers) => [...headers].map(([name]) => name),
};
const SETTER: TextMapSetter<Record<string, string>> = {
  set: (headers, name, value) => {
    headers[name] = value;
  },
};

/** Writes the context into the headers of a message that is about to be sent. */
export function injectContext(sending: Context, headers: Record<string, string>): void {
  const injected: Record<string, string> = {};
  propagation.inject(sending, injected, SETTER);
  // A tracestate belongs to its traceparent, so one that was there already must not stay alone.
  if ('traceparent' in injected) Reflect.deleteProperty(headers, 'tracestate');
  Object.assign(headers, injected);
}

export interface ReceivedContext {
  /** A span of these messages begins in it; it has their baggage. */
  readonly context: Context;
  readonly links: readonly Link[];
}

export interface Ancestry {
  readonly parent: boolean;
  readonly newRoot: boolean;
}

/**
 * Where a span of received messages belongs.
 * @param messages headers of one message, or of those of a batch
 */
export function receivedContext(
  messages: readonly FrameHeaders[],
  { parent, newRoot }: Ancestry,
): ReceivedContext {
  const ambient = newRoot ? ROOT_CONTEXT : context.active();
  const empty = trace.deleteSpan(ambient);
  const senders = messages.map((headers) => propagation.extract(empty, headers, GETTER));
  const [sender] = senders;
  if (parent && senders.length === 1 && sender !== undefined && isTraced(sender)) {
    return { context: sender, links: [] };
  }
  const carried = sender !== undefined && senders.length === 1 ? sender : joined(empty, senders);
  const span = trace.getSpan(ambient);
  return {
    context: span === undefined ? trace.deleteSpan(carried) : trace.setSpan(carried, span),
    links: senders.flatMap((one, index) => linkTo(one, messages[index]?.get('message-id'))),
  };
}

function isTraced(sender: Context): boolean {
  return trace.getSpanContext(sender) !== undefined;
}

function linkTo(sender: Context, messageId: string | undefined): Link[] {
  const linked = trace.getSpanContext(sender);
  if (linked === undefined) return [];
  if (messageId === undefined) return [{ context: linked }];
  return [{ context: linked, attributes: { 'messaging.message.id': messageId } }];
}

/** Baggage of a batch: what all its messages carry, so that none gets what belongs to another. */
function joined(empty: Context, senders: readonly Context[]): Context {
  const [first, ...others] = senders.map((sender) => propagation.getBaggage(sender));
  if (first === undefined) return empty;
  const different = first
    .getAllEntries()
    .filter(([name, { value }]) => !others.every((other) => valueIn(other, name) === value))
    .map(([name]) => name);
  return propagation.setBaggage(empty, first.removeEntries(...different));
}

function valueIn(baggage: Baggage | undefined, name: string): string | undefined {
  return baggage?.getEntry(name)?.value;
}
