/** Options of single operations, and the checks that fill in their defaults. */
import { OptionsError } from '@stompbox/protocol';
import type { Message } from './message.js';
import type { HeaderPair } from './operation.js';
import {
  checkChoice,
  checkFlag,
  checkFunction,
  checkKeys,
  checkObject,
  checkSignal,
  checkText,
  checkTimeout,
  checkWhole,
  invalidOption,
} from './option-checks.js';
import type { Transaction } from './transaction.js';

/** How long to wait, for every operation that waits. */
export interface WaitOptions {
  /** The whole wait in ms, queueing included. Default: `receiptTimeoutMs` of the connection. */
  readonly timeoutMs?: number;
  /** Gives the wait up; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type HeaderValues = Readonly<Record<string, string | number | boolean | undefined>>;

export type ContentLengthPolicy = 'auto' | 'always' | 'never';

export interface SendOptions extends WaitOptions {
  /** More headers; those that are `undefined` are left out. */
  readonly headers?: HeaderValues;
  /**
   * A content-length header makes ActiveMQ see a BytesMessage, its absence a TextMessage.
   * Default `auto`: bytes travel with it, text without.
   */
  readonly contentLength?: ContentLengthPolicy;
  /** The `content-type` header. */
  readonly contentType?: string;
  /** The `persistent` header; left to the broker when missing. */
  readonly persistent?: boolean;
  /**
   * True: resolve when the broker has confirmed the message. False: resolve when its bytes are
   * handed to the transport. Default true.
   */
  readonly receipt?: boolean;
  /**
   * True: if the connection is lost before the broker confirmed, send again after the reconnect;
   * the message may then arrive twice. False: reject with STOMP_NET_MAYBE_DELIVERED. Default false.
   */
  readonly resend?: boolean;
}

export type AckMode = 'auto' | 'client' | 'client-individual';

export interface SubscribeOptions extends WaitOptions {
  /** Who settles messages: the broker as it writes them (`auto`, default), or `message.ack()`. */
  readonly ack?: AckMode;
  /**
   * How many unsettled messages the broker may have on their way to us. It is sent in the words of
   * ActiveMQ and of RabbitMQ. Default: the broker's own (ActiveMQ 1,000 for queues).
   */
  readonly prefetch?: number;
  /** JMS selector: only messages whose headers match. */
  readonly selector?: string;
  readonly headers?: HeaderValues;
  /** The subscription's id on the wire. Default: a generated one. */
  readonly id?: string;
  /** Called with what a message handler threw or rejected with, beside the status event. */
  readonly onError?: (error: unknown, message: Message) => void;
}

export interface UnsubscribeOptions extends WaitOptions {
  /** More headers, for example to delete a durable subscription of RabbitMQ (`durable: true`). */
  readonly headers?: HeaderValues;
}

export interface AckOptions extends WaitOptions {
  /** True: resolve when the broker has confirmed. Default false. */
  readonly receipt?: boolean;
  /** Settles the message together with the other work of this transaction. */
  readonly transaction?: Transaction;
  /** More headers, for example `requeue: false` on a NACK to RabbitMQ. */
  readonly headers?: HeaderValues;
}

export interface SendFrameOptions extends WaitOptions {
  /** True: add a receipt and resolve when the broker has confirmed. Default false. */
  readonly receipt?: boolean;
}

export type CloseOptions = WaitOptions;

/** What every wait comes down to. */
export interface ResolvedWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface ResolvedSend extends ResolvedWait {
  readonly contentLength: ContentLengthPolicy;
  readonly contentType: string | undefined;
  readonly persistent: boolean | undefined;
  readonly headers: HeaderPair[];
  readonly hasReceipt: boolean;
  readonly mayRepeat: boolean;
}

export interface ResolvedSubscribe extends ResolvedWait {
  readonly ack: AckMode;
  readonly prefetch: number | undefined;
  readonly selector: string | undefined;
  readonly headers: HeaderPair[];
  readonly id: string | undefined;
  readonly onError: ((error: unknown, message: Message) => void) | undefined;
}

const WAIT_KEYS = ['timeoutMs', 'signal'];
const SEND_KEYS: ReadonlySet<string> = new Set([
  ...WAIT_KEYS,
  'headers',
  'contentLength',
  'contentType',
  'persistent',
  'receipt',
  'resend',
]);
const SUBSCRIBE_KEYS: ReadonlySet<string> = new Set([
  ...WAIT_KEYS,
  'ack',
  'prefetch',
  'selector',
  'headers',
  'id',
  'onError',
]);
const UNSUBSCRIBE_KEYS: ReadonlySet<string> = new Set([...WAIT_KEYS, 'headers']);
const ACK_KEYS: ReadonlySet<string> = new Set([...WAIT_KEYS, 'receipt', 'transaction', 'headers']);
const RAW_KEYS: ReadonlySet<string> = new Set([...WAIT_KEYS, 'receipt']);
const ONLY_WAIT_KEYS: ReadonlySet<string> = new Set(WAIT_KEYS);

const CONTENT_LENGTH_POLICIES: readonly ContentLengthPolicy[] = ['auto', 'always', 'never'];
const ACK_MODES: readonly AckMode[] = ['auto', 'client', 'client-individual'];

/**
 * What a send without options means; made once per connection, because most sends are like that and
 * checking nothing again for each was a quarter of their cost.
 */
export function defaultSend(timeoutMs: number): ResolvedSend {
  return {
    timeoutMs,
    signal: undefined,
    contentLength: 'auto',
    contentType: undefined,
    persistent: undefined,
    headers: [],
    hasReceipt: true,
    mayRepeat: false,
  };
}

