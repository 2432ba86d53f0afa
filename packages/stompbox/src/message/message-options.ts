/**
 * What may be said about a message when it is sent, and the STOMP headers that say it. Each thing
 * is said once: an option and a header of the same meaning together are refused, and so are headers
 * that belong to the client (destination, content-length, receipt, transaction).
 */
import type { SendOptions } from '@stompbox/client';
import { type BodyType, OptionsError, parseDestination } from '@stompbox/protocol';
import * as v from 'valibot';
import {
  aBoolean,
  aNonEmptyText,
  anAbortSignal,
  aWholeNumber,
  expected,
  parseOptions,
  show,
} from '../options.js';
import { type EncodedBody, encodeBody } from './encode-body.js';

export type HeaderValue = string | number | boolean | undefined;

export interface MessageOptions {
  /** More headers; a JMS consumer sees them as properties. */
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
  /** Whether the broker keeps the message on disk. Default: true for a queue; a topic: not stated. */
  readonly persistent?: boolean | undefined;
  /** 0 (lowest) to 9, JMSPriority. Default: the broker's, which is 4. */
  readonly priority?: number | undefined;
  /** The message expires this long after sending, by this machine's clock. Default: never. */
  readonly timeToLiveMs?: number | undefined;
  /** The broker delivers it this much later, if it has a schedule (`AMQ_SCHEDULED_DELAY`). */
  readonly delayMs?: number | undefined;
  /** JMSXGroupID: messages of one group go to one consumer, one after the other. */
  readonly groupId?: string | undefined;
  /** Names the message, so that the broker can tell a repetition, where it knows how. */
  readonly dedupId?: string | undefined;
  /**
   * JMSCorrelationID. Default: that of the message or request in whose course it is sent, else a new one
   * if the settings say so.
   */
  readonly correlationId?: string | undefined;
  /** JMSReplyTo: the destination where an answer is expected. */
  readonly replyTo?: string | undefined;
  /** JMSType. */
  readonly type?: string | undefined;
  /** Forces a TextMessage or a BytesMessage. Default: bytes for a Uint8Array, text for all else. */
  readonly bodyType?: BodyType | undefined;
  /**
   * How long to wait for the broker's receipt, connecting included. Default: as long as connecting
   * takes (10 000 for one attempt), then 15 000.
   */
  readonly timeoutMs?: number | undefined;
  /** Gives up waiting; the message may have been sent all the same. */
  readonly signal?: AbortSignal | undefined;
}

const messageOptions = v.strictObject({
  headers: v.optional(
    expected<Readonly<Record<string, HeaderValue>>>(
      'an object of headers, whose values are texts, numbers or true and false',
      isHeaders,
    ),
  ),
  persistent: v.optional(aBoolean),
  priority: v.optional(aWholeNumber(0, 9)),
  timeToLiveMs: v.optional(aWholeNumber(1, Number.MAX_SAFE_INTEGER)),
  delayMs: v.optional(aWholeNumber(0, Number.MAX_SAFE_INTEGER)),
  groupId: v.optional(aNonEmptyText),
  dedupId: v.optional(aNonEmptyText),
  correlationId: v.optional(aNonEmptyText),
  replyTo: v.optional(aNonEmptyText),
  type: v.optional(aNonEmptyText),
  bodyType: v.optional(
    expected<BodyType>("'text' or 'bytes'", (value) => value === 'text' || value === 'bytes'),
  ),
  timeoutMs: v.optional(aWholeNumber(1, 2_147_483_647)),
  signal: v.optional(anAbortSignal),
});

/** The option that a header belongs to; the client's own headers have none. */
const OWNED_HEADERS: ReadonlyMap<string, keyof MessageOptions> = new Map([
  ['persistent', 'persistent'],
  ['priority', 'priority'],
  ['expires', 'timeToLiveMs'],
  ['AMQ_SCHEDULED_DELAY', 'delayMs'],
  ['JMSXGroupID', 'groupId'],
  ['dedup-id', 'dedupId'],
  ['correlation-id', 'correlationId'],
  ['reply-to', 'replyTo'],
  ['type', 'type'],
]);
const CLIENT_HEADERS = ['destination', 'content-length', 'receipt', 'transaction'];
const ALIASES = {
  ttl: 'timeToLiveMs',
  timeToLive: 'timeToLiveMs',
  timeout: 'timeoutMs',
  replyTo: 'replyTo',
  'reply-to': 'replyTo',
  'correlation-id': 'correlationId',
  delay: 'delayMs',
  group: 'groupId',
};

