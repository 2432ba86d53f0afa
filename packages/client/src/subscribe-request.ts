/** Makes the SUBSCRIBE frame of a subscription in the words of a broker. Pure. */
import type { HeaderPair, OperationRequest } from './operation.js';
import type { AckMode } from './operation-options.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { subscribeHeaders } from './profile/subscription-headers.js';
import type { ResolvedSubscribe } from './subscribe-options.js';

export interface SubscribeTarget {
  readonly id: string;
  readonly destination: string;
  readonly clientId: string | undefined;
  readonly profile: BrokerProfile;
}

/** @throws OptionsError `STOMP_OPT_UNSUPPORTED` the broker has no word for an option */
export function subscribeRequest(
  { id, destination, clientId, profile }: SubscribeTarget,
  options: ResolvedSubscribe,
): OperationRequest {
  const headers: HeaderPair[] = [
    ['destination', destination],
    ['id', id],
    ['ack', wireModeOf(options, profile)],
  ];
  if (options.selector !== undefined) headers.push(['selector', options.selector]);
  headers.push(...subscribeHeaders(profile, { ...options, clientId }), ...options.headers);
  return { command: 'SUBSCRIBE', headers, subject: destination, whenLost: 'subscribe' };
}

/**
 * The ack mode that the broker is told. With a prefetch, ack mode auto is done here: only ACKs give a
 * broker credit. They are cumulative where that means this subscription and no other.
 */
export function wireModeOf({ ack, prefetch }: ResolvedSubscribe, profile: BrokerProfile): AckMode {
  if (ack !== 'auto' || prefetch === undefined) return ack;
  return profile.cumulativeAck === 'subscription' ? 'client' : 'client-individual';
}