export function resolveSend(raw: SendOptions, defaultTimeoutMs: number): ResolvedSend {
  checkKeys('send', checkObject('options', raw), SEND_KEYS);
  const { contentType, persistent, contentLength = 'auto' } = raw;
  const { timeoutMs, signal } = waitOf(raw, defaultTimeoutMs);
  return {
    timeoutMs,
    signal,
    contentLength: checkChoice('contentLength', contentLength, CONTENT_LENGTH_POLICIES),
    contentType: contentType === undefined ? undefined : checkText('contentType', contentType),
    persistent: persistent === undefined ? undefined : checkFlag('persistent', persistent),
    headers: sendHeadersOf(raw),
    hasReceipt: checkFlag('receipt', raw.receipt ?? true),
    mayRepeat: checkFlag('resend', raw.resend ?? false),
  };
}

export function resolveSubscribe(
  raw: SubscribeOptions,
  defaultTimeoutMs: number,
): ResolvedSubscribe {
  checkKeys('subscribe', checkObject('options', raw), SUBSCRIBE_KEYS);
  const { prefetch, selector, id, onError } = raw;
  return {
    ...waitOf(raw, defaultTimeoutMs),
    ack: checkChoice('ack', raw.ack ?? 'auto', ACK_MODES),
    // With 0, ActiveMQ would never deliver anything to a STOMP subscription.
    prefetch: prefetch === undefined ? undefined : checkWhole('prefetch', prefetch, 1, 2 ** 31 - 1),
    selector: selector === undefined ? undefined : checkText('selector', selector),
    headers: headersOf(raw.headers, SUBSCRIBE_HEADERS),
    id: id === undefined ? undefined : checkText('id', id),
    onError: onError === undefined ? undefined : checkFunction('onError', onError),
  };
}

export function resolveUnsubscribe(
  raw: UnsubscribeOptions,
  defaultTimeoutMs: number,
): ResolvedWait & { readonly headers: HeaderPair[] } {
  checkKeys('unsubscribe', checkObject('options', raw), UNSUBSCRIBE_KEYS);
  return { ...waitOf(raw, defaultTimeoutMs), headers: headersOf(raw.headers, ID_HEADERS) };
}

export function resolveAck(
  raw: AckOptions,
  defaultTimeoutMs: number,
): ResolvedWait & {
  readonly hasReceipt: boolean;
  readonly transaction: Transaction | undefined;
  readonly headers: HeaderPair[];
} {
  checkKeys('ack', checkObject('options', raw), ACK_KEYS);
  return {
    ...waitOf(raw, defaultTimeoutMs),
    hasReceipt: checkFlag('receipt', raw.receipt ?? false),
    transaction: raw.transaction,
    headers: headersOf(raw.headers, ID_HEADERS),
  };
}

export function resolveSendFrame(
  raw: SendFrameOptions,
  defaultTimeoutMs: number,
): ResolvedWait & { readonly hasReceipt: boolean } {
  checkKeys('sendFrame', checkObject('options', raw), RAW_KEYS);
  return {
    ...waitOf(raw, defaultTimeoutMs),
    hasReceipt: checkFlag('receipt', raw.receipt ?? false),
  };
}

/** For operations that have no options but how long to wait. */
export function resolveWait(
  what: string,
  raw: WaitOptions,
  defaultTimeoutMs: number,
): ResolvedWait {
  checkKeys(what, checkObject('options', raw), ONLY_WAIT_KEYS);
  return waitOf(raw, defaultTimeoutMs);
}

function waitOf(raw: WaitOptions, defaultTimeoutMs: number): ResolvedWait {
  const { timeoutMs, signal } = raw;
  return {
    timeoutMs: timeoutMs === undefined ? defaultTimeoutMs : checkTimeout('timeoutMs', timeoutMs),
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
  };
}

/** Headers that the client writes itself, with what to use instead. */
type OwnHeaders = ReadonlyMap<string, string>;

const ID_HEADERS: OwnHeaders = new Map([
  ['id', 'the subscription or message itself'],
  ['receipt', 'the option receipt'],
  ['transaction', 'the option transaction'],
]);
const SEND_HEADERS: OwnHeaders = new Map([
  ['destination', 'the first argument'],
  ['receipt', 'the option receipt'],
  ['content-length', 'the option contentLength'],
  ['transaction', 'transaction.send()'],
]);
const SUBSCRIBE_HEADERS: OwnHeaders = new Map([
  ['destination', 'the first argument'],
  ['id', 'the option id'],
  ['ack', 'the option ack'],
  ['selector', 'the option selector'],
  ['receipt', 'nothing: it is always there'],
]);

/** Headers that may be given here or as an option, but not both: the wire would carry two. */
function sendHeadersOf({ headers, contentType, persistent }: SendOptions): HeaderPair[] {
  const pairs = headersOf(headers, SEND_HEADERS);
  for (const [name] of pairs) {
    if (name === 'content-type' && contentType !== undefined)
      throw doubleHeader(name, 'contentType');
    if (name === 'persistent' && persistent !== undefined) throw doubleHeader(name, 'persistent');
  }
  return pairs;
}

function doubleHeader(name: string, option: string): OptionsError {
  return invalidOption('headers', `without "${name}": use the option ${option}`);
}

function headersOf(values: HeaderValues | undefined, own: OwnHeaders): HeaderPair[] {
  const pairs: HeaderPair[] = [];
  if (values === undefined) return pairs;
  for (const [name, value] of Object.entries(checkObject('headers', values))) {
    if (value === undefined) continue;
    const instead = own.get(name);
    if (instead !== undefined) throw invalidOption('headers', `without "${name}": use ${instead}`);
    pairs.push([name, headerText(name, value)]);
  }
  return pairs;
}

export function headerText(name: string, value: string | number | boolean): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The header "${name}" must be a text, a finite number or a boolean: convert it before`,
  );
}
