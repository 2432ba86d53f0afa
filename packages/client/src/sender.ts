/**
 * From the call of `send` to an operation of the outbox: options, headers of tracers, names that
 * make repetitions harmless. A send within a transaction comes by here, too.
 */
import type { CodecRegistry } from './codec/codec-registry.js';
import type { HeaderPair, OperationRequest } from './operation.js';
import type { Outbox } from './outbox.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { assertSafeDedup } from './profile/unsafe.js';
import { SendHeads } from './send-heads.js';
import {
  defaultSend,
  type ResolvedSend,
  resolveSend,
  type SendDefaults,
  type SendOptions,
} from './send-options.js';
import { bytesOf, type SendBody, sendRequest } from './send-request.js';
import type { SendRecord } from './store/send-store.js';
import { type TraceContextSource, traceContextHeaders } from './trace/trace-context.js';
import { isTraced, trace, traceOrigin } from './trace/tracing.js';

export interface SenderHost {
  readonly outbox: Outbox;
  /** Of the broker now or last connected to. */
  readonly profile: BrokerProfile;
  readonly peer: string;
}

export interface SenderOptions extends SendDefaults {
  readonly traceContext: TraceContextSource | undefined;
  readonly codecs: CodecRegistry;
  readonly random: () => number;
}

/** What a send needs to know of the transaction that it is part of. */
export interface SendTransaction {
  readonly id: string;
  /** False where the broker confirms nothing before COMMIT. */
  readonly confirmsSends: boolean;
}

/** Sent where the broker has no word of its own: whoever handles the messages can use it. */
const DEDUP_HEADER = 'dedup-id';

export class Sender {
  readonly #host: SenderHost;
  readonly #options: SenderOptions;
  readonly #default: ResolvedSend;
  readonly #heads = new SendHeads();
  /** Different for each connection of each process. */
  #idPrefix: string | undefined;
  #lastId = 0;

  constructor(host: SenderHost, options: SenderOptions) {
    this.#host = host;
    this.#options = options;
    this.#default = defaultSend(options);
  }

  send<T extends SendBody>(destination: string, body: T, options?: SendOptions<T>): Promise<void> {
    try {
      const resolved = options === undefined ? this.#default : resolveSend(options, this.#options);
      return this.#send(destination, body, resolved, undefined);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** It is never repeated: the transaction ends with its session. */
  sendIn<T extends SendBody>(
    transaction: SendTransaction,
    destination: string,
    body: T,
    options: SendOptions<T> = {},
  ): Promise<void> {
    try {
      const { receiptTimeoutMs } = this.#options;
      const resolved = resolveSend(options, { receiptTimeoutMs, hasStore: false });
      const { confirmsSends } = transaction;
      const hasReceipt = options.receipt === undefined ? confirmsSends : resolved.hasReceipt;
      const wishes = { ...resolved, hasReceipt, mayRepeat: false };
      return this.#send(destination, body, wishes, transaction);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A send that an earlier process has left in the store; it is repeated until it is confirmed. */
  restored({ id, destination, headers, body }: SendRecord): OperationRequest {
    return {
      command: 'SEND',
      headers: [['destination', destination], ...headers],
      body,
      subject: destination,
      whenLost: 'repeat',
      storeId: id,
    };
  }

  #send(
    destination: string,
    body: SendBody,
    resolved: ResolvedSend,
    transaction: SendTransaction | undefined,
  ): Promise<void> {
    const source = this.#options.traceContext;
    const headers = source === undefined ? undefined : traceContextHeaders(source);
    if (!isTraced('send')) return this.#submit(destination, body, resolved, transaction, headers);
    const { peer, profile } = this.#host;
    const context = {
      ...traceOrigin(peer, profile.name),
      destination,
      bodyBytes: bytesOf(body),
      transaction: transaction?.id,
      headers: { ...headers },
    };
    // An arrow function would make each call keep its arguments for it, traced or not.
    const run = this.#submit.bind(this, destination, body, resolved, transaction, context.headers);
    return trace('send', context, run);
  }

  #submit(
    destination: string,
    body: SendBody,
    resolved: ResolvedSend,
    transaction: SendTransaction | undefined,
    headers: Readonly<Record<string, string>> | undefined,
  ): Promise<void> {
    const { outbox } = this.#host;
    const isBare = transaction === undefined && headers === undefined;
    if (typeof body === 'string' && isBare && isPlain(destination, body, resolved)) {
      const head = this.#heads.get(destination, outbox.version);
      return outbox.submit(
        { command: 'SEND', head, body, subject: destination, whenLost: 'send' },
        resolved,
      );
    }
    const request = sendRequest(destination, body, resolved, this.#options.codecs);
    const isStored = this.#options.hasStore && resolved.mayRepeat;
    const own = [
      ...request.headers,
      ...transactionHeaders(transaction),
      ...this.#dedupHeaders(resolved),
    ];
    return outbox.submit(
      {
        ...request,
        ...(transaction && partOf(transaction, destination)),
        headers: [...own, ...missing(own, headers)],
        ...(isStored ? { storeId: this.#freeId() } : {}),
        isResolvedWhenStored: resolved.isResolvedWhenStored,
      },
      resolved,
    );
  }

  #dedupHeaders(resolved: ResolvedSend): readonly HeaderPair[] {
    const { dedupId, mayRepeat } = resolved;
    const { profile } = this.#host;
    const name = profile.dedup ?? DEDUP_HEADER;
    if (dedupId !== undefined) {
      assertSafeDedup(profile, resolved);
      return [[name, dedupId]];
    }
    const isNamed = resolved.headers.some(([given]) => given === name);
    return mayRepeat && !isNamed ? [[name, this.#freeId()]] : [];
  }

  #freeId(): string {
    const { random } = this.#options;
    this.#idPrefix ??= [0, 1, 2, 3].map(() => Math.floor(random() * 2 ** 32).toString(36)).join('');
    return `${this.#idPrefix}-${++this.#lastId}`;
  }
}

/** True when the head says nothing but where it goes. */
function isPlain(destination: string, body: string, options: ResolvedSend): boolean {
  return (
    !options.mayRepeat &&
    options.headers.length === 0 &&
    options.contentType === undefined &&
    options.persistent === undefined &&
    options.dedupId === undefined &&
    options.contentLength !== 'always' &&
    destination !== '' &&
    !body.includes('\0')
  );
}

/** A SEND in it is lost with its session. */
function partOf({ id }: SendTransaction, destination: string) {
  const subject = `${destination} in transaction ${id}`;
  return { whenLost: 'transaction', subject } as const;
}

function transactionHeaders(transaction: SendTransaction | undefined): readonly HeaderPair[] {
  return transaction === undefined ? [] : [['transaction', transaction.id]];
}

/** Those that are not there already. */
function missing(
  given: readonly HeaderPair[],
  headers: Readonly<Record<string, string>> | undefined,
): readonly HeaderPair[] {
  if (headers === undefined) return [];
  const names = new Set(given.map(([name]) => name));
  return Object.entries(headers).filter(([name]) => !names.has(name));
}
