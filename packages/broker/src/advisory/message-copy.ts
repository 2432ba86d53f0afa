/**
 * What an advisory about a message takes over from it: the body and the headers of the application.
 * What the broker wrote itself, and what would steer the sending of the copy, stays behind.
 */
import { parseDestination } from '@stompbox/protocol';
import type { Message } from '../message.js';
import { decodeMessage } from '../transcode.js';
import type { HeaderList } from './advisory-headers.js';
import { isAdvisoryTopic } from './advisory-topic.js';

export interface MessageCopy {
  /** Headers of the application, `content-length` included when the body is bytes. */
  readonly headers: HeaderList;
  /** Those of JMS that describe the original. */
  readonly jmsHeaders: HeaderList;
  readonly body: Uint8Array;
}

const JMS = new Set(['type', 'correlation-id', 'reply-to', 'priority', 'timestamp', 'expires']);

const LEFT_BEHIND = new Set([
  'message-id',
  'destination',
  'persistent',
  'subscription',
  'ack',
  'redelivered',
  'receipt',
  'transaction',
  'dedup-id',
  'AMQ_SCHEDULED_DELAY',
  'AMQ_SCHEDULED_PERIOD',
  'AMQ_SCHEDULED_REPEAT',
  'AMQ_SCHEDULED_CRON',
]);

/** `undefined` for a message that is an advisory itself. */
export function copyOf(message: Message): MessageCopy | undefined {
  const { headers, body } = decodeMessage(message);
  const sentTo = headers.get('destination');
  if (sentTo !== undefined && isAdvisoryTopic(parseDestination(sentTo))) return undefined;
  const application: Array<readonly [string, string]> = [];
  const jmsHeaders: Array<readonly [string, string]> = [];
  for (const [name, value] of headers) {
    if (JMS.has(name)) jmsHeaders.push([name, value]);
    else if (!LEFT_BEHIND.has(name)) application.push([name, value]);
  }
  return { headers: application, jmsHeaders, body };
}
