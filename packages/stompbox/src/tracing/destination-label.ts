/**
 * What a destination is called in traces and metrics, where few names are wanted: those that brokers and
 * clients make up for one connection or one reply are all called the same. Reads any text; what no
 * broker would take is a name, too.
 */

export interface DestinationLabel {
  /** `orders`; `(temporary)` for all that live no longer than a connection. */
  readonly name: string;
  /** In STOMP's form: `/queue/orders`. */
  readonly text: string;
  readonly isTemporary: boolean;
  /** Stands for several destinations: `orders.*`. */
  readonly isPattern: boolean;
}

const TEMPORARY = '(temporary)';

/** ActiveMQ and RabbitMQ show reply queues by prefixes of their own; the last is the client's. */
const TEMPORARY_TEXT = /^\/(?:remote-)?temp-(?:queue|topic)\/|^\/reply-queue\/|^stompbox\.reply\./;
const PATTERN = /(?:^|\.)[*>#](?:\.|$)/;

export function destinationLabel(destination: string): DestinationLabel {
  const [text = ''] = destination.trim().split('?', 1);
  const name = text.replace(/^\/(?:queue|topic)\//, '');
  const isTemporary = TEMPORARY_TEXT.test(text) || TEMPORARY_TEXT.test(name);
  if (isTemporary) return { name: TEMPORARY, text: TEMPORARY, isTemporary, isPattern: false };
  const isKnownForm = name !== text || text.startsWith('/');
  return {
    name,
    text: isKnownForm ? text : `/queue/${text}`,
    isTemporary,
    isPattern: PATTERN.test(name),
  };
}
