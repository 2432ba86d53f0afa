/** The copy of a refused message that goes to its dead letter queue. */
import { encodeHeaderLine, formatDestination } from '@stompbox/protocol';
import { createMessage, type Message } from './message.js';
import { decodeMessage } from './transcode.js';

const PREFIX = 'DLQ.';

export function deadLetterQueueOf(queueName: string): string {
  return PREFIX + queueName;
}

/** Dead letters stay where they are: they would otherwise move to queues of ever longer names. */
export function isDeadLetterQueue(queueName: string): boolean {
  return queueName.startsWith(PREFIX);
}

/** Replaced or made anew on the copy. */
const REPLACED = new Set([
  'message-id',
  'destination',
  'expires',
  'persistent',
  'original-destination',
  'originalExpiration',
  'dlqDeliveryFailureCause',
]);

export interface DeadLetter {
  readonly queueName: string;
  /** Why, for the person who looks at it. */
  readonly cause: string;
}

/** Same id, headers and body, kept for good, with where it came from and why (ActiveMQ's headers). */
export function deadLetterCopy(message: Message, { queueName, cause }: DeadLetter): Message {
  const { headers, body } = decodeMessage(message);
  const name = deadLetterQueueOf(queueName);
  const line = (header: string, value: string) => encodeHeaderLine(header, value, '1.2');
  let headerLines =
    line('destination', formatDestination({ kind: 'queue', name })) +
    line('original-destination', formatDestination({ kind: 'queue', name: queueName })) +
    line('originalExpiration', headers.get('expires') ?? '0') +
    line('dlqDeliveryFailureCause', cause) +
    'expires:0\npersistent:true\n';
  for (const [header, value] of headers) {
    if (!REPLACED.has(header)) headerLines += line(header, value);
  }
  return createMessage({ id: message.id, isPersistent: true, headerLines, body });
}
