import { randomUUID } from 'node:crypto';
import type { BrokerProfile, SendOptions } from '@stompbox/client';

/**
 * Names the message by the word of the broker; by a plain header `dedup-id` where the broker has none, so
 * that at least whoever receives it can tell a repetition.
 *
 * At RabbitMQ every message gets a name, because its `message-id` names a delivery: a message that comes
 * again has another one, so that without a name nobody, not even an idempotent listener, could tell.
 */
export function withDedup(options: SendOptions, profile: BrokerProfile): SendOptions {
  const { dedupId, ...rest } = options;
  if (dedupId !== undefined && profile.dedup !== undefined) return options;
  const isNamed = dedupId !== undefined || rest.headers?.['dedup-id'] !== undefined;
  if (!isNamed && profile.name !== 'rabbitmq') return options;
  const name = dedupId ?? rest.headers?.['dedup-id'] ?? randomUUID();
  return { ...rest, headers: { ...rest.headers, 'dedup-id': name } };
}
