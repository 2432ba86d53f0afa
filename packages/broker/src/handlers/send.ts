import type { Frame } from '@stompbox/protocol';
import { createMessage } from '../message.js';
import { readSendHeaders } from '../send-headers.js';
import type { Session } from '../session.js';
import { missingHeader } from './missing-header.js';

export function handleSend(session: Session, { headers, body }: Frame): undefined {
  const { router, clock, messageIds } = session.context;
  const destination = headers.get('destination');
  if (destination === undefined) throw missingHeader('SEND', 'destination');
  const target = router.target(destination);
  const { headerLines, isPersistent } = readSendHeaders(headers, {
    destinationLine: target.destinationLine,
    isQueue: target.isQueue,
    now: clock.now(),
    bodyBytes: body.length,
  });
  const message = createMessage({ id: messageIds.next(), isPersistent, headerLines, body });
  const transaction = headers.get('transaction');
  if (transaction === undefined) session.wrote(target.put(message));
  else session.transactions.get(transaction).send(target, message);
}
