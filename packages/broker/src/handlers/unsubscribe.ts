import { type Frame, ProtocolError } from '@stompbox/protocol';
import type { Session } from '../session.js';
import { tellConsumers } from '../session-consumers.js';
import type { Subscription } from '../subscription.js';
import { missingHeader } from './missing-header.js';
import { clientIdOf } from './subscribe.js';
import { durableNameOf } from './subscribe-headers.js';

/**
 * Ends a subscription. A durable one goes on without its client, until an UNSUBSCRIBE names it by its
 * durable name. As in ActiveMQ, that one deletes and ends nothing else; by the headers of Artemis and
 * RabbitMQ it does both.
 */
export function handleUnsubscribe(session: Session, frame: Frame): undefined {
  const durable = durableNameOf(frame.headers);
  if (durable === undefined) return end(session, subscriptionOf(session, frame));
  const { name, style } = durable;
  if (style === 'activemq') return deleteDurable(session, name);
  const subscription = [...session.subscriptions].find(({ options }) =>
    style === 'rabbitmq' ? options.id === name : options.durableName === name,
  );
  if (subscription) end(session, subscription);
  // RabbitMQ's clients say `durable` of queues, too.
  if (subscription === undefined || subscription.options.durableName === name) {
    deleteDurable(session, name);
  }
}

function end(session: Session, subscription: Subscription): undefined {
  session.subscriptions.remove(subscription);
  tellConsumers('consumer-removed', subscription, session);
}

function deleteDurable(session: Session, name: string): undefined {
  const { router } = session.context;
  session.wrote(router.deleteDurable(clientIdOf(session), name, session.principal));
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
