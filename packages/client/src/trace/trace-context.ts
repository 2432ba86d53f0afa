/**
 * W3C Trace Context in the headers of messages: which trace a message belongs to.
 *
 * - What does not follow the recommendation is left out, as the recommendation says, and never stops
 *   a message: it may come from anybody.
 * - `traceparent` and `tracestate` are valid names of JMS properties, so JMS consumers can read them.
 */
import { invalidOption } from '../option-checks.js';

/** The headers, as they travel. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** Gives the trace of what is going on now; asked for each message that is sent. */
export type TraceContextSource = () => TraceContext | undefined;

/** What a `traceparent` says. */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero: the operation that caused this one. */
  readonly parentId: string;
  /** The caller may have recorded the trace. */
  readonly isSampled: boolean;
}

const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;

const SAMPLED = 0x01;

/** @returns `undefined` when it does not follow the recommendation */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId, parentId, flags, rest] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  // "Versioning of traceparent": a later version may add fields behind a dash, this one has none.
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/**
 * In version 00, whatever version it was read from.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function formatTraceparent({ traceId, parentId, isSampled }: TraceParent): string {
  const text = `00-${traceId}-${parentId}-${isSampled ? '01' : '00'}`;
  if (parseTraceparent(text) === undefined) {
    throw invalidOption(
      'traceparent',
      'a traceId of 32 and a parentId of 16 lower-case hexadecimal digits, not all zero',
    );
  }
  return text;
}

/** "tracestate Limits": all must pass on at least so many characters. */
const MAX_STATE_CHARACTERS = 512;
/** Entries longer than this go first. */
const LONG_ENTRY_CHARACTERS = 128;
const MAX_STATE_ENTRIES = 32;

const STATE_KEY =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const STATE_VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * A `tracestate` that follows the recommendation, without spaces and empty entries, and not longer
 * than all must pass on: long entries go first, then the last ones.
 * @returns `undefined` when it is empty or does not follow the recommendation
 */
export function formatTracestate(text: string): string | undefined {
  const entries = text
    .split(',')
    .map((entry) => entry.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((entry) => entry !== '');
  const keys = new Set<string>();
  for (const entry of entries) {
    const split = entry.indexOf('=');
    const key = entry.slice(0, Math.max(split, 0));
    if (!STATE_KEY.test(key) || !STATE_VALUE.test(entry.slice(split + 1))) return undefined;
    keys.add(key);
  }
  const isRepeated = keys.size < entries.length;
  if (entries.length === 0 || entries.length > MAX_STATE_ENTRIES || isRepeated) return undefined;
  while (entries.join(',').length > MAX_STATE_CHARACTERS) {
    const long = entries.findLastIndex((entry) => entry.length > LONG_ENTRY_CHARACTERS);
    entries.splice(long === -1 ? entries.length - 1 : long, 1);
  }
  return entries.join(',') || undefined;
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * The headers that a message gets from the option `traceContext`.
 * @throws OptionsError `STOMP_OPT_INVALID` when the function returns neither a context nor nothing
 */
export function traceContextHeaders(source: TraceContextSource): Readonly<Record<string, string>> {
  const context = source();
  if (context === undefined) return NO_HEADERS;
  if (typeof context?.traceparent !== 'string') {
    throw invalidOption('traceContext', 'a function that returns { traceparent } or undefined');
  }
  const { traceparent, tracestate } = validContext(context.traceparent, context.tracestate) ?? {};
  if (traceparent === undefined) return NO_HEADERS;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

/** The trace that a message belongs to; `undefined` without a valid `traceparent`. */
export function traceContextOf(message: {
  readonly headers: { get(name: string): string | undefined };
}): TraceContext | undefined {
  const traceparent = message.headers.get('traceparent');
  if (traceparent === undefined) return undefined;
  return validContext(traceparent, message.headers.get('tracestate'));
}

/** "A vendor that cannot parse traceparent must not look at tracestate"; the reverse does no harm. */
function validContext(traceparent: string, state: string | undefined): TraceContext | undefined {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return undefined;
  const text = traceparent.startsWith('00') ? traceparent : formatTraceparent(parent);
  const tracestate = typeof state === 'string' ? formatTracestate(state) : undefined;
  return tracestate === undefined ? { traceparent: text } : { traceparent: text, tracestate };
}
