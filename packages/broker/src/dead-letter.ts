/** The copy of a message that goes to a dead letter queue. */
import { encodeHeaderLine, formatDestination } from '@stompbox/protocol';
import { createMessage, type Message, TRAITS } from './message.js';
import { decodeMessage } from './transcode.js';

/** Replaced or made anew on the copy. */
const REPLACED = new Set([
  'message-id',
  'destination',
  'expires',
  'persistent',
  'original-destination',
  'originalExpiration',
  'originalDeliveryMode',
  'dlqDeliveryFailureCause',
  'dlqDeliveryCount',
]);

/** What stays true of the copy. */
const KEPT_TRAITS = TRAITS.blob | TRAITS.temporaryReplyTo | TRAITS.transformed;

export interface DeadLetter {
  /** The name of the dead letter queue. */
  readonly queueName: string;
  /** Where the message was, as clients write it. */
  readonly originalDestination: string;
  /** Why, for the person who looks at it. */
  readonly cause: string;
  /** How often it had been delivered. */
  readonly deliveries: number;
}

/** Same id, headers and body, kept for good, with where it came from and why (ActiveMQ's headers). */
export function deadLetterCopy(message: Message, letter: DeadLetter): Message {
  const { headers, body } = decodeMessage(message);
  const destination = formatDestination({ kind: 'queue', name: letter.queueName });
  const line = (header: string, value: string) => encodeHeaderLine(header, value, '1.2');
  let headerLines =
    line('destination', destination) +
    line('original-destination', letter.originalDestination) +
    line('originalExpiration', headers.get('expires') ?? '0') +
    (message.isPersistent ? '' : line('originalDeliveryMode', 'NON_PERSISTENT')) +
    line('dlqDeliveryFailureCause', letter.cause) +
    line('dlqDeliveryCount', String(letter.deliveries)) +
    'expires:0\npersistent:true\n';
  for (const [header, value] of headers) {
    if (!REPLACED.has(header)) headerLines += line(header, value);
  }
  const traits = TRAITS.persistent | (message.traits & KEPT_TRAITS);
  return createMessage({ id: message.id, traits, priority: message.priority, headerLines, body });
}
