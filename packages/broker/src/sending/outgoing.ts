/** Messages that the broker itself sends: advisories, replies, what was scheduled. */
import { FrameHeaders } from '@stompbox/protocol';
import type { Target } from '../destinations/target.js';
import { createMessage, type Message } from '../message.js';
import type { MessageIds } from '../message-ids.js';
import { readSendHeaders } from '../send-headers.js';

export interface Outgoing {
  /** As in a SEND; what a schedule or an advisory names has been checked before. */
  readonly destination: string;
  /**
   * User and JMS headers, unescaped; the broker adds what is missing of `timestamp`, `expires` and
   * `priority`. `content-length`, whatever its value, makes the body bytes; without it the body is text.
   */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  /** May be part of a larger buffer: it is copied if it is kept. */
  readonly body: Uint8Array;
  readonly isPersistent: boolean;
  /** Where the message was to go first, which a SEND cannot say. */
  readonly originalDestination?: string;
}

interface OutgoingContext {
  readonly messageIds: MessageIds;
  /** ms since 1970. */
  readonly now: number;
}

/** By other fields of it, or given in another way. */
const DECIDED: ReadonlySet<string> = new Set(['persistent', 'JMSDeliveryMode', 'JMSXUserID']);

export function outgoingMessage(
  { headers, body, isPersistent, originalDestination }: Outgoing,
  target: Target,
  { messageIds, now }: OutgoingContext,
): Message {
  const kept = headers.filter(([name]) => !DECIDED.has(name));
  const userId = headers.find(([name]) => name === 'JMSXUserID')?.[1];
  if (originalDestination !== undefined)
    kept.unshift(['original-destination', originalDestination]);
  const flat = [...kept.flat(), 'persistent', String(isPersistent)];
  const { headerLines, traits, priority } = readSendHeaders(new FrameHeaders(flat), {
    hasQueue: target.hasQueue,
    policy: target.policy,
    now,
    bodyBytes: body.length,
    userId,
    // Whoever sends it has written it for everybody already.
    storedReplyTo: (value) => value,
  });
  return createMessage({
    id: messageIds.next(),
    traits,
    priority,
    headerLines: target.destinationLines + headerLines,
    body,
  });
}
