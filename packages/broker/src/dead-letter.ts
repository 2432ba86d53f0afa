/** The copy of a message that goes to a dead letter queue. */
import {
  type Destination,
  encodeHeaderLine,
  formatDestination,
  parseDestination,
} from '@stompbox/protocol';
import { createMessage, type Message, TRAITS } from './message.js';
import type { Queue } from './queue/queue.js';
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
  /** Where the message was. */
  readonly destination: Destination;
  /** Why, for the person who looks at it. */
  readonly cause: string;
  /** How often it had been delivered. */
  readonly deliveries: number;
}

/** Where a message of a queue was sent to: that of a durable subscription may take a pattern, or several. */
export function originOf({ destination }: Queue, message: Message): Destination {
  if (destination.kind !== 'topic') return destination;
  return parseDestination(message.get('destination') ?? formatDestination(destination));
}

/** As clients write it. Others know a temporary destination by another name than its owner. */
function shownDestination(destination: Destination): string {
  const { kind, name } = destination;
  const isTemporary = kind === 'temp-queue' || kind === 'temp-topic';
  return isTemporary ? `/remote-${kind}/${name}` : formatDestination(destination);
}

/** Same id, headers and body, kept for good, with where it came from and why (ActiveMQ's headers). */
export function deadLetterCopy(message: Message, letter: DeadLetter): Message {
  const { headers, body } = decodeMessage(message);
  const destination = formatDestination({ kind: 'queue', name: letter.queueName });
  const line = (header: string, value: string) => encodeHeaderLine(header, value, '1.2');
  let headerLines =
    line('destination', destination) +
    line('original-destination', shownDestination(letter.destination)) +
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
