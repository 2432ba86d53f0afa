import { type Frame, type FrameHeaders, ProtocolError, parseDestination } from '@stompbox/protocol';
import { detached } from '../detached.js';
import { parseSelector, type Selector } from '../selector/selector.js';
import type { Session } from '../session.js';
import { type AckMode, Subscription } from '../subscription.js';
import { Topic } from '../topic/topic.js';
import type { AfterReceipt } from './index.js';
import { missingHeader } from './missing-header.js';

/** ActiveMQ's defaults. */
const QUEUE_PREFETCH = 1000;
const TOPIC_PREFETCH = 32_767;

/** Names that clients use for the same thing; the first one present decides. */
const PREFETCH_HEADERS = ['activemq.prefetchSize', 'prefetch-count'];

export function handleSubscribe(session: Session, { headers }: Frame): AfterReceipt {
  const { connection, context, subscriptions } = session;
  const destination = headers.get('destination');
  if (destination === undefined) throw missingHeader('SUBSCRIBE', 'destination');
  const id = headers.get('id');
  // STOMP 1.1, "SUBSCRIBE": "an id header MUST be included in the frame".
  if (id === undefined && connection.version !== '1.0') throw missingHeader('SUBSCRIBE', 'id');
  if (id !== undefined && subscriptions.get(id)) {
    throw new ProtocolError(
      'STOMP_PROTO_DUPLICATE_SUBSCRIPTION',
      `A subscription with the id "${id}" exists on this connection: unsubscribe it, or choose another id`,
    );
  }
  refuseUnsupported(headers);
  const selector = selectorOf(headers, destination);
  const ackMode = ackModeOf(headers);
  const prefetch = prefetchOf(headers);
  const source = context.router.source(detached(destination));
  const defaultPrefetch = source instanceof Topic ? TOPIC_PREFETCH : QUEUE_PREFETCH;
  const subscription = new Subscription(
    {
      id: id === undefined ? undefined : detached(id),
      destination: detached(destination),
      ackMode,
      prefetch: prefetch ?? defaultPrefetch,
      selector,
      serial: subscriptions.nextSerial(),
    },
    source,
    connection,
  );
  subscriptions.add(subscription);
  source.join(subscription);
  // A client that asked for a receipt gets it before the first message, as from ActiveMQ.
  return () => subscription.activate();
}

function selectorOf(headers: FrameHeaders, destination: string): Selector | undefined {
  const text = headers.get('selector');
  if (text === undefined) return undefined;
  const selector = parseSelector(text);
  if (parseDestination(destination).kind === 'topic') return selector;
  throw new ProtocolError(
    'STOMP_PROTO_UNSUPPORTED',
    'A selector on a queue is not supported by this version of the broker; on a topic it is',
  );
}

function ackModeOf(headers: FrameHeaders): AckMode {
  const mode = headers.get('ack') ?? 'auto';
  if (mode === 'auto' || mode === 'client' || mode === 'client-individual') return mode;
  throw new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ack must be auto, client or client-individual, not "${mode.slice(0, 40)}"`,
  );
}

function prefetchOf(headers: FrameHeaders): number | undefined {
  for (const name of PREFETCH_HEADERS) {
    const value = headers.get(name);
    if (value === undefined) continue;
    if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value);
    throw new ProtocolError(
      'STOMP_PROTO_BAD_HEADER',
      `The header ${name} must be a whole number of messages, not "${value.slice(0, 40)}"`,
    );
  }
  return undefined;
}

const WITH_ANY_VALUE = ['transformation', 'activemq.subscriptionName'];
const UNLESS_FALSE = [
  'browser',
  'no-local',
  'activemq.noLocal',
  'activemq.exclusive',
  'activemq.retroactive',
];

/** Ignoring these would hand out messages that the client did not ask for, or take those it only looks at. */
function refuseUnsupported(headers: FrameHeaders): void {
  const unsupported =
    WITH_ANY_VALUE.find((name) => headers.has(name)) ??
    UNLESS_FALSE.find((name) => (headers.get(name) ?? 'false') !== 'false');
  if (unsupported === undefined) return;
  throw new ProtocolError(
    'STOMP_PROTO_UNSUPPORTED',
    `SUBSCRIBE with the header ${unsupported} is not supported by this version of the broker`,
  );
}
