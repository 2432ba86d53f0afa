/**
 * What the headers of a SEND become on its MESSAGE. STOMP leaves user headers alone; the ones below are
 * JMS' own, read here, or the broker's, so that a sender cannot pretend to be it.
 */
import { bodyTypeOf, encodeHeaderLine, type FrameHeaders, ProtocolError } from '@stompbox/protocol';
import { DEFAULT_PRIORITY, TRAITS } from './message.js';
import type { DestinationPolicy } from './policy/destination-policy.js';

/** Never copied from a SEND: they steer the sending, or are set by the broker. */
const BROKERS_OWN: ReadonlySet<string> = new Set([
  'destination',
  'receipt',
  'transaction',
  'message-id',
  'subscription',
  'ack',
  'redelivered',
  'JMSXUserID',
  'JMSXDeliveryCount',
  'JMSRedelivered',
  'content-length',
  'dedup-id',
]);

/** JMS' names for headers that STOMP clients of ActiveMQ write in lower case; what they say wins. */
const JMS_NAMES: ReadonlyMap<string, string> = new Map([
  ['JMSCorrelationID', 'correlation-id'],
  ['JMSExpiration', 'expires'],
  ['JMSPriority', 'priority'],
  ['JMSReplyTo', 'reply-to'],
  ['JMSTimestamp', 'timestamp'],
  ['JMSType', 'type'],
  ['JMSDeliveryMode', 'persistent'],
]);

const MAX_PRIORITY = 9;

/** Whole numbers may be written with a sign and may stand between spaces, as in ActiveMQ. */
const WHOLE_NUMBER = /^\s*[+-]?\d{1,15}\s*$/;

export interface SendHeaders {
  /** Header lines of the MESSAGE after its destination, in STOMP 1.2 escapes. */
  readonly headerLines: string;
  /** Of `TRAITS`. */
  readonly traits: number;
  readonly priority: number;
}

export interface SendContext {
  readonly hasQueue: boolean;
  readonly policy: DestinationPolicy;
  /** ms since 1970, used when the sender gave no timestamp. */
  readonly now: number;
  readonly bodyBytes: number;
  /** The name of the user, when messages are to carry it. */
  readonly userId: string | undefined;
  /** How a reply-to is stored. */
  readonly storedReplyTo: (value: string) => string;
}

/** The headers that the broker understands, as the sender wrote them. */
interface Known {
  timestamp: number | undefined;
  expires: number | undefined;
  priority: number | undefined;
  persistent: string | undefined;
  hasContentLength: boolean;
  traits: number;
  /** `amq-msg-type` may say that it is bytes. */
  hasMessageType: boolean;
  /** What JMS' names say of the same; made when the first one is met. */
  jms: JmsFields | undefined;
}

interface JmsFields {
  timestamp?: number;
  expires?: number;
  priority?: number;
  persistent?: string;
}

/** @throws ProtocolError `STOMP_PROTO_BAD_HEADER` when priority, expires or timestamp is no whole number. */
export function readSendHeaders(headers: FrameHeaders, context: SendContext): SendHeaders {
  const { flat } = headers;
  const known: Known = {
    timestamp: undefined,
    expires: undefined,
    priority: undefined,
    persistent: undefined,
    hasContentLength: false,
    hasMessageType: false,
    traits: 0,
    jms: undefined,
  };
  let userLines = '';
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] as string;
    const value = flat[index + 1] as string;
    userLines += readHeader(known, name, value, headers, context);
  }
  const { policy, now } = context;
  const said = known.jms === undefined ? known : { ...known, ...known.jms };
  const timestamp = said.timestamp ?? now;
  const expires = expiryOf(said.expires, policy, now);
  const priority = Math.max(0, Math.min(MAX_PRIORITY, said.priority ?? DEFAULT_PRIORITY));
  const isPersistent = isKept(said.persistent, policy);
  // A topic keeps nothing but for durable subscriptions; only what was asked for is said there.
  const saysPersistent = context.hasQueue ? isPersistent : said.persistent === 'true';
  return {
    traits:
      known.traits | (isPersistent ? TRAITS.persistent : 0) | (expires === 0 ? 0 : TRAITS.expires),
    priority,
    headerLines:
      `timestamp:${timestamp}\nexpires:${expires}\npriority:${priority}\n` +
      (saysPersistent ? 'persistent:true\n' : '') +
      (context.userId === undefined ? '' : encodeHeaderLine('JMSXUserID', context.userId, '1.2')) +
      userLines +
      (known.hasContentLength || (known.hasMessageType && bodyTypeOf(headers) === 'bytes')
        ? `content-length:${context.bodyBytes}\n`
        : ''),
  };
}

