import { type Frame, ProtocolError } from '@stompbox/protocol';
import type { Session } from '../session.js';
import { missingHeader } from './missing-header.js';

export function handleAck(session: Session, frame: Frame): undefined {
  settle(session, frame, 'ack');
}

export function handleNack(session: Session, frame: Frame): undefined {
  if (session.connection.version === '1.0') {
    throw new ProtocolError('STOMP_PROTO_UNEXPECTED_FRAME', 'STOMP 1.0 has no NACK');
  }
  settle(session, frame, 'nack');
}

/**
 * In `client` mode an ACK and a NACK mean all messages up to the named one (STOMP 1.2, "ACK": "the ACK
 * applies to the message and all messages sent before it"), in `client-individual` mode that one.
 */
function settle(session: Session, frame: Frame, outcome: 'ack' | 'nack'): void {
  const { connection, subscriptions, transactions } = session;
  const { headers, command } = frame;
  const { version } = connection;
  const id = headers.get('id');
  const messageId = headers.get('message-id');
  const subscriptionId = headers.get('subscription');
  if (version === '1.2' && id === undefined) throw missingHeader(command, 'id');
  if (version !== '1.2' && messageId === undefined) throw missingHeader(command, 'message-id');
  if (version === '1.1' && subscriptionId === undefined)
    throw missingHeader(command, 'subscription');
  const transactionId = headers.get('transaction');
  const transaction = transactionId === undefined ? undefined : transactions.get(transactionId);
  const deliveries = subscriptions.named({ id, messageId, subscriptionId }, version, transaction);
  if (outcome === 'nack' && deliveries[0]?.subscription.options.isBrowser) {
    throw new ProtocolError(
      'STOMP_PROTO_NOT_ALLOWED',
      'A browser only looks at a queue: it has nothing to refuse, subscribe without browser:true',
    );
  }
  for (const delivery of deliveries) {
    if (transaction) transaction.settle(delivery, outcome);
    else session.wrote(delivery.subscription.settle(delivery, outcome));
  }
  deliveries[0]?.subscription.wantsMore();
}
