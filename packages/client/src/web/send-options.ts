/** What stands for send-options.ts in browsers: the same defaults, without checks. */
import { OptionsError } from '@stompbox/protocol';
import type { ResolvedSend, SendDefaults, SendOptions } from '../send-options.js';
import { headersOf } from './header-values.js';
import { withDefaults } from './with-defaults.js';

export function defaultSend(defaults: SendDefaults): ResolvedSend {
  return resolveSend({}, defaults);
}

/** @throws OptionsError `STOMP_OPT_INVALID` there is no store that `receipt: 'stored'` could mean */
export function resolveSend<T>(
  raw: SendOptions<T>,
  { receiptTimeoutMs }: SendDefaults,
): ResolvedSend {
  const { receipt = true } = raw;
  if (receipt === 'stored') throw new OptionsError('STOMP_OPT_INVALID', "receipt: 'stored'");
  return {
    ...withDefaults(
      {
        timeoutMs: receiptTimeoutMs,
        signal: undefined,
        contentLength: 'auto' as const,
        bodyBytes: undefined,
        contentType: undefined,
        persistent: undefined,
        dedupId: undefined,
        allowUnsafe: [],
      },
      raw,
    ),
    // It is given the values of its own type only.
    codec: raw.codec as ResolvedSend['codec'],
    isCopied: raw.copy ?? true,
    headers: headersOf(raw.headers, OWN_HEADERS),
    hasReceipt: receipt,
    isResolvedWhenStored: false,
    mayRepeat: raw.resend ?? false,
  };
}

/** Headers that have an argument or an option. */
const OWN_HEADERS = /^(?:destination|receipt|content-length|transaction)$/;
