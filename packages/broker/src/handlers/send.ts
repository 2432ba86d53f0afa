import { type Frame, ProtocolError } from '@stompbox/protocol';
import { storedReplyTo } from '../destinations/reply-to.js';
import type { Target } from '../destinations/target.js';
import { createMessage } from '../message.js';
import { readSendHeaders } from '../send-headers.js';
import type { Session } from '../session.js';
import { missingHeader } from './missing-header.js';

export function handleSend(session: Session, { headers, body }: Frame): undefined {
  const { router, clock, messageIds } = session.context;
  const text = headers.get('destination');
  if (text === undefined) throw missingHeader('SEND', 'destination');
  const transaction = headers.get('transaction');
  // Before anything is made: a SEND in a transaction that is not there does nothing.
  const open = transaction === undefined ? undefined : session.transactions.get(transaction);
  const connectionId = session.connection.id;
  const target = router.target(text, connectionId);
  requireWrite(session, target);
  target.admit();
  const { headerLines, traits, priority } = readSendHeaders(headers, {
    hasQueue: target.hasQueue,
    policy: target.policy,
    now: clock.now(),
    bodyBytes: body.length,
    userId: session.userId,
    storedReplyTo: (value) => storedReplyTo(value, connectionId, router.temporaries),
  });
  session.producers.sentTo(text, target.destinations);
  const message = createMessage({
    id: messageIds.next(),
    traits,
    priority,
    headerLines: target.destinationLines + headerLines,
    body,
  });
  if (open === undefined) session.wrote(target.put(message, session.origin));
  else open.send(target, message);
}

function requireWrite({ principal, context }: Session, target: Target): void {
  if (principal === undefined) throw new ProtocolError('STOMP_PROTO_NOT_CONNECTED', 'no login');
  if (principal.isAdmin) return;
  for (const destination of target.destinations) {
    principal.require('write', destination);
    if (!context.router.exists(destination)) principal.require('create', destination);
  }
}
