/** Options of operations that only wait, acknowledge or end something, and their checks. */
import { type HeaderValues, headersOf, type OwnHeaders } from './header-values.js';
import type { HeaderPair } from './operation.js';
import { checkFlag, checkKeys, checkObject, checkSignal, checkTimeout } from './option-checks.js';
import { checkAllowUnsafe, type Danger } from './profile/unsafe.js';
import type { Transaction } from './transaction.js';

/** How long to wait, for every operation that waits. */
export interface WaitOptions {
  /** The whole wait in ms, queueing included. Default: `receiptTimeoutMs` of the connection. */
  readonly timeoutMs?: number;
  /** Gives the wait up; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type AckMode = 'auto' | 'client' | 'client-individual';

export interface UnsubscribeOptions extends WaitOptions {
  /** True: a durable subscription is deleted; without, the broker goes on keeping messages for it. */
  readonly deleteDurable?: boolean;
  /** More headers. */
  readonly headers?: HeaderValues;
}

export interface AckOptions extends WaitOptions {
  /** True: resolve when the broker has confirmed. Default false. */
  readonly receipt?: boolean;
  /** Settles the message together with the other work of this transaction. */
  readonly transaction?: Transaction;
  /** Dangers that the broker's profile warns of and that are taken on purpose. */
  readonly allowUnsafe?: readonly Danger[];
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

export interface ResolvedUnsubscribe extends ResolvedWait {
  readonly deleteDurable: boolean;
  readonly headers: HeaderPair[];
}

export interface ResolvedAck extends ResolvedWait {
  readonly hasReceipt: boolean;
  readonly transaction: Transaction | undefined;
  readonly allowUnsafe: readonly Danger[];
  readonly headers: HeaderPair[];
}

export const WAIT_KEYS = ['timeoutMs', 'signal'] as const;
const UNSUBSCRIBE_KEYS: ReadonlySet<string> = new Set([...WAIT_KEYS, 'deleteDurable', 'headers']);
const ACK_KEYS: ReadonlySet<string> = new Set([
  ...WAIT_KEYS,
  'receipt',
  'transaction',
  'allowUnsafe',
  'headers',
]);
const RAW_KEYS: ReadonlySet<string> = new Set([...WAIT_KEYS, 'receipt']);
const ONLY_WAIT_KEYS: ReadonlySet<string> = new Set(WAIT_KEYS);

const ID_HEADERS: OwnHeaders = new Map([
  ['id', 'the subscription or message itself'],
  ['receipt', 'the option receipt'],
  ['transaction', 'the option transaction'],
]);

export function resolveUnsubscribe(
  raw: UnsubscribeOptions,
  defaultTimeoutMs: number,
): ResolvedUnsubscribe {
  checkKeys('unsubscribe', checkObject('options', raw), UNSUBSCRIBE_KEYS);
  return {
    ...waitOf(raw, defaultTimeoutMs),
    deleteDurable: checkFlag('deleteDurable', raw.deleteDurable ?? false),
    headers: headersOf(raw.headers, ID_HEADERS),
  };
}

export function resolveAck(raw: AckOptions, defaultTimeoutMs: number): ResolvedAck {
  checkKeys('ack', checkObject('options', raw), ACK_KEYS);
  const { timeoutMs, signal } = waitOf(raw, defaultTimeoutMs);
  // Each message has one: spreading the other object took a quarter of the time of a confirmed ACK.
  return {
    timeoutMs,
    signal,
    hasReceipt: checkFlag('receipt', raw.receipt ?? false),
    transaction: raw.transaction,
    allowUnsafe: checkAllowUnsafe(raw.allowUnsafe ?? []),
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

export function waitOf(raw: WaitOptions, defaultTimeoutMs: number): ResolvedWait {
  const { timeoutMs, signal } = raw;
  return {
    timeoutMs: timeoutMs === undefined ? defaultTimeoutMs : checkTimeout('timeoutMs', timeoutMs),
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
  };
}
