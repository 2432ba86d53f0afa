import type { BrokerProfile, SendOptions } from '@stompbox/client';

/**
 * Names the message by the word of the broker; by a plain header `dedup-id` where the broker has none, so
 * that at least whoever receives it can tell a repetition.
 */
export function withDedup(options: SendOptions, profile: BrokerProfile): SendOptions {
  const { dedupId, ...rest } = options;
  if (dedupId === undefined) return options;
  if (profile.dedup !== undefined) return options;
  return { ...rest, headers: { ...rest.headers, 'dedup-id': dedupId } };
}
