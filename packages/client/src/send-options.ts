/** Options of `send`, and the checks that fill in their defaults. */
import type { OptionsError } from '@stompbox/protocol';
import { type Codec, checkCodec } from './codec/codec.js';
import { type HeaderValues, headersOf, type OwnHeaders } from './header-values.js';
import type { HeaderPair } from './operation.js';
import { type ResolvedWait, WAIT_KEYS, type WaitOptions, waitOf } from './operation-options.js';
import {
  checkChoice,
  checkFlag,
  checkKeys,
  checkObject,
  checkText,
  checkWhole,
  invalidOption,
} from './option-checks.js';
import { checkAllowUnsafe, type Danger } from './profile/unsafe.js';
import type { SendBody } from './send-request.js';

export type ContentLengthPolicy = 'auto' | 'always' | 'never';

/** What a send waits for: the broker's RECEIPT, the transport, or the store of unsent messages. */
export type ReceiptMode = boolean | 'stored';

export interface SendOptions<T = SendBody> extends WaitOptions {
  /** More headers; those that are `undefined` are left out, lists become repeated headers. */
  readonly headers?: HeaderValues;
  /**
   * A content-length header makes ActiveMQ see a BytesMessage, its absence a TextMessage.
   * Default `auto`: bytes travel with it, text without.
   */
  readonly contentLength?: ContentLengthPolicy;
  /** How many bytes a streamed body has, unless it is a Blob. */
  readonly bodyBytes?: number;
  /**
   * Whether bytes are copied at the call. Without, they must stay as they are until the promise is
   * settled; worth it for large bodies. Default true.
   */
  readonly copy?: boolean;
  /** The `content-type` header; it also chooses the codec for a value that is neither text nor bytes. */
  readonly contentType?: string;
  /** Writes the body; without it, the codec of the content type does if the body is an object. */
  readonly codec?: Codec<T>;
  /** The `persistent` header; left to the broker when missing. */
  readonly persistent?: boolean;
  /**
   * True: resolve when the broker has confirmed the message. False: resolve when its bytes are
   * handed to the transport. `stored`: resolve when the broker has confirmed it or the store of
   * `offline` has it, whichever is first. Default true.
   */
  readonly receipt?: ReceiptMode;
  /**
   * True: if the connection is lost before the broker confirmed, send again after the reconnect,
   * with the same `dedupId`; where the broker does not know that, the message may arrive twice.
   * False: reject with STOMP_NET_MAYBE_DELIVERED. Default false, with a store of `offline` true.
   */
  readonly resend?: boolean;
  /**
   * Names the message, so that the broker can tell a repetition: `dedup-id` at stompbox,
   * `_AMQ_DUPL_ID` at Artemis. Default: one that is made up, if the message may be sent again.
   */
  readonly dedupId?: string;
  /** Dangers that the broker's profile warns of and that are taken on purpose. */
  readonly allowUnsafe?: readonly Danger[];
}

export interface ResolvedSend extends ResolvedWait {
  readonly contentLength: ContentLengthPolicy;
  readonly bodyBytes: number | undefined;
  readonly isCopied: boolean;
  readonly contentType: string | undefined;
  readonly codec: Codec<unknown> | undefined;
  readonly persistent: boolean | undefined;
  readonly headers: HeaderPair[];
  readonly hasReceipt: boolean;
  readonly isResolvedWhenStored: boolean;
  readonly mayRepeat: boolean;
  readonly dedupId: string | undefined;
  readonly allowUnsafe: readonly Danger[];
}

const SEND_KEYS: ReadonlySet<string> = new Set([
  ...WAIT_KEYS,
  'headers',
  'contentLength',
  'bodyBytes',
  'copy',
  'contentType',
  'codec',
  'persistent',
  'receipt',
  'resend',
  'dedupId',
  'allowUnsafe',
]);

const CONTENT_LENGTH_POLICIES: readonly ContentLengthPolicy[] = ['auto', 'always', 'never'];

export interface SendDefaults {
  readonly receiptTimeoutMs: number;
  /** True when there is a store of `offline`. */
  readonly hasStore: boolean;
}

/**
 * What a send without options means; made once per connection, because most sends are like that and
 * checking nothing again for each was a quarter of their cost.
 */
export function defaultSend({ receiptTimeoutMs, hasStore }: SendDefaults): ResolvedSend {
  return {
    timeoutMs: receiptTimeoutMs,
    signal: undefined,
    contentLength: 'auto',
    bodyBytes: undefined,
    isCopied: true,
    contentType: undefined,
    codec: undefined,
    persistent: undefined,
    headers: [],
    hasReceipt: true,
    isResolvedWhenStored: false,
    mayRepeat: hasStore,
    dedupId: undefined,
    allowUnsafe: [],
  };
}

export function resolveSend<T>(raw: SendOptions<T>, defaults: SendDefaults): ResolvedSend {
  checkKeys('send', checkObject('options', raw), SEND_KEYS);
  const { contentType, persistent, contentLength = 'auto', bodyBytes, dedupId } = raw;
  const { timeoutMs, signal } = waitOf(raw, defaults.receiptTimeoutMs);
  const receipt = resolveReceipt(raw.receipt ?? true, defaults.hasStore);
  return {
    timeoutMs,
    signal,
    contentLength: checkChoice('contentLength', contentLength, CONTENT_LENGTH_POLICIES),
    bodyBytes:
      bodyBytes === undefined
        ? undefined
        : checkWhole('bodyBytes', bodyBytes, 0, Number.MAX_SAFE_INTEGER),
    isCopied: checkFlag('copy', raw.copy ?? true),
    contentType: contentType === undefined ? undefined : checkText('contentType', contentType),
    codec: raw.codec === undefined ? undefined : checkCodec(raw.codec),
    persistent: persistent === undefined ? undefined : checkFlag('persistent', persistent),
    headers: sendHeadersOf(raw),
    hasReceipt: receipt !== false,
    isResolvedWhenStored: receipt === 'stored',
    // Without a receipt nobody would ever know that it has arrived.
    mayRepeat: checkFlag('resend', raw.resend ?? (defaults.hasStore && receipt !== false)),
    dedupId: dedupId === undefined ? undefined : checkText('dedupId', dedupId),
    allowUnsafe: checkAllowUnsafe(raw.allowUnsafe ?? []),
  };
}

function resolveReceipt(receipt: ReceiptMode, hasStore: boolean): ReceiptMode {
  if (typeof receipt === 'boolean' || (receipt === 'stored' && hasStore)) return receipt;
  throw invalidOption('receipt', "true, false, or 'stored' if connect() was given offline.store");
}

const SEND_HEADERS: OwnHeaders = new Map([
  ['destination', 'the first argument'],
  ['receipt', 'the option receipt'],
  ['content-length', 'the option contentLength'],
  ['transaction', 'transaction.send()'],
]);

/** Headers that may be given here or as an option, but not both: the wire would carry two. */
function sendHeadersOf<T>({
  headers,
  contentType,
  persistent,
  dedupId,
}: SendOptions<T>): HeaderPair[] {
  const pairs = headersOf(headers, SEND_HEADERS);
  for (const [name] of pairs) {
    if (name === 'content-type' && contentType !== undefined)
      throw doubleHeader(name, 'contentType');
    if (name === 'persistent' && persistent !== undefined) throw doubleHeader(name, 'persistent');
    if (name === 'dedup-id' && dedupId !== undefined) throw doubleHeader(name, 'dedupId');
  }
  return pairs;
}

function doubleHeader(name: string, option: string): OptionsError {
  return invalidOption('headers', `without "${name}": use the option ${option}`);
}