/** Its line for the MESSAGE; empty when it has none, or gets one at its own place. */
function readHeader(
  known: Known,
  name: string,
  value: string,
  headers: FrameHeaders,
  context: SendContext,
): string {
  switch (name) {
    case 'content-length':
      known.hasContentLength = true;
      return '';
    case 'amq-msg-type':
      known.hasMessageType = true;
      return encodeHeaderLine(name, value, '1.2');
    case 'persistent':
      known.persistent ??= value;
      return '';
    case 'timestamp':
    case 'expires':
    case 'priority':
      known[name] ??= wholeNumber(name, value);
      return '';
    case 'reply-to':
      return headers.has('JMSReplyTo') ? '' : replyToLine(known, value, context);
    case 'correlation-id':
      return headers.has('JMSCorrelationID') ? '' : encodeHeaderLine(name, value, '1.2');
    case 'type':
      return headers.has('JMSType') ? '' : encodeHeaderLine(name, value, '1.2');
    case 'JMSXGroupID':
      known.traits |= TRAITS.grouped;
      return encodeHeaderLine(name, value, '1.2');
    case 'JMSXGroupSeq':
      wholeNumber(name, value);
      return encodeHeaderLine(name, value, '1.2');
    case 'transformation':
      known.traits |= TRAITS.transformed;
      return encodeHeaderLine(name, value, '1.2');
    case 'blob-url':
      known.traits |= TRAITS.blob;
      return encodeHeaderLine(name, value, '1.2');
  }
  if (BROKERS_OWN.has(name)) return '';
  return name.startsWith('JMS')
    ? readJmsHeader(known, name, value, context)
    : encodeHeaderLine(name, value, '1.2');
}

function readJmsHeader(known: Known, name: string, value: string, context: SendContext): string {
  const stompName = JMS_NAMES.get(name);
  switch (stompName) {
    case 'expires':
    case 'priority':
    case 'timestamp':
      known.jms ??= {};
      known.jms[stompName] ??= wholeNumber(name, value);
      return '';
    case 'persistent':
      known.jms ??= {};
      known.jms.persistent ??= deliveryModeOf(name, value);
      return '';
    case 'reply-to':
      return replyToLine(known, destinationOfJms(value), context);
  }
  return encodeHeaderLine(stompName ?? name, value, '1.2');
}

function replyToLine(known: Known, value: string, { storedReplyTo }: SendContext): string {
  const stored = storedReplyTo(value);
  if (stored.includes('/remote-temp-')) known.traits |= TRAITS.temporaryReplyTo;
  return encodeHeaderLine('reply-to', stored, '1.2');
}

/** JMS writes `topic://news`, or the bare name of a queue. */
function destinationOfJms(value: string): string {
  const text = value.trim();
  const written = /^(queue|topic|temp-queue|temp-topic):\/\/(.*)$/s.exec(text);
  if (written !== null) return `/${written[1]}/${written[2]}`;
  return text === '' || text.startsWith('/') ? value : `/queue/${text}`;
}

/** JMS' two modes by number or name, or a claim. */
function deliveryModeOf(name: string, value: string): 'true' | 'false' {
  const mode = value.trim().toUpperCase();
  if (mode === '2' || mode === 'PERSISTENT' || mode === 'TRUE') return 'true';
  if (mode === '1' || mode === 'NON_PERSISTENT' || mode === 'FALSE') return 'false';
  throw new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${name} must be PERSISTENT or NON_PERSISTENT, not "${value.slice(0, 40)}"`,
  );
}

function isKept(persistent: string | undefined, { persistence }: DestinationPolicy): boolean {
  return persistence === 'as-sent' ? persistent !== 'false' : persistence === 'always';
}

function expiryOf(expires: number | undefined, policy: DestinationPolicy, now: number): number {
  const { defaultTimeToLiveMs, maxTimeToLiveMs } = policy;
  const asked = Math.max(0, expires ?? 0);
  const wanted = asked === 0 && defaultTimeToLiveMs > 0 ? now + defaultTimeToLiveMs : asked;
  if (maxTimeToLiveMs === 0) return wanted;
  return wanted === 0 ? now + maxTimeToLiveMs : Math.min(wanted, now + maxTimeToLiveMs);
}

function wholeNumber(name: string, value: string): number {
  if (WHOLE_NUMBER.test(value)) return Number(value);
  throw new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${name} must be a whole number, not "${value.slice(0, 40)}"`,
  );
}
