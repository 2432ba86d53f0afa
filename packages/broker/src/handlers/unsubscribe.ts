import { type Frame, ProtocolError } from '@stompbox/protocol';
import type { Session } from '../session.js';
import { tellConsumers } from '../session-consumers.js';
import type { Subscription } from '../subscription.js';
import { missingHeader } from './missing-header.js';
import { durableNameOf } from './subscribe-headers.js';

/**
 * Ends a subscription. A durable one goes on without its client, until an UNSUBSCRIBE names it by its
 * durable name: as in ActiveMQ that one deletes, and ends nothing else.
 */
export function handleUnsubscribe(session: Session, frame: Frame): undefined {
  const durableName = durableNameOf(frame.headers);
  if (durableName !== undefined) {
    deleteDurable(session, durableName);
    return;
  }
  const subscription = subscriptionOf(session, frame);
  session.subscriptions.remove(subscription);
  tellConsumers('consumer-removed', subscription, session);
}

function deleteDurable(session: Session, name: string): void {
  const { router } = session.context;
  const clientId = session.facts?.clientId;
  if (clientId === undefined) {
    throw new ProtocolError(
      'STOMP_PROTO_MISSING_HEADER',
      'A durable subscription belongs to a client: send the header client-id with CONNECT',
    );
  }
  session.wrote(router.deleteDurable(clientId, name, session.principal));
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
