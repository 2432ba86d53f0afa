/** Tells of the consumers of a session: one for each destination that a subscription names. */
import type { ConsumerFacts } from './activity.js';
import type { Session } from './session.js';
import type { Subscription } from './subscription.js';

export function consumerFacts(subscription: Subscription, session: Session): ConsumerFacts[] {
  const { options } = subscription;
  const { serial, ackMode, prefetch, selector, destinations } = options;
  const { isBrowser, isExclusive, noLocal, priority, durableName } = options;
  return destinations.map((destination) => ({
    connectionId: session.connection.id,
    consumerId: serial,
    clientId: session.facts?.clientId,
    destination,
    ackMode,
    prefetch,
    selector: selector?.text,
    isBrowser,
    isExclusive,
    noLocal,
    priority,
    durableName,
  }));
}

export function tellConsumers(
  type: 'consumer-added' | 'consumer-removed',
  subscription: Subscription,
  session: Session,
): void {
  const { activities, router } = session.context;
  if (!activities.hasListeners(type)) return;
  for (const facts of consumerFacts(subscription, session)) {
    const consumerCount = router.consumerCount(facts.destination);
    activities.emit({ type, consumerCount, ...facts });
  }
}
