import type { Frame, FrameHeaders } from '@stompbox/protocol';
import { storedReplyTo } from '../destinations/reply-to.js';
import type { Target } from '../destinations/target.js';
import { createMessage, type MessageDraft } from '../message.js';
import { readSendHeaders } from '../send-headers.js';
import { nameOwner } from '../sending/name-owner.js';
import { requireWrite } from '../sending/require-write.js';
import { messageSubmission, namesBroker, requestSubmission } from '../sending/submission.js';
import type { Session } from '../session.js';
import { acceptTransformation } from '../transformation/accept.js';
import { missingHeader } from './missing-header.js';

/** Everything that can be wrong is found here; what is left for COMMIT cannot fail. */
export function handleSend(session: Session, { headers, body }: Frame): undefined {
  const text = headers.get('destination');
  if (text === undefined) throw missingHeader('SEND', 'destination');
  if (isOrdinary(headers) && !namesBroker(text)) {
    sendNow(session, text, headers, body);
    return;
  }
  const transactionId = headers.get('transaction');
  // Before anything is made: a SEND in a transaction that is not there does nothing.
  const transaction =
    transactionId === undefined ? undefined : session.transactions.get(transactionId);
  const submission =
    requestSubmission(session, text, headers) ?? submissionOf(session, text, headers, body);
  if (transaction === undefined) session.wrote(submission.submit());
  else transaction.send(submission);
}

/** The way of nearly all messages. */
function sendNow(session: Session, text: string, headers: FrameHeaders, body: Uint8Array): void {
  const target = session.context.router.target(text, session.connection.id);
  requireWrite(session, target);
  target.admit();
  const draft = draftOf(session, target, headers, body);
  session.producers.sentTo(text, target.destinations);
  session.wrote(target.put(createMessage(draft), session.origin));
}

/** False when some header makes a SEND more than a message that is sent now. */
function isOrdinary({ flat }: FrameHeaders): boolean {
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] as string;
    switch (name) {
      case 'transaction':
      case 'transformation':
      case 'amq-msg-type':
      case 'blob-url':
      case 'dedup-id':
        return false;
    }
    if (name.startsWith('AMQ_SCHEDULED_')) return false;
  }
  return true;
}

function submissionOf(session: Session, text: string, headers: FrameHeaders, body: Uint8Array) {
  const { router, blobs } = session.context;
  const target = router.target(text, session.connection.id);
  requireWrite(session, target);
  acceptTransformation(headers, body);
  blobs.check(headers);
  const draft = draftOf(session, target, headers, body);
  session.producers.sentTo(text, target.destinations);
  return messageSubmission(session, {
    text,
    target,
    headers,
    draft,
    isHeld: headers.has('transaction'),
  });
}

function draftOf(
  session: Session,
  target: Target,
  headers: FrameHeaders,
  body: Uint8Array,
): MessageDraft {
  const { clock, messageIds } = session.context;
  const { headerLines, traits, priority } = readSendHeaders(headers, {
    hasQueue: target.hasQueue,
    policy: target.policy,
    now: clock.now(),
    bodyBytes: body.length,
    userId: session.userId,
    storedReplyTo: (value) => storedReplyTo(value, nameOwner(session)),
  });
  const id = messageIds.next();
  return { id, traits, priority, headerLines: target.destinationLines + headerLines, body };
}
