/** The headers of messages that stompbox sends and reads. A broker adds more to what it delivers. */
import type { JsonSchema } from './async-api-types.js';

const text = (description: string) => ({ type: 'string', description });

/** In STOMP every header is a text. */
export const MESSAGE_HEADERS: JsonSchema = {
  type: 'object',
  properties: {
    'correlation-id': text('JMSCorrelationID: joins all messages of one course of events.'),
    'content-type': text('Media type of the body. Default: application/json.'),
    'reply-to': text('JMSReplyTo: the destination where an answer is expected.'),
    persistent: { enum: ['true', 'false'], description: 'Whether the broker keeps it on disk.' },
    priority: { type: 'string', pattern: '^[0-9]$', description: 'JMSPriority, 0 to 9.' },
    expires: text('When it expires, milliseconds since the epoch; 0: never.'),
    type: text('JMSType.'),
    JMSXGroupID: text('Messages of one group go to one consumer, one after the other.'),
    'dedup-id': text('Names the message, so that a repetition can be told.'),
  },
  additionalProperties: { type: 'string' },
};

export const CORRELATION_ID = {
  location: '$message.header#/correlation-id',
  description: 'Carried on by everything that is sent while the message is handled.',
} as const;
