/**
 * What the headers of a SEND become on its MESSAGE. STOMP leaves user headers alone; the ones below are
 * the broker's own, so that a sender cannot pretend to be it.
 */
import { encodeHeaderLine, type FrameHeaders, ProtocolError } from '@stompbox/protocol';

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
  'content-length',
  'timestamp',
  'expires',
  'priority',
  'persistent',
]);

const DEFAULT_PRIORITY = 4;
const MAX_PRIORITY = 9;

/** Whole numbers may be written with a sign and may stand between spaces, as in ActiveMQ. */
const WHOLE_NUMBER = /^\s*[+-]?\d{1,15}\s*$/;

export interface SendHeaders {
  /** Header lines of the MESSAGE without message-id, in STOMP 1.2 escapes. */
  readonly headerLines: string;
  readonly isPersistent: boolean;
}

export interface SendContext {
  /** The line `destination:…` with its line feed. */
  readonly destinationLine: string;
  readonly isQueue: boolean;
  /** ms since 1970, used when the sender gave no timestamp. */
  readonly now: number;
  readonly bodyBytes: number;
}

/** @throws ProtocolError `STOMP_PROTO_BAD_HEADER` when priority, expires or timestamp is no whole number. */
export function readSendHeaders(headers: FrameHeaders, context: SendContext): SendHeaders {
  const { flat } = headers;
  let userLines = '';
  let timestamp: number | undefined;
  let expires: number | undefined;
  let priority: number | undefined;
  let persistent: string | undefined;
  let hasContentLength = false;
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] as string;
    const value = flat[index + 1] as string;
    if (!BROKERS_OWN.has(name)) userLines += encodeHeaderLine(name, value, '1.2');
    else if (name === 'content-length') hasContentLength = true;
    else if (name === 'persistent') persistent ??= value;
    else if (name === 'timestamp') timestamp ??= wholeNumber(name, value);
    else if (name === 'expires') expires ??= wholeNumber(name, value);
    else if (name === 'priority') priority ??= wholeNumber(name, value);
  }
  // Queue messages are kept unless the sender says otherwise; a topic keeps nothing in any case.
  const isPersistent = context.isQueue ? persistent !== 'false' : persistent === 'true';
  const clamped = Math.max(0, Math.min(MAX_PRIORITY, priority ?? DEFAULT_PRIORITY));
  return {
    isPersistent,
    headerLines:
      `${context.destinationLine}timestamp:${timestamp ?? context.now}\n` +
      `expires:${expires ?? 0}\npriority:${clamped}\n` +
      (isPersistent ? 'persistent:true\n' : '') +
      userLines +
      (hasContentLength ? `content-length:${context.bodyBytes}\n` : ''),
  };
}

function wholeNumber(name: string, value: string): number {
  if (WHOLE_NUMBER.test(value)) return Number(value);
  throw new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${name} must be a whole number, not "${value.slice(0, 40)}"`,
  );
}
