/** What stands for operation-options.ts in browsers: the same defaults, without checks. */
import type { HeaderValues } from '../header-values.js';
import type {
  AckOptions,
  ResolvedAck,
  ResolvedUnsubscribe,
  ResolvedWait,
  SendFrameOptions,
  UnsubscribeOptions,
  WaitOptions,
} from '../operation-options.js';
import { headersOf } from './header-values.js';

export function resolveUnsubscribe(
  raw: UnsubscribeOptions,
  defaultTimeoutMs: number,
): ResolvedUnsubscribe {
  const { deleteDurable = false } = raw;
  return { ...withHeaders(raw, defaultTimeoutMs), deleteDurable };
}

export function resolveAck(raw: AckOptions, defaultTimeoutMs: number): ResolvedAck {
  const { receipt = false, transaction, allowUnsafe = [] } = raw;
  return { ...withHeaders(raw, defaultTimeoutMs), hasReceipt: receipt, transaction, allowUnsafe };
}

export function resolveSendFrame(
  raw: SendFrameOptions,
  defaultTimeoutMs: number,
): ResolvedWait & { readonly hasReceipt: boolean } {
  return { ...waitOf(raw, defaultTimeoutMs), hasReceipt: raw.receipt ?? false };
}

export function resolveWait(
  _what: string,
  raw: WaitOptions,
  defaultTimeoutMs: number,
): ResolvedWait {
  return waitOf(raw, defaultTimeoutMs);
}

function withHeaders(
  raw: WaitOptions & { readonly headers?: HeaderValues },
  defaultTimeoutMs: number,
) {
  return { ...waitOf(raw, defaultTimeoutMs), headers: headersOf(raw.headers, OWN_HEADERS) };
}

function waitOf({ timeoutMs, signal }: WaitOptions, defaultTimeoutMs: number): ResolvedWait {
  return { timeoutMs: timeoutMs ?? defaultTimeoutMs, signal };
}

/** Headers that have an argument or an option. */
const OWN_HEADERS = /^(?:id|receipt|transaction)$/;
