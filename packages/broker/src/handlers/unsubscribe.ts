import { type Frame, ProtocolError } from '@stompbox/protocol';
import type { Session } from '../session.js';
import type { Subscription } from '../subscription.js';
import { missingHeader } from './missing-header.js';

export function handleUnsubscribe(session: Session, frame: Frame): undefined {
  session.subscriptions.remove(subscriptionOf(session, frame));
}

/** STOMP 1.0 names it by id or destination, later versions by id. */
function subscriptionOf({ connection, subscriptions }: Session, { headers }: Frame): Subscription {
  const id = headers.get('id');
  const destination = connection.version === '1.0' ? headers.get('destination') : undefined;
  if (id === undefined && destination === undefined) throw missingHeader('UNSUBSCRIBE', 'id');
  const subscription =
    id === undefined ? subscriptions.firstOf(destination as string) : subscriptions.get(id);
  if (subscription) return subscription;
  throw new ProtocolError(
    'STOMP_PROTO_NO_SUBSCRIPTION',
    `There is no subscription "${id ?? destination}" on this connection`,
  );
}