/** What holds where the options say nothing; checked already. */
export type MessageDefaults = Pick<MessageOptions, 'correlationId' | 'persistent'>;

const PLACE = {
  describe: (key: string) => (key === '' ? 'The options of send()' : `The option ${key} of send()`),
  aliases: ALIASES,
};

export interface OutgoingMessage {
  readonly destination: string;
  readonly body: string | Uint8Array;
  readonly sendOptions: SendOptions;
}

/**
 * Checks everything about a message, so that nothing is sent when something is wrong.
 *
 * @param nowMs the time from which `timeToLiveMs` counts.
 * @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function prepareMessage(
  destination: string,
  body: unknown,
  raw: MessageOptions,
  nowMs: number,
  defaults: MessageDefaults = {},
): OutgoingMessage {
  const options = withDefaults(parseOptions(messageOptions, raw, PLACE), defaults);
  const isForQueue = isQueue(destination);
  const encoded = encodeBody(body, options.bodyType);
  const given = checkHeaders(options.headers ?? {}, options);
  return {
    destination,
    body: encoded.body,
    sendOptions: {
      headers: { ...headersOf(options, isForQueue, nowMs, given), ...given },
      contentLength: encoded.bodyType === 'bytes' ? 'always' : 'never',
      ...contentTypeOf(encoded, given),
      ...(options.dedupId === undefined ? {} : { dedupId: options.dedupId }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  };
}

function withDefaults(
  options: MessageOptions,
  { correlationId, persistent }: MessageDefaults,
): MessageOptions {
  if (correlationId === undefined && persistent === undefined) return options;
  return {
    ...options,
    correlationId: options.correlationId ?? correlationId,
    persistent: options.persistent ?? persistent,
  };
}

/** Only those that have a value: most messages have two or three, and each costs time at every send. */
function headersOf(
  options: MessageOptions,
  isForQueue: boolean,
  nowMs: number,
  given: Readonly<Record<string, HeaderValue>>,
): Record<string, HeaderValue> {
  const headers: Record<string, HeaderValue> = {};
  const set = (name: string, value: HeaderValue) => {
    if (value !== undefined) headers[name] = value;
  };
  const isKept = options.persistent ?? (isForQueue ? true : undefined);
  if (!('persistent' in given)) set('persistent', isKept);
  set('priority', options.priority);
  if (options.timeToLiveMs !== undefined) set('expires', nowMs + options.timeToLiveMs);
  if (options.delayMs !== 0) set('AMQ_SCHEDULED_DELAY', options.delayMs);
  set('JMSXGroupID', options.groupId);
  set('correlation-id', options.correlationId);
  set('reply-to', options.replyTo);
  set('type', options.type);
  return headers;
}

function contentTypeOf(
  encoded: EncodedBody,
  given: Readonly<Record<string, HeaderValue>>,
): { contentType?: string } {
  return 'content-type' in given ? {} : { contentType: encoded.contentType };
}

function isQueue(destination: string): boolean {
  if (typeof destination === 'string' && destination.trim() !== '') {
    return parseDestination(destination).kind === 'queue';
  }
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The destination of send() must be a text such as /queue/orders, not ${show(destination)}`,
  );
}

function checkHeaders(
  headers: Readonly<Record<string, HeaderValue>>,
  options: MessageOptions,
): Readonly<Record<string, HeaderValue>> {
  for (const name of Object.keys(headers)) {
    if (CLIENT_HEADERS.includes(name)) {
      throw refusal(name, 'is set by the client: leave it out');
    }
    const option = OWNED_HEADERS.get(name);
    if (option !== undefined && options[option] !== undefined) {
      throw refusal(name, `says the same as the option ${option}: give one of them`);
    }
  }
  return headers;
}

function refusal(header: string, why: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `The header ${header} of send() ${why}`);
}

function isHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, item]) =>
      name !== '' && ['string', 'number', 'boolean', 'undefined'].includes(typeof item),
  );
}
