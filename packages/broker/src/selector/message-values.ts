/**
 * What a selector can ask of a message, read from the headers of its MESSAGE: JMS's own identifiers with
 * their types, and the headers of the sender, which are strings.
 *
 * As in ActiveMQ the STOMP names of JMS headers are not visible: `priority` is no identifier of a
 * message, `JMSPriority` is. A sender's header of the same name as one of JMS's is hidden by it.
 */
import type { SelectorValues } from './value.js';

/** The headers of a message by name: of a MESSAGE frame, or of a message itself. */
export interface HeaderLookup {
  get(name: string): string | undefined;
}

type Reader = (
  headers: HeaderLookup,
  redeliveries: number,
) => string | number | boolean | undefined;

const absent: Reader = () => undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['JMSDestination', (headers) => qualifiedName(headers.get('destination'))],
  ['JMSReplyTo', (headers) => qualifiedName(headers.get('reply-to'))],
  ['JMSMessageID', (headers) => headers.get('message-id')],
  ['JMSCorrelationID', (headers) => headers.get('correlation-id')],
  ['JMSType', (headers) => headers.get('type')],
  ['JMSPriority', (headers) => wholeNumber(headers.get('priority'))],
  ['JMSTimestamp', (headers) => wholeNumber(headers.get('timestamp'))],
  ['JMSExpiration', (headers) => wholeNumber(headers.get('expires'))],
  [
    'JMSDeliveryMode',
    (headers) => (headers.get('persistent') === 'true' ? 'PERSISTENT' : 'NON_PERSISTENT'),
  ],
  ['JMSRedelivered', (_headers, redeliveries) => redeliveries > 0],
  ['JMSXDeliveryCount', (_headers, redeliveries) => redeliveries + 1],
  ['JMSXGroupSeq', (headers) => wholeNumber(headers.get('JMSXGroupSeq') ?? '0')],
  ['destination', absent],
  ['expires', absent],
  ['persistent', absent],
  ['priority', absent],
  ['timestamp', absent],
  ['type', absent],
]);

const WHOLE_NUMBER = /^[+-]?\d{1,15}$/;
const DESTINATION = /^\/(?:remote-)?(queue|topic|temp-queue|temp-topic)\/(.+)$/s;

const NO_HEADERS: HeaderLookup = { get: () => undefined };

/** One serves all evaluations: it is set to one message after another. */
export class MessageValues implements SelectorValues {
  #headers: HeaderLookup = NO_HEADERS;
  #redeliveries = 0;

  /**
   * Sets it to a message.
   *
   * @param headers of the MESSAGE frame
   * @param redeliveries how often the message came back after it had been offered
   */
  of(headers: HeaderLookup, redeliveries: number): this {
    this.#headers = headers;
    this.#redeliveries = redeliveries;
    return this;
  }

  get(name: string): string | number | boolean | undefined {
    const read = READERS.get(name);
    return read === undefined ? this.#headers.get(name) : read(this.#headers, this.#redeliveries);
  }
}

/** ActiveMQ's name of a destination: `queue://orders`. A reply-to may be any text, then it is none. */
function qualifiedName(destination: string | undefined): string | undefined {
  const parts = destination === undefined ? null : DESTINATION.exec(destination.trim());
  return parts === null ? undefined : `${parts[1]}://${parts[2]}`;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && WHOLE_NUMBER.test(text) ? Number(text) : undefined;
}
