/** What stands for subscribe-options.ts in browsers: the same defaults, without checks. */

import type { ResolvedSubscribe, SubscribeOptions } from '../subscribe-options.js';
import { headersOf } from './header-values.js';
import { withDefaults } from './with-defaults.js';

export function resolveSubscribe<T>(
  raw: SubscribeOptions<T>,
  defaultTimeoutMs: number,
): ResolvedSubscribe {
  const { settle = 'manual', ack } = raw;
  const isHandled = settle === 'handled';
  return {
    ...withDefaults(
      {
        timeoutMs: defaultTimeoutMs,
        signal: undefined,
        ack: isHandled ? ('client-individual' as const) : ('auto' as const),
        settle,
        prefetch: undefined,
        prefetchMessageBytes: undefined,
        // An ACK in ack mode client settles what came before, too.
        concurrency: isHandled && ack === 'client' ? 1 : Number.POSITIVE_INFINITY,
        selector: undefined,
        durable: undefined,
        priority: undefined,
        exclusive: false,
        noLocal: false,
        allowUnsafe: [],
        id: undefined,
      },
      raw,
    ),
    // Both are given the values of their own type only.
    codec: raw.codec as ResolvedSubscribe['codec'],
    onError: raw.onError as ResolvedSubscribe['onError'],
    headers: headersOf(raw.headers, OWN_HEADERS),
  };
}

/** Headers that have an argument or an option. */
const OWN_HEADERS = /^(?:destination|id|ack|selector|receipt)$/;
